/* json_number.c -- numbers of JSON, from text.
 *
 * An integer that int64_t holds is exact; anything else is kept as written and becomes the nearest double on demand.  Short
 * decimals, which most are, take one multiplication or division of exact doubles; the rest goes to strtod(3) as digits and
 * an exponent, without a decimal point, so that no locale has a say in it. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "codec/json.h"

/* More digits than these cannot change the nearest double (767 suffice), except by being there at all. */
#define DIGITS_KEPT 800
/* An exponent beyond it is zero or infinite whatever the digits, in a text below 4 GiB. */
#define EXPONENT_MAX INT64_C(1000000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* The value of digits [p, end) with its sign, if int64_t holds it. */
static bool integer(const char *p, const char *end, bool negative, int64_t *out)
{
    uint64_t v = 0;

    if (end - p > 19)
        return false;
    for (; p < end; p++)
        v = v * 10 + (uint64_t)(*p - '0'); /* 19 digits fit */
    if (v > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

/* The exponent that is written at [p, end), after the 'e', cut to ±EXPONENT_MAX. */
static int64_t exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int64_t v = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end && v < EXPONENT_MAX; p++)
        v = v * 10 + (*p - '0');
    return negative ? -v : v;
}

static bool fail_at(struct json_in *in, const char *p)
{
    in->p = p;
    return dw__json_fail(in, DW_MALFORMED);
}

bool dw__json_number(struct json_in *in, struct json_number *out)
{
    if (dw__json_peek(in) != JSON_NUMBER)
        return dw__json_fail(in, DW_MALFORMED);

    const char *start = in->p;
    bool negative = *start == '-';
    const char *whole = start + negative;
    const char *p = digits_end(whole, in->end);
    if (p == whole || (*whole == '0' && p - whole > 1))
        return fail_at(in, p == whole ? p : whole + 1);

    const char *whole_end = p;
    int64_t exp = 0;
    if (p < in->end && *p == '.') {
        const char *digits = p + 1;
        p = digits_end(digits, in->end);
        if (p == digits)
            return fail_at(in, p);
    }
    if (p < in->end && (*p == 'e' || *p == 'E')) {
        const char *sign = p + 1;
        const char *digits = sign < in->end && (*sign == '+' || *sign == '-') ? sign + 1 : sign;
        p = digits_end(digits, in->end);
        if (p == digits)
            return fail_at(in, p);
        exp = exponent(sign, p);
    }

    *out = (struct json_number){.lexeme = {start, (size_t)(p - start)}};
    out->integral = p == whole_end && integer(whole, p, negative, &out->i);
    if (whole_end - whole + exp > 308 && !isfinite(dw__json_double(out->lexeme)))
        return fail_at(in, start);
    in->p = p;
    return true;
}

/* A decimal: 0.d1d2d3… × 10^point, in n digits without a leading zero; n == 0 is zero. */
struct decimal {
    char digits[DIGITS_KEPT + 1];
    size_t n;
    int64_t point;
    bool negative;
};

static void decimal_read(struct decimal *d, dw_text lexeme)
{
    const char *p = lexeme.p;
    const char *end = lexeme.p + lexeme.n;
    bool fraction = false;
    bool more = false;

    d->n = 0;
    d->point = 0;
    d->negative = p < end && *p == '-';
    for (p += d->negative; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        bool leading = d->n == 0 && *p == '0';
        if (!leading && d->n < DIGITS_KEPT)
            d->digits[d->n++] = *p;
        else if (!leading)
            more = more || *p != '0';
        if (!fraction && !leading)
            d->point++;
        if (fraction && leading)
            d->point--;
    }
    if (more)
        d->digits[d->n++] = '1'; /* only that something follows can matter */
    if (p < end)
        d->point += exponent(p + 1, end);
}

/* Exact when both are: at most 2^53, and a power of ten up to 10^22. */
static bool short_decimal(const struct decimal *d, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exp = d->point - (int64_t)d->n;
    uint64_t v = 0;

    if (d->n > 16 || exp < -22 || exp > 22)
        return false;
    for (size_t i = 0; i < d->n; i++)
        v = v * 10 + (uint64_t)(d->digits[i] - '0');
    if (v > UINT64_C(1) << 53)
        return false;
    *out = exp < 0 ? (double)v / powers[-exp] : (double)v * powers[exp];
    return true;
}

static double long_decimal(const struct decimal *d)
{
    char text[DIGITS_KEPT + 1 + 24];
    struct buf b;
    int64_t exp = d->point - (int64_t)d->n;

    /* Beyond these it is zero or infinite, and strtod should not have to count. */
    if (exp > 5000)
        exp = 5000;
    if (exp < -5000)
        exp = -5000;
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_put(&b, d->digits, d->n);
    dw__buf_putc(&b, 'e');
    dw__buf_i64(&b, exp);
    dw__buf_putc(&b, '\0');
    return strtod(text, NULL);
}

double dw__json_double(dw_text lexeme)
{
    struct decimal d;
    double v = 0;

    decimal_read(&d, lexeme);
    if (d.n > 0 && !short_decimal(&d, &v))
        v = long_decimal(&d);
    return d.negative ? -v : v;
}
