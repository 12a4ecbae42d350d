/* date.c -- RFC 3339 §5.6: full-date and date-time, each in the one spelling that the grammar has.
 *
 * Days are counted over 400-year cycles of a calendar whose years begin in March, so that the leap day is a year's last. An instant
 * is kept in UTC; the offset that it was written with is not. */
#include "codec/date.h"

#include "base/ctx.h"

#define DAY_SECONDS 86400
#define CYCLE_DAYS 146097 /* of 400 years */
/* Days from 0000-03-01 to 1970-01-01. */
#define EPOCH_DAYS 719468
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
#define TIME_MIN INT64_C(-62167219200)
#define TIME_MAX INT64_C(253402300799)

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool dw__date_ok(dw_date v)
{
    return v.year >= 0 && v.year <= 9999 && v.month >= 1 && v.month <= 12 && v.day >= 1 &&
           v.day <= month_days(v.year, v.month);
}

int64_t dw_date_days(dw_date v)
{
    int64_t year = v.year - (v.month <= 2);
    int64_t cycle = (year >= 0 ? year : year - 399) / 400;
    int64_t of_cycle = year - cycle * 400;
    int64_t month = (v.month + 9) % 12; /* March is 0 */
    int64_t of_year = (153 * month + 2) / 5 + v.day - 1;

    return cycle * CYCLE_DAYS + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year - EPOCH_DAYS;
}

dw_date dw_date_from_days(int64_t days)
{
    if (days < TIME_MIN / DAY_SECONDS || days > TIME_MAX / DAY_SECONDS)
        return (dw_date){0};
    days += EPOCH_DAYS;
    int64_t cycle = (days >= 0 ? days : days - CYCLE_DAYS + 1) / CYCLE_DAYS;
    int64_t day = days - cycle * CYCLE_DAYS;
    int64_t year = (day - day / 1460 + day / 36524 - day / (CYCLE_DAYS - 1)) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;

    return (dw_date){
        .year = (int16_t)(cycle * 400 + year + (month >= 10)),
        .month = (uint8_t)(month < 10 ? month + 3 : month - 9),
        .day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1),
    };
}

/* ---- reading ---- */

/* The number that the n digits at p are, or -1. */
static int digits(const char *p, size_t n)
{
    int v = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

/* The ten bytes at p. */
static bool read_date(const char *p, dw_date *out)
{
    int year = digits(p, 4), month = digits(p + 5, 2), day = digits(p + 8, 2);

    if (p[4] != '-' || p[7] != '-' || year < 0 || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month))
        return false;
    *out = (dw_date){(int16_t)year, (uint8_t)month, (uint8_t)day};
    return true;
}

bool dw_date_read(dw_text t, dw_date *out)
{
    *out = (dw_date){0};
    return t.n == DW__DATE_SIZE && read_date(t.p, out);
}

/* ".5" or nothing: nanoseconds, and how many bytes; -1 for what is neither. */
static int read_fraction(dw_text t, uint32_t *ns)
{
    size_t i = 1;
    uint32_t unit = 100000000;

    *ns = 0;
    if (t.n == 0 || t.p[0] != '.')
        return 0;
    for (; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++, unit /= 10) {
        if (i > 9)
            return -1;
        *ns += unit * (uint32_t)(t.p[i] - '0');
    }
    return i == 1 ? -1 : (int)i;
}

/* "Z" or "+hh:mm": seconds east of Greenwich. */
static bool read_offset(dw_text t, int *seconds)
{
    *seconds = 0;
    if (t.n == 1)
        return t.p[0] == 'Z' || t.p[0] == 'z';
    if (t.n != 6 || (t.p[0] != '+' && t.p[0] != '-') || t.p[3] != ':')
        return false;
    int hours = digits(t.p + 1, 2), minutes = digits(t.p + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *seconds = (hours * 60 + minutes) * (t.p[0] == '-' ? -60 : 60);
    return true;
}

/* Whether a second 60 can be the one in front of `s`: midnight in UTC, at the beginning of a month. */
static bool leap_second_before(int64_t s)
{
    if (s % DAY_SECONDS != 0)
        return false;
    return dw_date_from_days(s / DAY_SECONDS).day == 1;
}

bool dw_time_read(dw_text t, dw_time *out)
{
    dw_date date;
    uint32_t ns;
    int offset;

    *out = (dw_time){0};
    if (t.n < 20 || !read_date(t.p, &date) || (t.p[10] != 'T' && t.p[10] != 't') || t.p[13] != ':' ||
        t.p[16] != ':')
        return false;
    int hour = digits(t.p + 11, 2), minute = digits(t.p + 14, 2), second = digits(t.p + 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    int fraction = read_fraction((dw_text){t.p + 19, t.n - 19}, &ns);
    if (fraction < 0 || !read_offset((dw_text){t.p + 19 + fraction, t.n - 19 - (size_t)fraction}, &offset))
        return false;
    int64_t s =
        dw_date_days(date) * DAY_SECONDS + hour * INT64_C(3600) + minute * INT64_C(60) + second - offset;
    if (s < TIME_MIN || s > TIME_MAX || (second == 60 && !leap_second_before(s)))
        return false;
    *out = (dw_time){s, ns};
    return true;
}

/* ---- writing ---- */

static void put(char *p, unsigned v, size_t n)
{
    for (; n > 0; n--, v /= 10)
        p[n - 1] = (char)('0' + v % 10);
}

size_t dw__date_write(dw_date v, char out[static DW__DATE_SIZE])
{
    if (!dw__date_ok(v))
        return 0;
    put(out, (unsigned)v.year, 4);
    out[4] = out[7] = '-';
    put(out + 5, v.month, 2);
    put(out + 8, v.day, 2);
    return DW__DATE_SIZE;
}

bool dw__time_ok(dw_time v)
{
    return v.s >= TIME_MIN && v.s <= TIME_MAX && v.ns < 1000000000;
}

size_t dw__time_write(dw_time v, char out[static DW__TIME_SIZE])
{
    size_t n = 19;

    if (!dw__time_ok(v))
        return 0;
    int64_t day = v.s / DAY_SECONDS - (v.s % DAY_SECONDS < 0);
    unsigned of_day = (unsigned)(v.s - day * DAY_SECONDS);
    (void)dw__date_write(dw_date_from_days(day), out);
    out[10] = 'T';
    put(out + 11, of_day / 3600, 2);
    put(out + 14, of_day / 60 % 60, 2);
    put(out + 17, of_day % 60, 2);
    out[13] = out[16] = ':';
    if (v.ns > 0) {
        size_t places = v.ns % 1000000 == 0 ? 3 : v.ns % 1000 == 0 ? 6 : 9;
        out[n++] = '.';
        put(out + n, places == 3 ? v.ns / 1000000 : places == 6 ? v.ns / 1000 : v.ns, places);
        n += places;
    }
    out[n++] = 'Z';
    return n;
}

dw_text dw_date_text(dw_ctx *ctx, dw_date v)
{
    char text[DW__DATE_SIZE];

    return dw__arena_text(ctx->arena, (dw_text){text, dw__date_write(v, text)});
}

dw_text dw_time_text(dw_ctx *ctx, dw_time v)
{
    char text[DW__TIME_SIZE];

    return dw__arena_text(ctx->arena, (dw_text){text, dw__time_write(v, text)});
}

/* ---- order ---- */

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

int dw_date_compare(dw_date a, dw_date b)
{
    int by_year = order(a.year, b.year);

    return by_year != 0 ? by_year : order(a.month * 32 + a.day, b.month * 32 + b.day);
}

int dw_time_compare(dw_time a, dw_time b)
{
    int by_second = order(a.s, b.s);

    return by_second != 0 ? by_second : order(a.ns, b.ns);
}
