// Two errors have two numbers.
// expect: duplicate case value
#define DW_APP_ERRORS(X)                                     \
    X(SOLD_OUT, 1000, 409, "sold_out", "There is none left") \
    X(CLOSED, 1000, 503, "closed", "The shop is closed")
#include <dw/dw.h>
