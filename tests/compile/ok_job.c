// A job, put with and without a key; a schedule.
#include <dw/dw.h>

DW_SCHEMA(welcome, (dw_text, to));
static dw_err greet(dw_ctx *ctx, const welcome *in)
{
    return in->to.n > 0 ? DW_OK : dw_job_give_up(ctx, "to nobody");
}
DW_JOB(greeting, welcome, greet, .attempts = 3);

static dw_err tick(dw_ctx *ctx, const dw_nothing *in)
{
    (void)ctx, (void)in;
    return DW_OK;
}
DW_JOB(ticking, dw_nothing, tick, .schedule = DW_EVERY(60));
DW_JOB(nightly, dw_nothing, tick, .schedule = DW_DAILY("03:30"));

dw_err put(dw_ctx *ctx, const welcome *in);
dw_err put(dw_ctx *ctx, const welcome *in)
{
    dw_err err = DW_PUT_JOB(ctx, greeting, in);

    return err == DW_OK ? DW_PUT_JOB(ctx, greeting, in, .key = DW_TEXT("once"), .delay_s = 60) : err;
}
