/* json_put.c -- values written as JSON.
 *
 * Whatever the value, what comes out is valid JSON in valid UTF-8 that no reader can mistake for the end of a line or a
 * script: bytes that are not UTF-8 become U+FFFD, and U+2028 and U+2029, which older readers take for line ends, are escaped. */
#include <float.h>
#include <math.h>

#include "codec/json.h"
#include "codec/json_scan.h"
#include "codec/utf8.h"

static void put_escape(struct buf *b, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";

    switch (c) {
    case '"': dw__buf_lit(b, "\\\""); return;
    case '\\': dw__buf_lit(b, "\\\\"); return;
    case '\b': dw__buf_lit(b, "\\b"); return;
    case '\f': dw__buf_lit(b, "\\f"); return;
    case '\n': dw__buf_lit(b, "\\n"); return;
    case '\r': dw__buf_lit(b, "\\r"); return;
    case '\t': dw__buf_lit(b, "\\t"); return;
    default: break;
    }
    dw__buf_lit(b, "\\u00");
    dw__buf_putc(b, digits[c >> 4]);
    dw__buf_putc(b, digits[c & 15]);
}

/* What stands at p is no plain ASCII: writes it, returns its length. */
static size_t put_odd(struct buf *b, const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;

    if (*u < 0x80) {
        put_escape(b, *u);
        return 1;
    }
    size_t n = dw__utf8_sequence(u, (size_t)(end - p));
    if (n == 0) {
        dw__buf_lit(b, "\xef\xbf\xbd");
        return 1;
    }
    if (n == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] | 1) == 0xa9) {
        dw__buf_lit(b, "\\u202");
        dw__buf_putc(b, u[2] == 0xa8 ? '8' : '9');
    } else {
        dw__buf_put(b, p, n);
    }
    return n;
}

/* A string of which `plain` bytes at its beginning need no escape, and what is behind them may. */
static void put_escaped(struct buf *b, dw_text t, size_t plain)
{
    const char *p = t.p, *stop = t.p + plain, *end = t.p + t.n;

    dw__buf_putc(b, '"');
    for (;;) {
        dw__buf_put(b, p, (size_t)(stop - p));
        p = stop;
        if (p == end)
            break;
        p += put_odd(b, p, end);
        stop = json_plain_end(p, end);
    }
    dw__buf_putc(b, '"');
}

void dw__json_put_string(struct buf *b, dw_text t)
{
    size_t plain = t.n > 0 ? (size_t)(json_plain_end(t.p, t.p + t.n) - t.p) : 0;
    char *to;

    if (plain < t.n) {
        put_escaped(b, t, plain);
        return;
    }
    if (b->cap - b->n < 2 || t.n > b->cap - b->n - 2) {
        if (t.n > SIZE_MAX - 2 || !dw__buf_reserve(b, t.n + 2)) {
            b->failed = true;
            return;
        }
    }
    to = b->p + b->n;
    *to++ = '"';
    if (t.n > 0)
        memcpy(to, t.p, t.n);
    to[t.n] = '"';
    b->n += t.n + 2;
}

void dw__json_put_i64(struct buf *b, int64_t v)
{
    dw__buf_i64(b, v);
}

void dw__json_put_bool(struct buf *b, bool v)
{
    if (v)
        dw__buf_lit(b, "true");
    else
        dw__buf_lit(b, "false");
}

/* ---- doubles ---- */

/* 0.d1d2… × 10^point */
struct digits {
    char d[20];
    size_t n;
    int point;
};

static void put_zeros(struct buf *b, int n)
{
    for (; n > 0; n--)
        dw__buf_putc(b, '0');
}

/* As JavaScript prints numbers (ECMA-262, Number::toString): plain from 1e-6 up to 1e21, else with an exponent. */
static void put_digits(struct buf *b, const struct digits *x)
{
    int n = (int)x->n;

    if (x->point > 0 && x->point <= 21) {
        int whole = n < x->point ? n : x->point;
        dw__buf_put(b, x->d, (size_t)whole);
        put_zeros(b, x->point - whole);
        if (n > whole) {
            dw__buf_putc(b, '.');
            dw__buf_put(b, x->d + whole, (size_t)(n - whole));
        }
    } else if (x->point <= 0 && x->point > -6) {
        dw__buf_lit(b, "0.");
        put_zeros(b, -x->point);
        dw__buf_put(b, x->d, x->n);
    } else {
        dw__buf_putc(b, x->d[0]);
        if (n > 1) {
            dw__buf_putc(b, '.');
            dw__buf_put(b, x->d + 1, x->n - 1);
        }
        dw__buf_putc(b, 'e');
        if (x->point > 0)
            dw__buf_putc(b, '+');
        dw__buf_i64(b, x->point - 1);
    }
}

static void trim_zeros(struct digits *x)
{
    while (x->n > 1 && x->d[x->n - 1] == '0')
        x->n--;
}

/* Most doubles are short decimals: an integer below 2^53 over a power of ten, both exact, so that the quotient is the
 * double that the decimal names. The first power that fits gives the fewest digits. */
static bool short_decimal(double v, struct digits *x)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

    if (v >= 1e15 || v < 1e-5)
        return false;
    for (size_t k = 0; k < sizeof powers / sizeof powers[0]; k++) {
        double scaled = v * powers[k];
        if (scaled >= 1e15)
            return false;
        int64_t i = (int64_t)(scaled + 0.5);
        if ((double)i / powers[k] != v)
            continue;
        struct buf b;
        dw__buf_init_fixed(&b, x->d, sizeof x->d);
        dw__buf_i64(&b, i);
        x->n = b.n;
        x->point = (int)b.n - (int)k;
        trim_zeros(x);
        return true;
    }
    return false;
}

/* `precision` digits of v as the C library rounds them; whatever it puts for a decimal point is passed over. */
static void rounded(double v, int precision, struct digits *x)
{
    char text[64];
    struct buf b;
    size_t i = 0;
    bool negative;
    int exp = 0;

    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_format(&b, "%.*e", precision - 1, v);
    x->n = 0;
    for (; i < b.n && text[i] != 'e'; i++)
        if (text[i] >= '0' && text[i] <= '9' && x->n < sizeof x->d)
            x->d[x->n++] = text[i];
    negative = i + 1 < b.n && text[i + 1] == '-';
    for (i += 2; i < b.n; i++)
        exp = exp * 10 + (text[i] - '0');
    x->point = (negative ? -exp : exp) + 1;
}

/* The digits as a number for dw__json_double. */
static double read_back(const struct digits *x)
{
    char text[sizeof x->d + 16];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_put(&b, x->d, x->n);
    dw__buf_putc(&b, 'e');
    dw__buf_i64(&b, x->point - (int)x->n);
    return dw__json_double((dw_text){text, b.n});
}

void dw__json_put_double(struct buf *b, double v)
{
    struct digits x = {.n = 0};

    if (!isfinite(v)) {
        dw__buf_lit(b, "null");
        return;
    }
    if (signbit(v)) {
        dw__buf_putc(b, '-');
        v = -v;
    }
    if (v == 0) {
        dw__buf_putc(b, '0');
        return;
    }
    /* 15 digits survive in every double but the smallest, which have fewer bits. */
    int fewest = v < DBL_MIN ? 1 : 15;
    if (!short_decimal(v, &x))
        for (int precision = fewest; precision <= 17; precision++) {
            rounded(v, precision, &x);
            trim_zeros(&x);
            if (read_back(&x) == v)
                break;
        }
    put_digits(b, &x);
}
