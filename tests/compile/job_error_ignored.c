// Whether a job was put is looked at.
// expect: unused-result|warn_unused_result
// werror: yes
#include <dw/dw.h>

DW_SCHEMA(welcome, (dw_text, to));
static dw_err greet(dw_ctx *ctx, const welcome *in)
{
    (void)ctx, (void)in;
    return DW_OK;
}
DW_JOB(greeting, welcome, greet);

void forget(dw_ctx *ctx, const welcome *in);
void forget(dw_ctx *ctx, const welcome *in)
{
    DW_PUT_JOB(ctx, greeting, in);
}
