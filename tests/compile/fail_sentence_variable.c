// What a client is told of an error is a literal.
// expect: expected
#include <dw/dw.h>

enum { role_viewer, role_editor };

dw_err fail(dw_req *req, const char *detail)
{
    return dw_req_fail(req, DW_BAD_REQUEST, detail);
}
