// DW_OK is no error to have a row for.
// expect: DW_OK_is_no_error
#include <dw/dw.h>

DW_SCHEMA(said, (dw_text, error));

static dw_err say(dw_req *req, const dw_error *error, said *out)
{
    (void)req;
    out->error = error->code;
    return DW_OK;
}
DW_ERROR_JSON(say, said);

const dw_error_row rows[] = {DW_ON_ERROR(DW_OK, say)};
