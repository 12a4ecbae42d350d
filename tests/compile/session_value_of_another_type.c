// What is kept with a session is written from the struct of its schema.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(visit, (int64_t, basket, .optional = true));
DW_SCHEMA(stay, (int64_t, basket, .optional = true));
DW_SESSION_VALUES(kept, visit);
const dw_session_values *const values = &kept;

dw_err put(dw_req *req, const stay *in);
dw_err put(dw_req *req, const stay *in)
{
    return DW_SESSION_SET(req, visit, in);
}
