// One that fills a struct makes no page.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(said, (dw_text, error));

static dw_err say(dw_req *req, const dw_error *error, said *out)
{
    (void)req;
    out->error = error->code;
    return DW_OK;
}
DW_ERROR_PAGE(say);
