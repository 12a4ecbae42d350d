/* Limits as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/rate.h"

static void test_what_is_one(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        struct rate rates[DW__RATES];
    } good[] = {
        {"5 per minute", 1, {{5, 60}}},
        {"5/minute", 1, {{5, 60}}},
        {"10 per 2 hours", 1, {{10, 7200}}},
        {"1/second; 2/minute | 3/hour", 3, {{1, 1}, {2, 60}, {3, 3600}}},
        {"1/second,2/minute", 2, {{1, 1}, {2, 60}}},
        {" 5\t/ 1 DAYS ", 1, {{5, 86400}}},
        {"5 PER Second", 1, {{5, 1}}},
        {"1000000/366day", 1, {{1000000, 366 * 86400}}},
        {"05/minute", 1, {{5, 60}}},
        {"1/second;2/second;3/second;4/second", 4, {{1, 1}, {2, 1}, {3, 1}, {4, 1}}},
    };
    struct rate got[DW__RATES];
    size_t position;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        dw_text text = {good[i].text, strlen(good[i].text)};

        assert_int_equal(dw__rates_read(text, got, &position), good[i].n);
        for (size_t k = 0; k < good[i].n; k++) {
            assert_int_equal(got[k].count, good[i].rates[k].count);
            assert_int_equal(got[k].seconds, good[i].rates[k].seconds);
        }
    }
}

static void test_what_is_none_and_where(void **state)
{
    static const struct {
        const char *text;
        size_t position;
    } bad[] = {
        {"", 0},
        {" ", 1},
        {"5/week", 2},
        {"-1/minute", 0},
        {"1.5/minute", 1},
        {"5/minute;", 9},
        {";5/minute", 0},
        {"5/0 minute", 2},
        {"0/minute", 0},
        {"1000001/minute", 0},
        {"99999999999999999999999999/minute", 0},
        {"5 per minute minute", 13},
        {"5 perminute", 2},
        {"5per minute", 1},
        {"5 minute", 2},
        {"5//minute", 2},
        {"5/s", 2},
        {"5/secondss", 2},
        {"5/367 days", 2},
        {"1/99999999999 seconds", 2},
        {"5/minute 6/minute", 9},
        {"5", 1},
        {"five/minute", 0},
        {"1/second;2/second;3/second;4/second;5/second", 36},
    };
    struct rate got[DW__RATES];
    size_t position;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dw_text text = {bad[i].text, strlen(bad[i].text)};

        if (dw__rates_read(text, got, &position) != 0 || position != bad[i].position)
            fail_msg("\"%s\": %zu, not %zu", bad[i].text, position, bad[i].position);
    }
    assert_int_equal(dw__rates_read((dw_text){"5/minute\0", 9}, got, &position), 0);
    assert_int_equal(position, 8);
    assert_int_equal(dw__rates_read((dw_text){NULL, 0}, got, &position), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_one),
        cmocka_unit_test(test_what_is_none_and_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
