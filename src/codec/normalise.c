/* normalise.c -- trimming and composing. The one place that knows utf8proc, and no memory of its own.
 *
 * utf8proc orders combining characters by swapping neighbours, which is quadratic in a run of them; so runs are limited first. */
#include "codec/normalise.h"

#include <utf8proc.h>

#include "codec/utf8.h"

#define COMBINING_RUN 30
#define FOLDED_MAX 18 /* characters that one can come to: U+FDFA */

/* The character at p, whose sequence has n bytes. */
static utf8proc_int32_t decode(const unsigned char *p, size_t n)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    utf8proc_int32_t c = p[0] & lead[n];

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

static bool is_white(utf8proc_int32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
           c == 0x3000;
}

static size_t last_length(dw_text t)
{
    size_t n = 1;

    while (n < t.n && ((unsigned char)t.p[t.n - n] & 0xc0) == 0x80)
        n++;
    return n;
}

dw_text dw__utf8_trim(dw_text t)
{
    while (t.n > 0) {
        size_t n = dw__utf8_sequence((const unsigned char *)t.p, t.n);
        if (n == 0 || !is_white(decode((const unsigned char *)t.p, n)))
            break;
        t = (dw_text){t.p + n, t.n - n};
    }
    while (t.n > 0) {
        size_t n = last_length(t);
        if (n > 4 || !is_white(decode((const unsigned char *)t.p + t.n - n, n)))
            break;
        t.n -= n;
    }
    return t;
}

/* Below U+0300 every text is in form C: no byte of it is 0xcc or above. */
static bool is_simple(dw_text t)
{
    unsigned char most = 0;

    for (size_t i = 0; i < t.n; i++)
        most = (unsigned char)t.p[i] > most ? (unsigned char)t.p[i] : most;
    return most < 0xcc;
}

/* Whether no run of combining characters is longer than it may be; *n is the number of characters. */
static bool runs_ok(dw_text t, size_t *n)
{
    size_t run = 0;

    *n = 0;
    for (size_t i = 0; i < t.n;) {
        const unsigned char *p = (const unsigned char *)t.p + i;
        size_t length = dw__utf8_sequence(p, t.n - i);
        if (length == 0)
            return false;
        run = utf8proc_get_property(decode(p, length))->combining_class != 0 ? run + 1 : 0;
        if (run > COMBINING_RUN)
            return false;
        i += length;
        ++*n;
    }
    return true;
}

/* `n` characters decompose into at most `each` apiece; re-encoding in place wants a byte more. */
static dw_err rewrite(dw_text t, size_t n, size_t each, utf8proc_option_t options, struct arena *a,
                      dw_text *out)
{
    size_t room = n * each;
    utf8proc_int32_t *chars = dw__arena_calloc(a, room + 1, sizeof *chars);

    if (chars == NULL)
        return DW_TOO_LARGE;
    utf8proc_ssize_t got = utf8proc_decompose((const utf8proc_uint8_t *)t.p, (utf8proc_ssize_t)t.n, chars,
                                              (utf8proc_ssize_t)room, options);
    if (got < 0 || (size_t)got > room)
        return DW_MALFORMED;
    got = utf8proc_reencode(chars, got, options);
    if (got < 0)
        return DW_MALFORMED;
    *out = (dw_text){(const char *)chars, (size_t)got};
    return DW_OK;
}

dw_err dw__nfc(dw_text t, struct arena *a, dw_text *out)
{
    size_t n;

    *out = t;
    if (is_simple(t))
        return DW_OK;
    if (!runs_ok(t, &n))
        return DW_MALFORMED;
    return rewrite(t, n, 4, UTF8PROC_STABLE | UTF8PROC_COMPOSE, a, out);
}

dw_err dw__fold(dw_text t, struct arena *a, dw_text *out)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD;
    size_t n;
    dw_err err;

    *out = t;
    if (t.n > DW__FOLD_MAX || !dw__utf8_valid(t.p, t.n))
        return DW_OK;
    t = dw__utf8_trim(t);
    if (!runs_ok(t, &n))
        return DW_OK;
    err = rewrite(t, n, FOLDED_MAX, options, a, out);
    return err == DW_MALFORMED ? DW_OK : err;
}
