// The function of a job takes the schema of the job.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(welcome, (dw_text, to));
DW_SCHEMA(farewell, (dw_text, to));
static dw_err greet(dw_ctx *ctx, const farewell *in)
{
    (void)ctx, (void)in;
    return DW_OK;
}
DW_JOB(greeting, welcome, greet);
