/* codec/http_date.c -- the three forms of an HTTP-date, each as a pattern of its fixed length.
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT      IMF-fixdate
 *     Sunday, 06-Nov-94 08:49:37 GMT     obsolete, RFC 850
 *     Sun Nov  6 08:49:37 1994           obsolete, asctime
 *
 * A form is read from left to right, one piece after the other; the first piece that does not fit ends it.  Case matters, as RFC 9110
 * says.  Must never: look at a locale or a time zone, or take what is only nearly a date. */
#include "codec/http_date.h"

#include "base/text.h"

#define SECONDS_OF_DAY 86400
#define SECONDS_OF_YEAR 31556952 /* a mean one */
#define DAYS_TO_1970 719468      /* from 0000-03-01 */

struct date {
    unsigned year, month, day, hour, minute, second; /* month from 1 */
};

/* What is left to read; p == NULL once something did not fit. */
struct reader {
    dw_text rest;
};

static void fail(struct reader *r)
{
    r->rest = (dw_text){NULL, 0};
}

static void take(struct reader *r, dw_text literal)
{
    if (r->rest.p == NULL || !dw__text_starts(r->rest, literal)) {
        fail(r);
        return;
    }
    r->rest = (dw_text){r->rest.p + literal.n, r->rest.n - literal.n};
}
#define TAKE(r, lit) take((r), DW_TEXT(lit))

/* Exactly n digits. */
static unsigned take_number(struct reader *r, size_t n)
{
    unsigned v = 0;
    if (r->rest.p == NULL || r->rest.n < n) {
        fail(r);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(unsigned char)r->rest.p[i] - '0';
        if (digit > 9) {
            fail(r);
            return 0;
        }
        v = v * 10 + digit;
    }
    r->rest = (dw_text){r->rest.p + n, r->rest.n - n};
    return v;
}

/* One of `names`, which may be followed by anything: its place, from 1. */
static unsigned take_name(struct reader *r, const dw_text *names, unsigned n)
{
    for (unsigned i = 0; r->rest.p != NULL && i < n; i++)
        if (dw__text_starts(r->rest, names[i])) {
            take(r, names[i]);
            return i + 1;
        }
    fail(r);
    return 0;
}

static unsigned take_month(struct reader *r)
{
    static const dw_text months[] = {
        DW_TEXT_INIT("Jan"), DW_TEXT_INIT("Feb"), DW_TEXT_INIT("Mar"), DW_TEXT_INIT("Apr"),
        DW_TEXT_INIT("May"), DW_TEXT_INIT("Jun"), DW_TEXT_INIT("Jul"), DW_TEXT_INIT("Aug"),
        DW_TEXT_INIT("Sep"), DW_TEXT_INIT("Oct"), DW_TEXT_INIT("Nov"), DW_TEXT_INIT("Dec"),
    };
    return take_name(r, months, 12);
}

static void take_day_name(struct reader *r)
{
    static const dw_text days[] = {
        DW_TEXT_INIT("Mon"), DW_TEXT_INIT("Tue"), DW_TEXT_INIT("Wed"), DW_TEXT_INIT("Thu"),
        DW_TEXT_INIT("Fri"), DW_TEXT_INIT("Sat"), DW_TEXT_INIT("Sun"),
    };
    (void)take_name(r, days, 7);
}

static void take_long_day_name(struct reader *r)
{
    static const dw_text days[] = {
        DW_TEXT_INIT("Monday"), DW_TEXT_INIT("Tuesday"),  DW_TEXT_INIT("Wednesday"), DW_TEXT_INIT("Thursday"),
        DW_TEXT_INIT("Friday"), DW_TEXT_INIT("Saturday"), DW_TEXT_INIT("Sunday"),
    };
    (void)take_name(r, days, 7);
}

static void take_time(struct reader *r, struct date *d)
{
    d->hour = take_number(r, 2);
    TAKE(r, ":");
    d->minute = take_number(r, 2);
    TAKE(r, ":");
    d->second = take_number(r, 2);
}

/* Whether all was read and everything fit. */
static bool at_end(const struct reader *r)
{
    return r->rest.p != NULL && r->rest.n == 0;
}

static bool read_imf_fixdate(dw_text t, struct date *d)
{
    struct reader r = {t};
    take_day_name(&r);
    TAKE(&r, ", ");
    d->day = take_number(&r, 2);
    TAKE(&r, " ");
    d->month = take_month(&r);
    TAKE(&r, " ");
    d->year = take_number(&r, 4);
    TAKE(&r, " ");
    take_time(&r, d);
    TAKE(&r, " GMT");
    return at_end(&r);
}

/* The year is of two digits. */
static bool read_rfc850(dw_text t, struct date *d)
{
    struct reader r = {t};
    take_long_day_name(&r);
    TAKE(&r, ", ");
    d->day = take_number(&r, 2);
    TAKE(&r, "-");
    d->month = take_month(&r);
    TAKE(&r, "-");
    d->year = take_number(&r, 2);
    TAKE(&r, " ");
    take_time(&r, d);
    TAKE(&r, " GMT");
    return at_end(&r);
}

static bool read_asctime(dw_text t, struct date *d)
{
    struct reader r = {t};
    take_day_name(&r);
    TAKE(&r, " ");
    d->month = take_month(&r);
    TAKE(&r, " ");
    if (r.rest.n > 0 && r.rest.p[0] == ' ') {
        TAKE(&r, " ");
        d->day = take_number(&r, 1);
    } else {
        d->day = take_number(&r, 2);
    }
    TAKE(&r, " ");
    take_time(&r, d);
    TAKE(&r, " ");
    d->year = take_number(&r, 4);
    return at_end(&r);
}

static bool is_in_calendar(const struct date *d)
{
    static const unsigned char lengths[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
    unsigned last = d->month == 2 && leap ? 29 : lengths[d->month];
    /* A second of 60 is a leap second: the grammar has it, and to Unix time it is the first of the next minute. */
    return d->day >= 1 && d->day <= last && d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

/* Years that begin in March put the leap day last; eras of 400 years are all alike. */
static int64_t unix_of(const struct date *d)
{
    int64_t year = (int64_t)d->year - (d->month <= 2) + 400; /* an era later: never below 0 */
    int64_t month = d->month <= 2 ? d->month + 9 : d->month - 3;
    int64_t of_era = year % 400;
    int64_t of_year = (153 * month + 2) / 5 + d->day - 1;
    int64_t days = (year / 400 - 1) * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return (days - DAYS_TO_1970) * SECONDS_OF_DAY + (int64_t)d->hour * 3600 + (int64_t)d->minute * 60 +
           d->second;
}

/* RFC 9110 §5.6.7: what appears to be more than 50 years in the future is in the past. Begins a century ahead, so that it
 * does not matter that mean years count wrongly by a day. */
static void find_century(struct date *d, int64_t now_unix_s)
{
    unsigned now = 1970 + (unsigned)(now_unix_s / SECONDS_OF_YEAR);
    unsigned of_century = d->year;
    d->year = now - now % 100 + 100 + of_century - 50;
    while (unix_of(d) > now_unix_s)
        d->year -= 100;
    d->year += 50;
}

bool dw__http_date_parse(dw_text t, int64_t now_unix_s, int64_t *unix_s)
{
    struct date d = {0};
    bool good = read_imf_fixdate(t, &d) || read_asctime(t, &d);
    *unix_s = 0;
    if (!good && (good = read_rfc850(t, &d)))
        find_century(&d, now_unix_s);
    if (!good || !is_in_calendar(&d))
        return false;
    *unix_s = unix_of(&d);
    return true;
}
