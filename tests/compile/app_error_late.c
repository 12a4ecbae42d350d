// The list comes before the headers: behind them there is nothing of it, and nobody can forget that.
// expect: SOLD_OUT
#include <dw/dw.h>
#define DW_APP_ERRORS(X) X(SOLD_OUT, 1000, 409, "sold_out", "There is none left")

dw_err buy(void)
{
    return SOLD_OUT;
}
