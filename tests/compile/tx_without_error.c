// A transaction says where its outcome goes.
// expect: DW_TX
#include <dw/dw.h>

dw_err nothing(dw_ctx *ctx)
{
    DW_TX(ctx)
    {
    }
    return DW_OK;
}
