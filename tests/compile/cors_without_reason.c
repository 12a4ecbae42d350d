// Nobody is let in without a reason.
// expect: expected
#include <dw/dw.h>

const dw_cors partners = DW_CORS(.origins = DW_ORIGINS("https://shop.example"));
