/* utf8.c -- UTF-8 (RFC 3629): what is not exactly it is not text.
 *
 * Most of what arrives is ASCII, so runs of it are passed over 16 bytes at a time; the rest is checked against the table of
 * well-formed sequences (Unicode, table 3-7), which leaves no room for overlong forms and surrogates. */
#include "codec/utf8.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first byte from p on that is not ASCII, or `end`. */
static const unsigned char *ascii_end(const unsigned char *p, const unsigned char *end)
{
#ifdef __SSE2__
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        int high = _mm_movemask_epi8(v);
        if (high != 0)
            return p + __builtin_ctz((unsigned)high);
        p += 16;
    }
#endif
    while (end - p >= 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        if ((v & UINT64_C(0x8080808080808080)) != 0)
            break;
        p += 8;
    }
    while (p < end && *p < 0x80)
        p++;
    return p;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t dw__utf8_sequence(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];

    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if (c >= 0xe0 && c <= 0xef) {
        unsigned char low = c == 0xe0 ? 0xa0 : 0x80;
        unsigned char high = c == 0xed ? 0x9f : 0xbf;
        return left >= 3 && p[1] >= low && p[1] <= high && is_tail(p[2]) ? 3 : 0;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        unsigned char low = c == 0xf0 ? 0x90 : 0x80;
        unsigned char high = c == 0xf4 ? 0x8f : 0xbf;
        return left >= 4 && p[1] >= low && p[1] <= high && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
    }
    return 0;
}

bool dw__utf8_valid(const void *text, size_t n)
{
    const unsigned char *p = text;
    const unsigned char *end = n > 0 ? p + n : p;

    while ((p = ascii_end(p, end)) < end) {
        do {
            size_t len = dw__utf8_sequence(p, (size_t)(end - p));
            if (len == 0)
                return false;
            p += len;
        } while (p < end && *p >= 0x80);
    }
    return true;
}

/* Whether there is a byte in v that is NUL or not ASCII. */
static bool has_odd(uint64_t v)
{
    return (((v - UINT64_C(0x0101010101010101)) | v) & UINT64_C(0x8080808080808080)) != 0;
}

/* Whether all n bytes at p are ASCII and none is NUL: eight at a time, the last eight overlapping those before. */
static bool is_plain(const unsigned char *p, size_t n)
{
    uint64_t v;

    if (n < 8) {
        for (size_t i = 0; i < n; i++)
            if (p[i] == 0 || p[i] >= 0x80)
                return false;
        return true;
    }
    for (size_t i = 0; i < n - 8; i += 8) {
        memcpy(&v, p + i, 8);
        if (has_odd(v))
            return false;
    }
    memcpy(&v, p + n - 8, 8);
    return !has_odd(v);
}

bool dw__utf8_valid_text(const void *text, size_t n)
{
    return is_plain(text, n) || (memchr(text, '\0', n) == NULL && dw__utf8_valid(text, n));
}

size_t dw__utf8_chars(const void *text, size_t n)
{
    const unsigned char *p = text;
    size_t tails = 0;
    size_t i = 0;

    /* Every byte that is not 10xxxxxx begins a character. */
    for (; n - i >= 8; i += 8) {
        uint64_t v;
        memcpy(&v, p + i, 8);
        v = (v >> 7) & ~(v >> 6) & UINT64_C(0x0101010101010101);
        tails += (size_t)((v * UINT64_C(0x0101010101010101)) >> 56);
    }
    for (; i < n; i++)
        tails += is_tail(p[i]);
    return n - tails;
}

size_t dw__utf8_encode(unsigned code, char out[static 4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

dw_text dw__utf8_cut(dw_text t, size_t max)
{
    if (t.n <= max)
        return t;
    while (max > 0 && is_tail((unsigned char)t.p[max]))
        max--;
    return (dw_text){t.p, max};
}
