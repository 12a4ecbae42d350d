/* codec/cookie.c -- a Cookie field is split at every ';', as browsers and other servers do, and never within a value. */
#include "codec/cookie.h"

#include <string.h>

#include "base/text.h"

/* cookie-octet (RFC 6265 §4.1.1): visible ASCII without '"', ',', ';' and '\'. */
static bool is_octet(char ch)
{
    return ch > ' ' && ch < 0x7f && ch != '"' && ch != ',' && ch != ';' && ch != '\\';
}

static bool is_value(dw_text t)
{
    if (t.n >= 2 && t.p[0] == '"' && t.p[t.n - 1] == '"')
        t = (dw_text){t.p + 1, t.n - 2};
    for (size_t i = 0; i < t.n; i++)
        if (!is_octet(t.p[i]))
            return false;
    return true;
}

/* Takes what stands before the next ';' off `rest`, without white space around it. */
static dw_text take_pair(dw_text *rest)
{
    const char *end = memchr(rest->p, ';', rest->n);
    dw_text pair = {rest->p, end == NULL ? rest->n : (size_t)(end - rest->p)};
    size_t used = pair.n + (end != NULL);
    *rest = (dw_text){rest->p + used, rest->n - used};
    while (pair.n > 0 && (pair.p[0] == ' ' || pair.p[0] == '\t'))
        pair = (dw_text){pair.p + 1, pair.n - 1};
    while (pair.n > 0 && (pair.p[pair.n - 1] == ' ' || pair.p[pair.n - 1] == '\t'))
        pair.n--;
    return pair;
}

dw_text dw__cookie_find(dw_text field, dw_text name)
{
    dw_text found = {0};
    bool seen = false;
    while (field.n > 0) {
        dw_text pair = take_pair(&field);
        if (pair.n <= name.n || pair.p[name.n] != '=' || memcmp(pair.p, name.p, name.n) != 0)
            continue;
        if (seen)
            return (dw_text){0};
        seen = true;
        dw_text value = {pair.p + name.n + 1, pair.n - name.n - 1};
        found = is_value(value) ? value : (dw_text){0};
    }
    return found;
}

bool dw__cookie_next(dw_text *rest, dw_text *name, dw_text *value)
{
    while (rest->p != NULL) {
        dw_text pair = dw__text_cut(rest, ';');
        size_t equals = dw__text_find(pair, '=');

        if (equals == pair.n)
            continue;
        *name = dw__text_trim((dw_text){pair.p, equals});
        *value = dw__text_trim((dw_text){pair.p + equals + 1, pair.n - equals - 1});
        if (name->n > 0)
            return true;
    }
    return false;
}
