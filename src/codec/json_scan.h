/* codec/json_scan.h -- the loop that reading and writing of JSON strings share. */
#ifndef DW_CODEC_JSON_SCAN_H
#define DW_CODEC_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#ifdef __SSE2__
/* A bit for each of the 16 bytes at p that json_plain_end() looks for. */
static inline unsigned json_odd_mask(const char *p)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* Bytes above 0x7f are negative here, so one signed comparison finds them and the control characters. */
    __m128i odd = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)),
                               _mm_cmplt_epi8(v, space));
    return (unsigned)_mm_movemask_epi8(odd);
}
#endif

/* The first byte from p on that is '"', '\\', a control character (below 0x20) or not ASCII; or `end`. Reads nothing behind `end`. */
static inline const char *json_plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
    bool long_enough = end - p >= 16;

    while (end - p >= 16) {
        unsigned at = json_odd_mask(p);
        if (at != 0)
            return p + __builtin_ctz(at);
        p += 16;
    }
    if (long_enough) { /* the last 16 bytes, of which the first were looked at already */
        unsigned at = json_odd_mask(end - 16) >> (16 - (end - p));
        return at != 0 ? p + __builtin_ctz(at) : end;
    }
#endif
    while (end - p >= 8) {
        const uint64_t ones = UINT64_C(0x0101010101010101);
        const uint64_t high = UINT64_C(0x8080808080808080);
        uint64_t v;
        memcpy(&v, p, 8);
        uint64_t quotes = v ^ ones * '"';
        uint64_t slashes = v ^ ones * '\\';
        /* Exact about whether there is such a byte, which is all that is asked of it. */
        if ((((v - ones * 0x20) | (quotes - ones) | (slashes - ones) | v) & high) != 0)
            break;
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

#endif
