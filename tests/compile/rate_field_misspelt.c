// A limit counts by a field that the input has.
// expect: no member named .usernaem.
#include <dw/dw.h>

DW_SCHEMA(login_in, (dw_text, username));
static dw_err login(dw_req *req, const login_in *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(login, login_in, dw_nothing);

const dw_route routes[] = {DW_POST("/login", login, DW_PUBLIC("for signing in"), .rate = DW_PER_MINUTE(5),
                                   .rate_by_field = DW_FIELD(login_in, usernaem))};
