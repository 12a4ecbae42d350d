/* codec/base32.c -- see base32.h.  A character becomes its value by arithmetic on ranges, and whether all were good is looked at once, at the
 * end; so the time depends on the length alone. */
#include "codec/base32.h"

#include <stdint.h>

/* All ones when lo <= c <= hi, else 0; for values up to 0xffff. */
static unsigned in_range(unsigned c, unsigned lo, unsigned hi)
{
    return 0u - (((lo - 1 - c) & (c - hi - 1)) >> 31);
}

/* Above 31 when it is none. */
static unsigned value32(unsigned c)
{
    unsigned v = 32;

    v ^= in_range(c, 'A', 'Z') & (32 ^ (c - 'A'));
    v ^= in_range(c, '2', '7') & (32 ^ (c - '2' + 26));
    return v;
}

/* The character of v < 32. */
static char char32(unsigned v)
{
    return (char)((in_range(v, 0, 25) & (v + 'A')) | (in_range(v, 26, 31) & (v - 26 + '2')));
}

size_t dw__base32_encode(const void *bytes, size_t n, char *out)
{
    const uint8_t *p = bytes;
    size_t len = 0;
    unsigned acc = 0, bits = 0;

    for (size_t i = 0; i < n; i++) {
        acc = (acc << 8 | p[i]) & 0xffff;
        for (bits += 8; bits >= 5; bits -= 5)
            out[len++] = char32(acc >> (bits - 5) & 31);
    }
    if (bits > 0)
        out[len++] = char32(acc << (5 - bits) & 31);
    return len;
}

/* A last group of 1, 3 or 6 characters ends within a byte. */
static bool possible(size_t n)
{
    const size_t rest = n % 8;

    return rest != 1 && rest != 3 && rest != 6;
}

bool dw__base32_decode(dw_text t, void *bytes, size_t cap, size_t *n)
{
    uint8_t *out = bytes;
    unsigned acc = 0, bits = 0, bad = 0;
    size_t len = 0;

    *n = 0;
    if (!possible(t.n) || t.n / 8 * 5 + t.n % 8 * 5 / 8 > cap)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        const unsigned v = value32((unsigned char)t.p[i]);
        bad |= v & 32;
        acc = (acc << 5 | (v & 31)) & 0xffff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[len++] = (uint8_t)(acc >> bits & 0xff);
        }
    }
    bad |= acc & ((1u << bits) - 1);
    if (bad != 0)
        return false;
    *n = len;
    return true;
}

bool dw__base32_fold(dw_text typed, char *out, size_t cap, size_t *n)
{
    size_t len = 0;

    *n = 0;
    while (typed.n > 0 && (typed.p[typed.n - 1] == '=' || typed.p[typed.n - 1] == ' '))
        typed.n--;
    for (size_t i = 0; i < typed.n; i++) {
        const unsigned c = (unsigned char)typed.p[i];
        if (c == ' ' || c == '-')
            continue;
        if (len == cap)
            return false;
        out[len++] = (char)(c - (in_range(c, 'a', 'z') & ('a' - 'A')));
    }
    *n = len;
    return true;
}
