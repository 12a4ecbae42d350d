// A signed route names a webhook, not its secret.
// expect: (selector|not compatible with any association|_Generic)
#include <dw/dw.h>

static dw_err take(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(take, dw_nothing, dw_nothing);
static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const dw_route routes[] = {DW_POST("/hook", take, DW_SIGNED(secret))};
