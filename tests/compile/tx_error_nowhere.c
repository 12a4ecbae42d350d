// The outcome of a transaction cannot be thrown away.
// expect: _Generic|compatible
#include <dw/dw.h>

void nothing(dw_ctx *ctx)
{
    DW_TX(ctx, NULL)
    {
    }
}
