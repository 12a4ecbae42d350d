// A reason has some length.
// expect: the_reason_has_at_least_8_characters
#include <dw/dw.h>

const dw_cors partners = DW_CORS("ok", .origins = DW_ORIGINS("https://shop.example"));
