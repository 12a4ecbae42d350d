/* codec/rate.c -- see rate.h. */
#include "codec/rate.h"

#include "base/text.h"

#define SECONDS_MAX 31622400u /* 366 days */

static const struct {
    dw_text name;
    uint32_t seconds;
} units[] = {{DW_TEXT_INIT("second"), 1},
             {DW_TEXT_INIT("minute"), 60},
             {DW_TEXT_INIT("hour"), 3600},
             {DW_TEXT_INIT("day"), 86400}};

/* What is left to read. */
struct reader {
    dw_text text;
    size_t at;
};

static char peek(const struct reader *r)
{
    return r->at < r->text.n ? r->text.p[r->at] : '\0';
}

static bool skip_space(struct reader *r)
{
    size_t from = r->at;

    while (peek(r) == ' ' || peek(r) == '\t')
        r->at++;
    return r->at > from;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A number from 1 to `max`. */
static bool read_number(struct reader *r, uint32_t max, uint32_t *out)
{
    size_t from = r->at;
    uint64_t v = 0;

    while (is_digit(peek(r)) && v <= max)
        v = v * 10 + (uint64_t)(r->text.p[r->at++] - '0');
    if (v >= 1 && v <= max && !is_digit(peek(r)))
        *out = (uint32_t)v;
    else
        r->at = from;
    return r->at > from;
}

/* The letters that come, all of them. */
static dw_text read_word(struct reader *r)
{
    size_t from = r->at;

    while (is_letter(peek(r)))
        r->at++;
    return (dw_text){r->text.p + from, r->at - from};
}

/* "/" or "per", which stands alone. */
static bool read_per(struct reader *r)
{
    bool spaced = skip_space(r);
    size_t from = r->at;

    if (peek(r) == '/') {
        r->at++;
        (void)skip_space(r);
        return true;
    }
    if (spaced && dw__text_eq_nocase(read_word(r), DW_TEXT("per")) && skip_space(r))
        return true;
    r->at = from;
    return false;
}

/* The seconds of a unit's name. */
static bool read_unit(struct reader *r, uint32_t *seconds)
{
    size_t from = r->at;
    dw_text word = read_word(r);

    if (word.n > 1 && (word.p[word.n - 1] | 0x20) == 's')
        word.n--;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (dw__text_eq_nocase(word, units[i].name)) {
            *seconds = units[i].seconds;
            return true;
        }
    r->at = from;
    return false;
}

static bool read_rate(struct reader *r, struct rate *out)
{
    uint32_t times = 1, unit;
    size_t from;

    if (!read_number(r, DW__RATE_COUNT_MAX, &out->count) || !read_per(r))
        return false;
    from = r->at;
    if (is_digit(peek(r)) && !read_number(r, SECONDS_MAX, &times))
        return false;
    (void)skip_space(r);
    if (!read_unit(r, &unit))
        return false;
    if ((uint64_t)times * unit > SECONDS_MAX) {
        r->at = from;
        return false;
    }
    out->seconds = times * unit;
    return true;
}

size_t dw__rates_read(dw_text text, struct rate out[static DW__RATES], size_t *position)
{
    struct reader r = {text, 0};
    size_t n = 0;

    for (;;) {
        (void)skip_space(&r);
        *position = r.at;
        if (n == DW__RATES)
            return 0;
        if (!read_rate(&r, &out[n++])) {
            *position = r.at;
            return 0;
        }
        (void)skip_space(&r);
        *position = r.at;
        if (r.at == text.n)
            return n;
        if (peek(&r) != ';' && peek(&r) != ',' && peek(&r) != '|')
            return 0;
        r.at++;
    }
}
