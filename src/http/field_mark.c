/* http/field_mark.c -- see field_mark.h.
 *
 * A name with an underscore is another's for who maps names to variables (CGI, WSGI); `Proxy` is HTTP_PROXY to a program that it starts.
 * A path or a method beside the request line is a way past whoever judged that line.  An address is what a trusted proxy says in the one
 * header that was chosen, and in no other. */
#include "http/field_mark.h"

#include "base/text.h"

static const struct {
    dw_text name;
    enum field_mark mark;
} rows[] = {
    {DW_TEXT_INIT("forwarded"), FIELD_FORWARDED},
    {DW_TEXT_INIT("proxy"), FIELD_NEVER},
    {DW_TEXT_INIT("true-client-ip"), FIELD_NEVER},
    {DW_TEXT_INIT("x-client-ip"), FIELD_NEVER},
    {DW_TEXT_INIT("x-cluster-client-ip"), FIELD_NEVER},
    {DW_TEXT_INIT("x-forwarded"), FIELD_X_FORWARDED},
    {DW_TEXT_INIT("x-host"), FIELD_NEVER},
    {DW_TEXT_INIT("x-http-method"), FIELD_NEVER},
    {DW_TEXT_INIT("x-http-method-override"), FIELD_NEVER},
    {DW_TEXT_INIT("x-method-override"), FIELD_NEVER},
    {DW_TEXT_INIT("x-original-host"), FIELD_NEVER},
    {DW_TEXT_INIT("x-original-url"), FIELD_NEVER},
    {DW_TEXT_INIT("x-real-ip"), FIELD_NEVER},
    {DW_TEXT_INIT("x-request-id"), FIELD_REQUEST_ID},
    {DW_TEXT_INIT("x-rewrite-url"), FIELD_NEVER},
};

unsigned dw__field_mark(dw_text name)
{
    if (dw__text_find(name, '_') < name.n)
        return FIELD_NEVER;
    switch (name.n > 0 ? name.p[0] : '\0') {
    case 'f':
    case 'p':
    case 't':
    case 'x': break;
    default: return 0;
    }
    if (dw__text_starts(name, DW_TEXT("x-forwarded-")))
        return FIELD_X_FORWARDED;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (dw__text_eq(name, rows[i].name))
            return rows[i].mark;
    return 0;
}
