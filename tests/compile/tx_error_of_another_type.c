// The outcome of a transaction is a dw_err, which the caller has to look at, and no number or NULL.
// expect: _Generic|compatible
#include <dw/dw.h>

int nothing(dw_ctx *ctx)
{
    int err = 0;

    DW_TX(ctx, &err)
    {
    }
    return err;
}
