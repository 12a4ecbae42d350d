/* route/error_codes.c -- the application's own errors (DW_APP_ERRORS): what the compiler could not see.
 *
 * Numbers, statuses and names were checked when it was compiled.  What is left: that a code can be told from all others, and that the
 * reply is one that the framework can make. */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "http/request.h"
#include "route/error_rules.h"

static void say(struct buf *why, const dw_app_error *code, const char *what)
{
    dw__buf_format(why, "error %d (%s): %s\n", code->number, code->code, what);
}

/* Lower case, digits and '_', from a letter on. */
static bool is_name(const char *code)
{
    for (const char *p = code; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (p > code && ((*p >= '0' && *p <= '9') || *p == '_'))))
            return false;
    return *code != '\0';
}

static bool is_one_of_ours(const char *code)
{
    for (int number = 1; number < DW_ERR_APP_FIRST; number++)
        if (dw__err_is_known((dw_err)number) && strcmp(dw_err_code((dw_err)number), code) == 0)
            return true;
    return false;
}

/* Statuses whose reply needs a header that only the server can make. */
static bool needs_a_header(int status)
{
    return status == 405 || status == 407 || status == 416 || status == 426;
}

static void check_one(const dw_app_error *codes, size_t i, struct buf *why)
{
    const dw_app_error *code = &codes[i];

    if (!is_name(code->code))
        say(why, code, "a code is lower-case letters, digits and '_', and begins with a letter");
    if (is_one_of_ours(code->code))
        say(why, code, "Dewar has an error of that code: choose another");
    if (*dw__http_reason(code->status) == '\0')
        say(why, code, "its status has no name: take one that RFC 9110 knows");
    if (needs_a_header(code->status))
        say(why, code, "that status needs a header that only the server can make: choose another");
    if (*code->text == '\0')
        say(why, code, "the sentence is empty");
    for (size_t k = 0; k < i; k++)
        if (codes[k].number == code->number || strcmp(codes[k].code, code->code) == 0)
            say(why, code, "it stands twice, by number or by code");
}

void dw__error_codes_check(const dw_app_error *codes, size_t n, struct buf *why)
{
    for (size_t i = 0; i < n; i++)
        check_one(codes, i, why);
}
