/* base64.c -- base64 and hexadecimal, without a table that a secret could index.
 *
 * A character becomes its value by arithmetic on ranges, and whether all were good is looked at once, at the end; so the
 * time depends on the length alone. */
#include "codec/base64.h"

#include <stdint.h>

/* All ones when lo <= c <= hi, else 0; for values up to 0xffff. */
static unsigned in_range(unsigned c, unsigned lo, unsigned hi)
{
    return 0u - (((lo - 1 - c) & (c - hi - 1)) >> 31);
}

/* The value of a character with `c62` and `c63` behind the alphanumerics; above 63 when it is none. */
static unsigned value64(unsigned c, unsigned c62, unsigned c63)
{
    unsigned v = 64;

    v ^= in_range(c, 'A', 'Z') & (64 ^ (c - 'A'));
    v ^= in_range(c, 'a', 'z') & (64 ^ (c - 'a' + 26));
    v ^= in_range(c, '0', '9') & (64 ^ (c - '0' + 52));
    v ^= in_range(c, c62, c62) & (64 ^ 62);
    v ^= in_range(c, c63, c63) & (64 ^ 63);
    return v;
}

/* The character of v < 64. */
static char char64(unsigned v, unsigned c62, unsigned c63)
{
    unsigned c = 0;

    c |= in_range(v, 0, 25) & (v + 'A');
    c |= in_range(v, 26, 51) & (v - 26 + 'a');
    c |= in_range(v, 52, 61) & (v - 52 + '0');
    c |= in_range(v, 62, 62) & c62;
    c |= in_range(v, 63, 63) & c63;
    return (char)c;
}

static size_t encode(const void *bytes, size_t n, unsigned c62, unsigned c63, char *out)
{
    const uint8_t *p = bytes;
    size_t len = 0;
    unsigned acc = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < n; i++) {
        acc = (acc << 8 | p[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6)
            out[len++] = char64(acc >> (bits - 6) & 63, c62, c63);
    }
    if (bits > 0)
        out[len++] = char64(acc << (6 - bits) & 63, c62, c63);
    return len;
}

size_t dw__base64url_encode(const void *bytes, size_t n, char *out)
{
    return encode(bytes, n, '-', '_', out);
}

size_t dw__base64_encode(const void *bytes, size_t n, char *out)
{
    size_t len = encode(bytes, n, '+', '/', out);

    while (len % 4 != 0)
        out[len++] = '=';
    return len;
}

static bool decode(dw_text t, unsigned c62, unsigned c63, uint8_t *out, size_t cap, size_t *n)
{
    unsigned acc = 0;
    unsigned bits = 0;
    unsigned bad = 0;
    size_t len = 0;

    *n = 0;
    if (t.n % 4 == 1 || t.n / 4 * 3 + (t.n % 4) * 3 / 4 > cap)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        unsigned v = value64((unsigned char)t.p[i], c62, c63);
        bad |= v & 64;
        acc = (acc << 6 | (v & 63)) & 0xffff;
        bits += 6;
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

bool dw__base64url_decode(dw_text t, void *out, size_t cap, size_t *n)
{
    return decode(t, '-', '_', out, cap, n);
}

bool dw__base64_decode(dw_text t, void *out, size_t cap, size_t *n)
{
    *n = 0;
    if (t.n % 4 != 0)
        return false;
    for (int pads = 0; pads < 2 && t.n > 0 && t.p[t.n - 1] == '='; pads++)
        t.n--;
    return decode(t, '+', '/', out, cap, n);
}

void dw__hex_encode(const void *bytes, size_t n, char *out)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < n; i++) {
        unsigned high = p[i] >> 4;
        unsigned low = p[i] & 15;
        out[2 * i] = (char)(high + '0' + (in_range(high, 10, 15) & ('a' - '0' - 10)));
        out[2 * i + 1] = (char)(low + '0' + (in_range(low, 10, 15) & ('a' - '0' - 10)));
    }
}

/* Above 15 when it is no digit. */
static unsigned value16(unsigned c)
{
    unsigned v = 16;

    v ^= in_range(c, '0', '9') & (16 ^ (c - '0'));
    v ^= in_range(c, 'a', 'f') & (16 ^ (c - 'a' + 10));
    v ^= in_range(c, 'A', 'F') & (16 ^ (c - 'A' + 10));
    return v;
}

bool dw__hex_decode(dw_text t, void *bytes, size_t cap, size_t *n)
{
    uint8_t *out = bytes;
    unsigned bad = 0;

    *n = 0;
    if (t.n % 2 != 0 || t.n / 2 > cap)
        return false;
    for (size_t i = 0; i < t.n / 2; i++) {
        unsigned high = value16((unsigned char)t.p[2 * i]);
        unsigned low = value16((unsigned char)t.p[2 * i + 1]);
        bad |= (high | low) & 16;
        out[i] = (uint8_t)((high << 4 | (low & 15)) & 0xff);
    }
    if (bad != 0)
        return false;
    *n = t.n / 2;
    return true;
}
