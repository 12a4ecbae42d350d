/* codec/local_target.c -- see local_target.h. */
#include "codec/local_target.h"

#include <string.h>

#include "codec/hex_digit.h"
#include "codec/url.h"
#include <dw/req.h>

static bool is_of_query(char c)
{
    return c > ' ' && c <= '~' && strchr("\"#<>\\^`{|}", c) == NULL;
}

static bool is_query(dw_text t)
{
    for (size_t i = 0; i < t.n; i++) {
        if (!is_of_query(t.p[i]))
            return false;
        if (t.p[i] != '%')
            continue;
        if (t.n - i < 3 || dw__hex_digit(t.p[i + 1]) < 0 || dw__hex_digit(t.p[i + 2]) < 0)
            return false;
        i += 2;
    }
    return true;
}

bool dw__local_target_is(dw_text t)
{
    char normal[DW__LOCAL_TARGET_MAX];
    const char *mark = t.n > 0 && t.n <= sizeof normal ? memchr(t.p, '?', t.n) : NULL;
    dw_text path = {t.p, mark != NULL ? (size_t)(mark - t.p) : t.n};
    size_t n;

    if (path.n == 0 || t.n > sizeof normal || dw__path_normalise(path, normal, &n) != DW_OK)
        return false;
    return mark == NULL || is_query((dw_text){mark + 1, t.n - path.n - 1});
}

dw_text dw_local_target(dw_text target, dw_text otherwise)
{
    return dw__local_target_is(target) ? target : otherwise;
}
