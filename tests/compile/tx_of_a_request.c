// A transaction belongs to a context.
// expect: _Generic|compatible
#include <dw/dw.h>

dw_err nothing(dw_req *req)
{
    dw_err err;

    DW_TX(req, &err)
    {
    }
    return err;
}
