// A schedule comes around within a day, and not all the time.
// expect: every_is_1_to_86400_seconds
#include <dw/dw.h>

static dw_err tick(dw_ctx *ctx, const dw_nothing *in)
{
    (void)ctx, (void)in;
    return DW_OK;
}
DW_JOB(ticking, dw_nothing, tick, .schedule = DW_EVERY(0));
