/* base/clock.c -- one reading serves all who need "now" in a turn of the loop.
 *
 * The texts of a second are made once in that second.  The calendar is computed here (days from 1970 to a date of the
 * Gregorian calendar): gmtime would look at the time zone. */
#define _GNU_SOURCE
#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/check.h"

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

struct date {
    unsigned year, month, day, weekday; /* month and day from 1; weekday 0 is Thursday, as 1970-01-01 was */
    unsigned hour, minute, second;
};

static struct date date_of(int64_t unix_s)
{
    uint64_t s = unix_s < 0 ? 0 : (uint64_t)(unix_s > LAST_SECOND ? LAST_SECOND : unix_s);
    unsigned in_day = (unsigned)(s % 86400);
    unsigned days = (unsigned)(s / 86400);
    /* Years that begin in March put the leap day last; eras of 400 years are all alike. 719468 days lead from
     * 0000-03-01 to 1970-01-01. */
    unsigned z = days + 719468;
    unsigned of_era = z % 146097;
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month = (5 * of_year + 2) / 153;
    return (struct date){
        .year = year_of_era + z / 146097 * 400 + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
        .weekday = days % 7,
        .hour = in_day / 3600,
        .minute = in_day / 60 % 60,
        .second = in_day % 60,
    };
}

static void two(char *p, unsigned v)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
}

void dw__rfc3339(int64_t unix_s, char out[static 21])
{
    struct date d = date_of(unix_s);
    memcpy(out, "0000-00-00T00:00:00Z", 21);
    two(out, d.year / 100);
    two(out + 2, d.year % 100);
    two(out + 5, d.month);
    two(out + 8, d.day);
    two(out + 11, d.hour);
    two(out + 14, d.minute);
    two(out + 17, d.second);
}

void dw__http_date(int64_t unix_s, char out[static 30])
{
    struct date d = date_of(unix_s);
    memcpy(out, "Thu, 00 Jan 0000 00:00:00 GMT", 30);
    memcpy(out, &"ThuFriSatSunMonTueWed"[(size_t)3 * d.weekday], 3);
    two(out + 5, d.day);
    memcpy(out + 8, &"JanFebMarAprMayJunJulAugSepOctNovDec"[(size_t)3 * (d.month - 1)], 3);
    two(out + 12, d.year / 100);
    two(out + 14, d.year % 100);
    two(out + 17, d.hour);
    two(out + 20, d.minute);
    two(out + 23, d.second);
}

static void render(struct clock *c)
{
    int64_t s = c->unix_ms / 1000;
    if (s == c->rendered_s && c->rfc3339[0] != '\0')
        return;
    dw__rfc3339(s, c->rfc3339);
    dw__http_date(s, c->http_date);
    c->rendered_s = s;
}

static uint64_t monotonic_ns(void)
{
    struct timespec t;
    DW__CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void dw__clock_read(struct clock *c)
{
    if (c->frozen)
        return;
    c->mono_ns = monotonic_ns();
    if (c->stopped)
        return;
    struct timespec t;
    DW__CHECK(clock_gettime(CLOCK_REALTIME, &t) == 0);
    c->unix_ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    render(c);
}

void dw__clock_set(struct clock *c, int64_t unix_ms)
{
    uint64_t ahead_ns;
    if (c->mono_ns == 0)
        c->mono_ns = monotonic_ns(); /* never read: there is no last value to differ from */
    else if (unix_ms > c->unix_ms &&
             !__builtin_mul_overflow((uint64_t)unix_ms - (uint64_t)c->unix_ms, (uint64_t)1000000,
                                     &ahead_ns) &&
             ahead_ns <= UINT64_MAX - c->mono_ns)
        c->mono_ns += ahead_ns;
    c->unix_ms = unix_ms;
    c->frozen = true;
    render(c);
}

void dw__clock_stop(struct clock *c, int64_t unix_ms)
{
    c->unix_ms = unix_ms;
    c->stopped = true;
    render(c);
}
