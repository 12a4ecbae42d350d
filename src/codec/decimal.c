/* decimal.c -- units and scale: money is counted, never approximated.
 *
 * 18 digits are kept, so that a sum of two fits int64_t and the product that comparing needs fits 128 bits. */
#include "codec/decimal.h"

#include "base/ctx.h"
#include "base/text.h"

#define UNITS_MAX INT64_C(999999999999999999)

static const int64_t powers[DW__DECIMAL_DIGITS + 1] = {
    INT64_C(1),
    INT64_C(10),
    INT64_C(100),
    INT64_C(1000),
    INT64_C(10000),
    INT64_C(100000),
    INT64_C(1000000),
    INT64_C(10000000),
    INT64_C(100000000),
    INT64_C(1000000000),
    INT64_C(10000000000),
    INT64_C(100000000000),
    INT64_C(1000000000000),
    INT64_C(10000000000000),
    INT64_C(100000000000000),
    INT64_C(1000000000000000),
    INT64_C(10000000000000000),
    INT64_C(100000000000000000),
    INT64_C(1000000000000000000),
};

bool dw__decimal_ok(dw_decimal v)
{
    return v.scale <= DW__DECIMAL_DIGITS && v.units >= -UNITS_MAX && v.units <= UNITS_MAX;
}

/* The digits from t.p + i on, added behind *units; where they end, or t.n + 1 when there are too many. */
static size_t take_digits(dw_text t, size_t i, int64_t *units)
{
    for (; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++) {
        int digit = t.p[i] - '0';
        if (*units > (UNITS_MAX - digit) / 10)
            return t.n + 1;
        *units = *units * 10 + digit;
    }
    return i;
}

bool dw_decimal_read(dw_text t, dw_decimal *out)
{
    bool negative = t.n > 0 && t.p[0] == '-';
    size_t begin = negative ? 1 : 0;
    int64_t units = 0;
    size_t end = take_digits(t, begin, &units);
    size_t scale = 0;

    *out = (dw_decimal){0};
    if (end > t.n || end == begin || (t.p[begin] == '0' && end - begin > 1))
        return false;
    if (end < t.n) {
        size_t point = end;
        end = t.p[point] == '.' ? take_digits(t, point + 1, &units) : 0;
        scale = end - point - 1;
        if (end != t.n || scale == 0 || scale > DW__DECIMAL_DIGITS)
            return false;
    }
    *out = (dw_decimal){negative ? -units : units, (uint32_t)scale};
    return true;
}

size_t dw__decimal_write(dw_decimal v, char out[static DW__DECIMAL_SIZE])
{
    char digits[20];
    size_t at = 0;

    if (!dw__decimal_ok(v))
        return 0;
    size_t n = dw__u64_digits((uint64_t)(v.units < 0 ? -v.units : v.units), digits);
    if (v.units < 0)
        out[at++] = '-';
    if (n <= v.scale) {
        out[at++] = '0';
        out[at++] = '.';
        memset(out + at, '0', v.scale - n);
        at += v.scale - n;
        memcpy(out + at, digits, n);
        return at + n;
    }
    memcpy(out + at, digits, n - v.scale);
    at += n - v.scale;
    if (v.scale > 0) {
        out[at++] = '.';
        memcpy(out + at, digits + n - v.scale, v.scale);
        at += v.scale;
    }
    return at;
}

dw_text dw_decimal_text(dw_ctx *ctx, dw_decimal v)
{
    char text[DW__DECIMAL_SIZE];

    return dw__arena_text(ctx->arena, (dw_text){text, dw__decimal_write(v, text)});
}

int dw_decimal_compare(dw_decimal a, dw_decimal b)
{
    uint32_t scale = a.scale > b.scale ? a.scale : b.scale;

    if (scale > DW__DECIMAL_DIGITS)
        return a.scale < b.scale ? -1 : a.scale > b.scale; /* not decimals: an order all the same */
    __int128 x = (__int128)a.units * powers[scale - a.scale];
    __int128 y = (__int128)b.units * powers[scale - b.scale];
    return x < y ? -1 : x > y;
}

bool dw_decimal_rescale(dw_decimal v, uint32_t scale, dw_decimal *out)
{
    *out = (dw_decimal){0};
    if (!dw__decimal_ok(v) || scale > DW__DECIMAL_DIGITS)
        return false;
    if (scale < v.scale) {
        if (v.units % powers[v.scale - scale] != 0)
            return false;
        v.units /= powers[v.scale - scale];
    } else if (__builtin_mul_overflow(v.units, powers[scale - v.scale], &v.units)) {
        return false;
    }
    v.scale = scale;
    if (!dw__decimal_ok(v))
        return false;
    *out = v;
    return true;
}

bool dw_decimal_add(dw_decimal a, dw_decimal b, dw_decimal *out)
{
    uint32_t scale = a.scale > b.scale ? a.scale : b.scale;

    *out = (dw_decimal){0};
    if (!dw_decimal_rescale(a, scale, &a) || !dw_decimal_rescale(b, scale, &b))
        return false;
    a.units += b.units; /* two of 18 digits fit */
    if (!dw__decimal_ok(a))
        return false;
    *out = a;
    return true;
}
