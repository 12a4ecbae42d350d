/* base/err.c -- the error table of <dw/err.h>, expanded three times: status, code, sentence cannot disagree.
 *
 * A number that is in no table, an application's own among them, says "internal": an error never tells more than its
 * row. */
#include <dw/err.h>

int dw_err_status(dw_err err)
{
    switch ((int)err) {
#define STATUS(name, number, status, code, text) \
    case number: return status;
        DW_ERRORS(STATUS)
    case DW_OK: return 200;
    default: return 500;
    }
}

const char *dw_err_code(dw_err err)
{
    switch ((int)err) {
#define CODE(name, number, status, code, text) \
    case number: return code;
        DW_ERRORS(CODE)
    case DW_OK: return "ok";
    default: return dw_err_code(DW_INTERNAL);
    }
}

const char *dw_err_text(dw_err err)
{
    switch ((int)err) {
#define TEXT(name, number, status, code, text) \
    case number: return text;
        DW_ERRORS(TEXT)
    case DW_OK: return "Success";
    default: return dw_err_text(DW_INTERNAL);
    }
}
