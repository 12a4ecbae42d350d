/* The clock: its texts against libc, and a clock that a test sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/clock.h"

static void compare_with_libc(int64_t unix_s)
{
    char want[40], rfc3339[21], http[30];
    time_t t = (time_t)unix_s;
    struct tm tm;
    assert_non_null(gmtime_r(&t, &tm));
    dw__rfc3339(unix_s, rfc3339);
    strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
    assert_string_equal(rfc3339, want);
    dw__http_date(unix_s, http);
    strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    assert_string_equal(http, want);
}

static void texts_are_libc_s(void **state)
{
    (void)state;
    /* Every day of 400 years and a bit, at changing times; then on in larger steps to the end of 9999. */
    for (int64_t s = 0; s < INT64_C(86400) * 366 * 405; s += 86400 + 61)
        compare_with_libc(s);
    for (int64_t s = 0; s < INT64_C(253402300799); s += 86400 * 11 + 4999)
        compare_with_libc(s);
    compare_with_libc(INT64_C(253402300799));
}

static void known_dates(void **state)
{
    (void)state;
    char text[30];
    dw__http_date(784111777, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 §5.6.7 */
    dw__rfc3339(784111777, text);
    assert_string_equal(text, "1994-11-06T08:49:37Z");
    dw__rfc3339(951782400, text);
    assert_string_equal(text, "2000-02-29T00:00:00Z");
}

static void years_outside_are_held_at_the_ends(void **state)
{
    (void)state;
    char text[21];
    dw__rfc3339(-1, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    dw__rfc3339(INT64_MIN, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    dw__rfc3339(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void reading_moves_forward(void **state)
{
    (void)state;
    struct clock c = {0};
    dw__clock_read(&c);
    uint64_t first = c.mono_ns;
    assert_true(first > 0);
    assert_in_range(c.unix_ms / 1000, time(NULL) - 2, time(NULL) + 2);
    char want[21];
    dw__rfc3339(c.unix_ms / 1000, want);
    assert_string_equal(c.rfc3339, want);
    dw__clock_read(&c);
    assert_true(c.mono_ns >= first);
}

static void texts_follow_the_second(void **state)
{
    (void)state;
    struct clock c = {0};
    dw__clock_set(&c, 0);
    assert_string_equal(c.rfc3339, "1970-01-01T00:00:00Z");
    dw__clock_set(&c, 999);
    assert_string_equal(c.rfc3339, "1970-01-01T00:00:00Z");
    dw__clock_set(&c, 1000);
    assert_string_equal(c.rfc3339, "1970-01-01T00:00:01Z");
    assert_string_equal(c.http_date, "Thu, 01 Jan 1970 00:00:01 GMT");
}

static void a_set_clock_stands_still(void **state)
{
    (void)state;
    struct clock c = {0};
    dw__clock_read(&c);
    dw__clock_set(&c, INT64_C(2000000000000));
    uint64_t mono = c.mono_ns;
    dw__clock_read(&c);
    assert_true(c.unix_ms == INT64_C(2000000000000) && c.mono_ns == mono);
    dw__clock_set(&c, INT64_C(2000000000250));
    assert_true(c.mono_ns == mono + 250000000);
    dw__clock_set(&c, 5);
    assert_true(c.mono_ns == mono + 250000000); /* never backwards */
    dw__clock_set(&c, INT64_MAX);
    assert_true(c.mono_ns == mono + 250000000); /* nor round */
}

static void a_stopped_clock_goes_on_waiting(void **state)
{
    (void)state;
    struct clock c = {0};
    dw__clock_read(&c);
    uint64_t mono = c.mono_ns;
    dw__clock_stop(&c, INT64_C(1000));
    assert_string_equal(c.rfc3339, "1970-01-01T00:00:01Z");
    assert_true(c.mono_ns == mono);
    do
        dw__clock_read(&c);
    while (c.mono_ns == mono); /* or for ever */
    assert_true(c.unix_ms == 1000);
    assert_string_equal(c.rfc3339, "1970-01-01T00:00:01Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_libc_s),
        cmocka_unit_test(known_dates),
        cmocka_unit_test(years_outside_are_held_at_the_ends),
        cmocka_unit_test(reading_moves_forward),
        cmocka_unit_test(texts_follow_the_second),
        cmocka_unit_test(a_set_clock_stands_still),
        cmocka_unit_test(a_stopped_clock_goes_on_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
