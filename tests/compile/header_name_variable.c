// The name of a header is a literal: it cannot come from a client.
// expect: expected
#include <dw/dw.h>

enum { role_viewer, role_editor };

dw_err set(dw_req *req, const char *name)
{
    return dw_reply_header(req, name, DW_TEXT("x"));
}
