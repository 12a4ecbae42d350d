/* http/h1_scan.c -- sixteen bytes at a time where the machine has SSE2, one at a time elsewhere and at the end.
 *
 * A load of sixteen bytes is done only where sixteen bytes are: inputs may end at the end of a page. */
#include "http/h1_scan.h"

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* clang-format off */
const unsigned char dw__h1_lower[256] = {
    ['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'', ['*'] = '*', ['+'] = '+',
    ['-'] = '-', ['.'] = '.', ['^'] = '^', ['_'] = '_', ['`'] = '`', ['|'] = '|', ['~'] = '~',
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i',
    ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
    ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
    ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
    ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};
/* clang-format on */

static bool in_target(char ch)
{
    return ch > ' ' && ch < 0x7f && ch != '#';
}

static bool in_value(char ch)
{
    unsigned char u = (unsigned char)ch;
    return (u >= ' ' && u != 0x7f) || u == '\t';
}

size_t dw__h1_span_target(const char *p, size_t n)
{
    size_t i = 0;
#if defined(__SSE2__)
    /* As signed bytes, 0x80 to 0xff are below '!' too. */
    const __m128i low = _mm_set1_epi8('!'), del = _mm_set1_epi8(0x7f), hash = _mm_set1_epi8('#');
    for (; n - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i wrong = _mm_or_si128(_mm_cmplt_epi8(v, low),
                                     _mm_or_si128(_mm_cmpeq_epi8(v, del), _mm_cmpeq_epi8(v, hash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(wrong);
        if (mask != 0)
            return i + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (i < n && in_target(p[i]))
        i++;
    return i;
}

size_t dw__h1_span_value(const char *p, size_t n)
{
    size_t i = 0;
#if defined(__SSE2__)
    const __m128i last = _mm_set1_epi8(0x1f), del = _mm_set1_epi8(0x7f), tab = _mm_set1_epi8('\t');
    for (; n - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i control = _mm_andnot_si128(_mm_cmpeq_epi8(v, tab), _mm_cmpeq_epi8(_mm_min_epu8(v, last), v));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(control, _mm_cmpeq_epi8(v, del)));
        if (mask != 0)
            return i + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (i < n && in_value(p[i]))
        i++;
    return i;
}

static bool in_host(char ch)
{
    /* A bit for each byte, low word first. */
    static const uint64_t bits[4] = {UINT64_C(0x3ff600000000000), UINT64_C(0x47fffffe87fffffe)};
    unsigned char u = (unsigned char)ch;
    return (bits[u >> 6] >> (u & 63) & 1) != 0;
}

size_t dw__h1_span_host(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && in_host(p[i]))
        i++;
    return i;
}

bool dw__h1_is_token(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (dw__h1_lower[(unsigned char)t.p[i]] == 0)
            return false;
    return t.n > 0;
}
