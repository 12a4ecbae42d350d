/* The value of a Range field: which part, whatever the numbers; what is ignored; what is outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard_page.h"
#include "http/range.h"

#define BEHIND_UINT64 "99999999999999999999999999"

/* The input ends at a guard page. */
static enum range_kind parse(const char *text, int64_t length, dw_part *part)
{
    size_t n = strlen(text);
    char *copy = guard_page_copy(text, n);
    enum range_kind kind = dw__range_parse((dw_text){copy, n}, length, part);
    guard_page_free(copy);
    return kind;
}

static void is_part(const char *text, int64_t length, int64_t from, int64_t n)
{
    dw_part part;
    if (parse(text, length, &part) != RANGE_PART)
        fail_msg("%s of %lld is a part", text, (long long)length);
    if (part.from != from || part.n != n)
        fail_msg("%s of %lld is not %lld and %lld", text, (long long)length, (long long)part.from,
                 (long long)part.n);
}

static void is_kind(enum range_kind kind, const char *text, int64_t length)
{
    dw_part part = {7, 7};
    if (parse(text, length, &part) != kind)
        fail_msg("%s of %lld is another kind", text, (long long)length);
    assert_int_equal(part.from, 0);
    assert_int_equal(part.n, 0);
}

static void finds_the_part(void **state)
{
    (void)state;
    /* The examples of RFC 9110 §14.1.2. */
    is_part("bytes=0-499", 10000, 0, 500);
    is_part("bytes=500-999", 10000, 500, 500);
    is_part("bytes=-500", 10000, 9500, 500);
    is_part("bytes=9500-", 10000, 9500, 500);

    is_part("bytes=0-0", 10000, 0, 1);
    is_part("bytes=0-", 10000, 0, 10000);
    is_part("bytes=-1", 10000, 9999, 1);
    is_part("bytes=9999-9999", 10000, 9999, 1);
    is_part("bytes=9999-10000", 10000, 9999, 1);
    is_part("bytes=0-20000", 10000, 0, 10000);
    is_part("bytes=-20000", 10000, 0, 10000);
    is_part("bytes=-10000", 10000, 0, 10000);
    is_part("bytes=0-0", 1, 0, 1);
    is_part("BYTES=1-2", 10, 1, 2);
    is_part("bytes= 1-2\t", 10, 1, 2);
    is_part("bytes=, ,1-2,,", 10, 1, 2);
    is_part("bytes=0001-0000000000000000000000000000002", 10, 1, 2);
}

static void reads_numbers_of_any_length(void **state)
{
    (void)state;
    is_part("bytes=1-" BEHIND_UINT64, 10, 1, 9);
    is_part("bytes=-" BEHIND_UINT64, 10, 0, 10);
    is_part("bytes=0-9223372036854775807", INT64_MAX, 0, INT64_MAX);
    is_part("bytes=0-9223372036854775806", INT64_MAX, 0, INT64_MAX);
    is_part("bytes=9223372036854775806-", INT64_MAX, INT64_MAX - 1, 1);
    is_part("bytes=9223372036854775806-9223372036854775808", INT64_MAX, INT64_MAX - 1, 1);
    is_part("bytes=-9223372036854775807", INT64_MAX, 0, INT64_MAX);
    is_part("bytes=-9223372036854775808", INT64_MAX, 0, INT64_MAX);
    is_part("bytes=-18446744073709551617", 10, 0, 10); /* 2^64 + 1 is not 1 */
    is_part("bytes=0-18446744073709551616", 10, 0, 10);
    is_kind(RANGE_OUTSIDE, "bytes=18446744073709551616-", 10); /* nor is 2^64 0 */
    is_kind(RANGE_OUTSIDE, "bytes=18446744073709551616-18446744073709551617", 10);
    is_kind(RANGE_OUTSIDE, "bytes=9223372036854775807-", INT64_MAX);
    is_kind(RANGE_OUTSIDE, "bytes=9223372036854775808-", INT64_MAX);
    is_kind(RANGE_OUTSIDE, "bytes=" BEHIND_UINT64 "-" BEHIND_UINT64, 10);
    /* Reversed, and both behind the end of what a number can be. */
    is_kind(RANGE_NONE, "bytes=" BEHIND_UINT64 "-9223372036854775808", 10);
    is_kind(RANGE_NONE, "bytes=" BEHIND_UINT64 "-99999999999999999999999998", 10);
    is_kind(RANGE_OUTSIDE, "bytes=" BEHIND_UINT64 "-00" BEHIND_UINT64, 10);
    is_kind(RANGE_NONE, "bytes=9-0005", 10);
    is_part("bytes=0005-9", 10, 5, 5);
}

static void knows_what_is_outside(void **state)
{
    (void)state;
    is_kind(RANGE_OUTSIDE, "bytes=10000-", 10000);
    is_kind(RANGE_OUTSIDE, "bytes=10000-10000", 10000);
    is_kind(RANGE_OUTSIDE, "bytes=-0", 10000);
    is_kind(RANGE_OUTSIDE, "bytes=-000", 10000);
    is_kind(RANGE_OUTSIDE, "bytes=0-", 0);
    is_kind(RANGE_OUTSIDE, "bytes=0-0", 0);
    is_kind(RANGE_OUTSIDE, "bytes=-0", 0);
}

static void ignores_the_rest(void **state)
{
    static const char *const rows[] = {
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=1",
        "bytes=1-2-3",
        "bytes=9-5",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=1 - 2",
        "bytes=1- 2",
        "bytes =1-2",
        " bytes=1-2",
        "bytes=0x1-2",
        "bytes=1-2;",
        "bytes=a-b",
        "bytes=\xb2-3",
        "bytes=1-2=3",
        "byte=1-2",
        "bytess=1-2",
        "items=1-2",
        "=1-2",
        "1-2",
        "none",
        "bytes:1-2",
        "bytes=1.0-2",
        "bytes=1-2 3-4",
        "bytes=1-2,x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        is_kind(RANGE_NONE, rows[i], 10000);
        is_kind(RANGE_NONE, rows[i], 0);
    }
    is_kind(RANGE_NONE, "bytes=-5", 0); /* satisfiable, and there is no way to say it */
}

static void ignores_several(void **state)
{
    (void)state;
    is_kind(RANGE_NONE, "bytes=0-0,-1", 10000);
    is_kind(RANGE_NONE, "bytes=0-0,0-0", 10000);
    is_kind(RANGE_NONE, "bytes=500-600,601-999", 10000);
    is_kind(RANGE_NONE, "bytes=20000-,30000-", 10000);
    is_kind(RANGE_NONE, "bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-", 10000);
}

/* Every prefix of a good value, with nothing behind it. */
static void reads_nothing_behind_the_end(void **state)
{
    static const char text[] = "bytes=10-20";
    (void)state;
    for (size_t n = 0; n <= strlen(text); n++) {
        char *copy = guard_page_copy(text, n);
        dw_part part;
        enum range_kind kind = dw__range_parse((dw_text){copy, n}, 100, &part);
        /* bytes=10- is one, bytes=10-2 is reversed, bytes=10-20 is one again. */
        assert_int_equal(kind, n == 9 || n == 11 ? RANGE_PART : RANGE_NONE);
        guard_page_free(copy);
    }
    dw_part part;
    assert_int_equal(dw__range_parse((dw_text){NULL, 0}, 100, &part), RANGE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_part),        cmocka_unit_test(reads_numbers_of_any_length),
        cmocka_unit_test(knows_what_is_outside), cmocka_unit_test(ignores_the_rest),
        cmocka_unit_test(ignores_several),       cmocka_unit_test(reads_nothing_behind_the_end),
    };
    return cmocka_run_group_tests_name("http/range", tests, NULL, NULL);
}
