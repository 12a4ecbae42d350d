// A guard says what it is for.
// expect: the_reason_has_at_least_8_characters
#include <dw/dw.h>

static dw_err judge(dw_req *req)
{
    (void)req;
    return DW_OK;
}
DW_GUARD(barrier, DW_PHASE_HEAD, "because", .before = judge, .refuses = DW_REFUSES(DW_DENIED));
