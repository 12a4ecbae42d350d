/* base/text.c -- comparing, cutting and reading texts.
 *
 * Header names and numbers are read with these, so they are written for short texts: eight bytes at a time where that is
 * safe, and without branches on what a client sent where that is cheap.  Nothing here reads behind t.n. */
#include "base/text.h"

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))

static uint64_t load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The eight bytes of v with A to Z as a to z; others, and those from 128, as they are. */
static uint64_t lower8(uint64_t v)
{
    uint64_t low = v & BYTES(0x7f);
    uint64_t from_a = low + BYTES(0x80 - 'A');         /* bit 7: at least 'A' */
    uint64_t behind_z = low + BYTES(0x80 - ('Z' + 1)); /* bit 7: more than 'Z' */
    uint64_t upper = (from_a ^ behind_z) & ~v & BYTES(0x80);
    return v | upper >> 2;
}

static unsigned lower1(char c)
{
    unsigned u = (unsigned char)c;
    return u | (unsigned)(u - 'A' < 26) << 5;
}

bool dw__text_eq_nocase(dw_text a, dw_text b)
{
    if (a.n != b.n)
        return false;
    size_t i = 0;
    for (; i + 8 <= a.n; i += 8)
        if (lower8(load8(a.p + i)) != lower8(load8(b.p + i)))
            return false;
    unsigned differ = 0;
    for (; i < a.n; i++)
        differ |= lower1(a.p[i]) ^ lower1(b.p[i]);
    return differ == 0;
}

bool dw__text_starts(dw_text t, dw_text prefix)
{
    return prefix.n <= t.n && (prefix.n == 0 || memcmp(t.p, prefix.p, prefix.n) == 0);
}

dw_text dw__text_of(const char *s)
{
    return s == NULL ? (dw_text){NULL, 0} : (dw_text){s, strlen(s)};
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

dw_text dw__text_trim(dw_text t)
{
    while (t.n > 0 && blank(t.p[0])) {
        t.p++;
        t.n--;
    }
    while (t.n > 0 && blank(t.p[t.n - 1]))
        t.n--;
    return t;
}

size_t dw__text_find(dw_text t, char c)
{
    const char *at = t.n == 0 ? NULL : memchr(t.p, c, t.n);
    return at == NULL ? t.n : (size_t)(at - t.p);
}

dw_text dw__text_cut(dw_text *rest, char sep)
{
    dw_text t = *rest;
    size_t at = dw__text_find(t, sep);
    if (at == t.n) {
        *rest = (dw_text){NULL, 0};
        return t;
    }
    *rest = (dw_text){t.p + at + 1, t.n - at - 1};
    return (dw_text){t.p, at};
}

bool dw__text_u64(dw_text t, uint64_t *out)
{
    if (t.n == 0)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < t.n; i++) {
        unsigned digit = (unsigned)(unsigned char)t.p[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(v, (uint64_t)10, &v) || __builtin_add_overflow(v, digit, &v))
            return false;
    }
    *out = v;
    return true;
}

bool dw__text_i64(dw_text t, int64_t *out)
{
    uint64_t v;
    bool negative = t.n > 0 && t.p[0] == '-';
    if (negative)
        t = (dw_text){t.p + 1, t.n - 1};
    if (!dw__text_u64(t, &v) || v > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? 0 - v : v);
    return true;
}

bool dw__text_size(dw_text t, uint64_t *out)
{
    unsigned shift = 0;
    if (t.n > 0) {
        char unit = t.p[t.n - 1];
        shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
    }
    uint64_t v;
    if (!dw__text_u64((dw_text){t.p, t.n - (shift > 0)}, &v) || v > UINT64_MAX >> shift)
        return false;
    *out = v << shift;
    return true;
}

static const char pairs[201] = "0001020304050607080910111213141516171819"
                               "2021222324252627282930313233343536373839"
                               "4041424344454647484950515253545556575859"
                               "6061626364656667686970717273747576777879"
                               "8081828384858687888990919293949596979899";

static size_t count_digits(uint64_t v)
{
    size_t n = 1;
    for (; v >= 10000; v /= 10000)
        n += 4;
    return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

size_t dw__u64_digits(uint64_t v, char out[static 20])
{
    size_t n = count_digits(v);
    char *at = out + n;
    for (; v >= 100; v /= 100) {
        at -= 2;
        memcpy(at, pairs + 2 * (v % 100), 2);
    }
    if (v >= 10)
        memcpy(at - 2, pairs + 2 * v, 2);
    else
        at[-1] = (char)('0' + v);
    return n;
}
