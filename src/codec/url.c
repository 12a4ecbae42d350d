/* url.c -- paths and queries.
 *
 * A path is decoded exactly once, into the form that routing, policy and logs share.  There is no repair: a target that needs
 * one (dot segments, doubled slashes, an encoded separator) was written by somebody who hopes that two readers disagree. */
#include "codec/url.h"

#include <string.h>

#include "codec/hex_digit.h"
#include "codec/utf8.h"

/* The byte that "%XX" at t.p + i stands for, or -1. */
static int percent(dw_text t, size_t i)
{
    if (t.n - i < 3)
        return -1;
    int high = dw__hex_digit(t.p[i + 1]);
    int low = dw__hex_digit(t.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* What a byte is to a path: nothing that may stand there as it is; a character of it (pchar, RFC 3986 §3.3); one that can make
 * segments wrong behind a '/'; '/' itself. */
enum { NO_CHAR, PLAIN, DOT, SLASH };
/* clang-format off */
static const unsigned char path_class[256] = {
    ['/'] = SLASH, ['.'] = DOT,
    ['-'] = PLAIN, ['_'] = PLAIN, ['~'] = PLAIN, ['!'] = PLAIN, ['$'] = PLAIN, ['&'] = PLAIN, ['\''] = PLAIN, ['('] = PLAIN,
    [')'] = PLAIN, ['*'] = PLAIN, ['+'] = PLAIN, [','] = PLAIN, [';'] = PLAIN, ['='] = PLAIN, [':'] = PLAIN, ['@'] = PLAIN,
    ['0' ... '9'] = PLAIN, ['A' ... 'Z'] = PLAIN, ['a' ... 'z'] = PLAIN,
};
/* clang-format on */

static bool is_path_byte(int c)
{
    return c >= 0x20 && c != 0x7f && c != '/' && c != '\\';
}

/* Whether each segment of a decoded path is one: not empty but for the last, and no dots alone. */
static bool segments_good(const char *p, size_t n)
{
    const char *end = p + n;

    while (p < end) {
        const char *segment = p + 1; /* behind a '/' */
        const char *stop = memchr(segment, '/', (size_t)(end - segment));
        size_t len = (size_t)((stop != NULL ? stop : end) - segment);
        if (len == 0 && stop != NULL)
            return false;
        if ((len == 1 || len == 2) && segment[0] == '.' && segment[len - 1] == '.')
            return false;
        p = segment + len;
    }
    return true;
}

bool dw__path_is_normal(dw_text raw)
{
    unsigned before = PLAIN;
    bool look = false;

    if (raw.n == 0 || raw.p[0] != '/')
        return false;
    for (size_t i = 0; i < raw.n; i++) {
        unsigned class = path_class[(unsigned char)raw.p[i]];

        if (class == NO_CHAR)
            return false;
        look |= before == SLASH && class >= DOT;
        before = class;
    }
    return !look || segments_good(raw.p, raw.n);
}

dw_err dw__path_normalise(dw_text raw, char *out, size_t *n)
{
    size_t len = 0;

    *n = 0;
    if (raw.n == 0 || raw.p[0] != '/')
        return DW_BAD_REQUEST;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '%') {
            int c = percent(raw, i);
            if (!is_path_byte(c))
                return DW_BAD_REQUEST;
            out[len++] = (char)c;
            i += 2;
        } else if (path_class[(unsigned char)raw.p[i]] != NO_CHAR) {
            out[len++] = raw.p[i];
        } else {
            return DW_BAD_REQUEST;
        }
    }
    if (!dw__utf8_valid(out, len) || !segments_good(out, len))
        return DW_BAD_REQUEST;
    *n = len;
    return DW_OK;
}

bool dw__query_next(dw_text *rest, dw_text *name, dw_text *value)
{
    while (rest->n > 0) {
        const char *p = rest->p;
        const char *amp = memchr(p, '&', rest->n);
        size_t n = amp != NULL ? (size_t)(amp - p) : rest->n;
        size_t used = amp != NULL ? n + 1 : n;
        *rest = (dw_text){p + used, rest->n - used};
        if (n == 0)
            continue;
        const char *eq = memchr(p, '=', n);
        size_t name_n = eq != NULL ? (size_t)(eq - p) : n;
        *name = (dw_text){p, name_n};
        *value = eq != NULL ? (dw_text){eq + 1, n - name_n - 1} : (dw_text){p + n, 0};
        return true;
    }
    return false;
}

bool dw__form_decode(dw_text raw, char *out, size_t *n, size_t *at)
{
    size_t len = 0;

    *n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        int c = (unsigned char)raw.p[i];
        *at = i;
        if (c == '%') {
            c = percent(raw, i);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c <= 0)
            return false;
        out[len++] = (char)c;
    }
    if (!dw__utf8_valid(out, len)) {
        *at = 0;
        return false;
    }
    *n = len;
    return true;
}
