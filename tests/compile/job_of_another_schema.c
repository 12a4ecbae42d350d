// A job is put with what it takes.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(welcome, (dw_text, to));
DW_SCHEMA(farewell, (dw_text, to));
static dw_err greet(dw_ctx *ctx, const welcome *in)
{
    (void)ctx, (void)in;
    return DW_OK;
}
DW_JOB(greeting, welcome, greet);

dw_err leave(dw_ctx *ctx, const farewell *in);
dw_err leave(dw_ctx *ctx, const farewell *in)
{
    return DW_PUT_JOB(ctx, greeting, in);
}
