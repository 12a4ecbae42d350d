/* parameter.c -- a parameter is read to its end or not at all. */
#include "codec/parameter.h"

#include <string.h>

#include "base/text.h"

static bool is_token_char(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
           (ch != '\0' && strchr("!#$%&'*+-.^_`|~", ch) != NULL);
}

/* The token at the beginning of `t`; may be empty. */
static dw_text token(dw_text t)
{
    size_t n = 0;

    while (n < t.n && is_token_char(t.p[n]))
        n++;
    return (dw_text){t.p, n};
}

bool dw__is_token(dw_text t)
{
    return t.n > 0 && token(t).n == t.n;
}

static dw_text skip(dw_text t, size_t n)
{
    return (dw_text){t.p + n, t.n - n};
}

static dw_text skip_space(dw_text t)
{
    while (t.n > 0 && (t.p[0] == ' ' || t.p[0] == '\t'))
        t = skip(t, 1);
    return t;
}

/* Tab, space, visible, or above ASCII. */
static bool is_quotable(char ch)
{
    return ch == '\t' || ((unsigned char)ch >= ' ' && ch != 0x7f);
}

/* What stands between the quote at the beginning of *t and the next one; takes both off. */
static bool take_quoted(dw_text *t, dw_text *value)
{
    size_t end = 1;

    while (end < t->n && t->p[end] != '"') {
        if (!is_quotable(t->p[end]))
            return false;
        end++;
    }
    if (end == t->n || t->p[end - 1] == '\\')
        return false;
    *value = (dw_text){t->p + 1, end - 1};
    *t = skip(*t, end + 1);
    return true;
}

static bool take_value(dw_text *t, dw_text *value)
{
    if (t->n > 0 && t->p[0] == '"')
        return take_quoted(t, value);
    *value = token(*t);
    *t = skip(*t, value->n);
    return value->n > 0;
}

dw_text dw__parameter_begin(dw_text value, dw_text *rest)
{
    size_t n = dw__text_find(value, ';');

    *rest = skip(value, n);
    return dw__text_trim((dw_text){value.p, n});
}

bool dw__parameter_next(dw_text *rest, dw_text *name, dw_text *value)
{
    dw_text t = skip_space(*rest);

    if (t.n == 0 || t.p[0] != ';')
        return false;
    t = skip_space(skip(t, 1));
    *name = token(t);
    t = skip(t, name->n);
    if (name->n == 0 || t.n == 0 || t.p[0] != '=')
        return false;
    t = skip(t, 1);
    if (!take_value(&t, value))
        return false;
    *rest = t;
    return true;
}
