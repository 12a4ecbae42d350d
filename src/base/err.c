/* base/err.c -- the error table of <dw/err.h>: number, status, code, sentence cannot disagree.
 *
 * Behind it are the application's own errors, set once when the process starts, since an error is a number and nothing more: whoever
 * has one can ask what it means.  A number that is in no table says "internal": an error never tells more than its row. */
#include "base/err.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ROW(name, number, status, code, text) {number, status, code, text},

static const dw_app_error ok = {DW_OK, 200, "ok", "Success"};
static const dw_app_error ours[] = {DW_ERRORS(ROW)};

/* The process's only knowledge of its application that is not handed down: see above. */
static const dw_app_error *own;
static size_t n_own;

void dw__err_use(const dw_app_error *errors, size_t n)
{
    own = errors;
    n_own = n;
}

size_t dw__err_own_count(void)
{
    return n_own;
}

dw_err dw__err_own_at(size_t i)
{
    return (dw_err)own[i].number;
}

int dw__err_own_place(dw_err err)
{
    for (size_t i = 0; i < n_own; i++)
        if (own[i].number == (int)err)
            return (int)i;
    return -1;
}

static const dw_app_error *find(dw_err err)
{
    bool is_own = (int)err >= DW_ERR_APP_FIRST;
    const dw_app_error *rows = is_own ? own : ours;
    size_t n = is_own ? n_own : COUNT(ours);
    for (size_t i = 0; i < n; i++)
        if (rows[i].number == (int)err)
            return &rows[i];
    return NULL;
}

/* The row of `err`, or that of DW_INTERNAL. */
static const dw_app_error *row_of(dw_err err)
{
    const dw_app_error *row = err == DW_OK ? &ok : find(err);
    return row != NULL ? row : find(DW_INTERNAL);
}

bool dw__err_is_known(dw_err err)
{
    return find(err) != NULL;
}

int dw_err_status(dw_err err)
{
    return row_of(err)->status;
}

const char *dw_err_code(dw_err err)
{
    return row_of(err)->code;
}

const char *dw_err_text(dw_err err)
{
    return row_of(err)->text;
}
