// A row is for the status of an error: a handler cannot make an error of a success, nor the other way round.
// expect: the_status_of_an_error_is_400_to_599
#include <dw/dw.h>

DW_SCHEMA(said, (dw_text, error));

static dw_err say(dw_req *req, const dw_error *error, said *out)
{
    (void)req;
    out->error = error->code;
    return DW_OK;
}
DW_ERROR_JSON(say, said);

const dw_error_row rows[] = {DW_ON_STATUS(302, say)};
