// There are four phases.
// expect: undeclared
#include <dw/dw.h>

static dw_err judge(dw_req *req)
{
    (void)req;
    return DW_OK;
}
DW_GUARD(barrier, DW_PHASE_HAED, "keeps people out", .before = judge, .refuses = DW_REFUSES(DW_DENIED));
