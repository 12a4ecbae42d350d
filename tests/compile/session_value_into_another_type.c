// What is kept with a session is read into the struct of its schema.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(visit, (int64_t, basket, .optional = true));
DW_SCHEMA(stay, (int64_t, basket, .optional = true));

dw_err look(dw_req *req, stay *out);
dw_err look(dw_req *req, stay *out)
{
    return DW_SESSION_GET(req, visit, out);
}
