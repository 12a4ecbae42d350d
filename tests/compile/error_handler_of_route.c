// The handler of a route is none of errors: it would need an input, and could set the status.
// expect: show_on_error
#include <dw/dw.h>

static dw_err show(dw_req *req, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200, DW_TEXT("All is well"));
}
DW_RAW(show, dw_nothing);

const dw_error_row rows[] = {DW_ON_STATUS(404, show)};
