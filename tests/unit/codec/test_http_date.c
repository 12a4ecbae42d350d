/* The dates of HTTP fields: three forms, to the letter, against what the clock writes; nothing that is only nearly one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "codec/http_date.h"
#include "guard_page.h"

#define NOW INT64_C(1700000000) /* 2023-11-14 */

/* The input ends at a guard page. */
static bool parse_at(const char *text, int64_t now, int64_t *when)
{
    size_t n = strlen(text);
    char *copy = guard_page_copy(text, n);
    bool good = dw__http_date_parse((dw_text){copy, n}, now, when);
    guard_page_free(copy);
    return good;
}

static void reads_all_three_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t when;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Sun Nov 06 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, /* was a Sunday: taken */
        {"Wednesday, 06-Nov-94 08:49:37 GMT", 784111777},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t when = 1;
        if (!parse_at(rows[i].text, NOW, &when))
            fail_msg("%s is a date", rows[i].text);
        assert_int_equal(when, rows[i].when);
    }
}

static void refuses_what_is_none(void **state)
{
    static const char *const rows[] = {
        "",
        "0",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Okt 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov   6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 32 Jan 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t when = 1;
        if (parse_at(rows[i], NOW, &when))
            fail_msg("%s is no date", rows[i]);
        assert_int_equal(when, 0);
    }
}

/* Every prefix of a date is none, and reads nothing behind its end. */
static void refuses_what_is_cut(void **state)
{
    static const char *const rows[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t n = 0; n < strlen(rows[i]); n++) {
            char *copy = guard_page_copy(rows[i], n);
            int64_t when;
            assert_false(dw__http_date_parse((dw_text){copy, n}, NOW, &when));
            guard_page_free(copy);
        }
    int64_t when;
    assert_false(dw__http_date_parse((dw_text){NULL, 0}, NOW, &when));
}

static void reads_what_the_clock_writes(void **state)
{
    char text[30];
    int64_t when;
    (void)state;
    for (int64_t s = 0; s < INT64_C(253402300799); s += INT64_C(86400) * 5 + 4999) {
        dw__http_date(s, text);
        assert_true(dw__http_date_parse((dw_text){text, 29}, NOW, &when));
        assert_int_equal(when, s);
    }
}

/* RFC 9110 §5.6.7: more than 50 years ahead is behind. */
static void finds_the_century(void **state)
{
    static const struct {
        const char *now, *text, *same;
    } rows[] = {
        {"Tue, 14 Nov 2023 00:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"Tue, 14 Nov 2023 00:00:00 GMT", "Monday, 06-Nov-73 08:49:37 GMT", "Mon, 06 Nov 2073 08:49:37 GMT"},
        {"Tue, 14 Nov 2023 00:00:00 GMT", "Monday, 14-Nov-73 00:00:00 GMT", "Mon, 14 Nov 2073 00:00:00 GMT"},
        {"Tue, 14 Nov 2023 00:00:00 GMT", "Monday, 14-Nov-73 00:00:01 GMT", "Mon, 14 Nov 1973 00:00:01 GMT"},
        {"Tue, 14 Nov 2023 00:00:00 GMT", "Monday, 15-Nov-73 08:49:37 GMT", "Mon, 15 Nov 1973 08:49:37 GMT"},
        {"Tue, 14 Nov 2023 00:00:00 GMT", "Monday, 06-Nov-00 08:49:37 GMT", "Mon, 06 Nov 2000 08:49:37 GMT"},
        {"Fri, 31 Dec 1999 23:59:59 GMT", "Saturday, 01-Jan-00 00:00:00 GMT",
         "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"Fri, 31 Dec 2100 23:59:59 GMT", "Saturday, 29-Feb-96 00:00:00 GMT",
         "Sat, 29 Feb 2096 00:00:00 GMT"},
        {"Thu, 01 Jan 1970 00:00:00 GMT", "Saturday, 01-Jan-20 00:00:00 GMT",
         "Sat, 01 Jan 2020 00:00:00 GMT"},
        {"Thu, 01 Jan 1970 00:00:00 GMT", "Saturday, 01-Jan-21 00:00:00 GMT",
         "Sat, 01 Jan 1921 00:00:00 GMT"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now, when, same;
        assert_true(parse_at(rows[i].now, 0, &now));
        assert_true(parse_at(rows[i].same, 0, &same));
        if (!parse_at(rows[i].text, now, &when) || when != same)
            fail_msg("%s is not %s at %s", rows[i].text, rows[i].same, rows[i].now);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_three_forms), cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(refuses_what_is_cut),   cmocka_unit_test(reads_what_the_clock_writes),
        cmocka_unit_test(finds_the_century),
    };
    return cmocka_run_group_tests_name("codec/http_date", tests, NULL, NULL);
}
