// A guard decides of a request.
// expect: incompatible
// werror: yes
#include <dw/dw.h>

static bool judge(dw_req *req)
{
    (void)req;
    return true;
}
DW_GUARD(barrier, DW_PHASE_HEAD, "keeps people out", .before = judge, .refuses = DW_REFUSES(DW_DENIED));
