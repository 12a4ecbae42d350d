/* One-time codes: the tables of RFC 4226 and RFC 6238, the window of a step, and that a step counts once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/totp.h"
#include "guard_page.h"

#define RFC_SEED ((dw_bytes){(const uint8_t *)"12345678901234567890", 20})
#define BEGIN INT64_C(1111111109) /* a second before a step begins: 1111111110 is 30 times 37037037 */

/* RFC 4226, appendix D. */
static void agrees_with_rfc_4226(void **state)
{
    static const char rows[10][DW__OTP_DIGITS + 1] = {"755224", "287082", "359152", "969429", "338314",
                                                      "254676", "287922", "162583", "399871", "520489"};
    char code[DW__OTP_DIGITS];

    (void)state;
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(dw__hotp(RFC_SEED, i, code), DW_OK);
        assert_memory_equal(code, rows[i], DW__OTP_DIGITS);
    }
    assert_int_equal(dw__hotp((dw_bytes){NULL, 0}, 0, code), DW_BAD_REQUEST);
}

/* RFC 6238, appendix B, SHA-1: the last six of its eight digits. */
static void agrees_with_rfc_6238(void **state)
{
    static const struct {
        int64_t time;
        const char *digits;
    } rows[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                {1234567890, "005924"}, {2000000000, "279037"}, {INT64_C(20000000000), "353130"}};
    int64_t step;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const dw_secret code = {rows[i].digits, DW__OTP_DIGITS};
        assert_int_equal(dw__totp_check(RFC_SEED, rows[i].time, -1, code, &step), DW_OK);
        assert_int_equal(step, rows[i].time / 30);
    }
}

static dw_err at(int64_t now, int64_t after, uint64_t counter, int64_t *step)
{
    char code[DW__OTP_DIGITS];

    assert_int_equal(dw__hotp(RFC_SEED, counter, code), DW_OK);
    return dw__totp_check(RFC_SEED, now, after, (dw_secret){code, sizeof code}, step);
}

static void a_code_is_good_for_its_step_and_its_neighbours(void **state)
{
    const int64_t now = BEGIN + 1, here = now / 30;
    int64_t step;

    (void)state;
    for (int64_t each = here - 3; each <= here + 3; each++) {
        const bool good = each >= here - 1 && each <= here + 1;
        assert_int_equal(at(now, -1, (uint64_t)each, &step), good ? DW_OK : DW_UNAUTHENTICATED);
        assert_int_equal(step, good ? each : -1);
        assert_int_equal(at(now + 29, -1, (uint64_t)each, &step), good ? DW_OK : DW_UNAUTHENTICATED);
    }
    assert_int_equal(at(now - 1, -1, (uint64_t)here + 1, &step), DW_UNAUTHENTICATED);
    assert_int_equal(at(now + 30, -1, (uint64_t)here - 1, &step), DW_UNAUTHENTICATED);
}

static void a_step_counts_once_and_none_before_it(void **state)
{
    const int64_t now = BEGIN + 1, here = now / 30;
    int64_t step;

    (void)state;
    assert_int_equal(at(now, here - 1, (uint64_t)here, &step), DW_OK);
    assert_int_equal(at(now, here, (uint64_t)here, &step), DW_UNAUTHENTICATED);
    assert_int_equal(step, -1);
    assert_int_equal(at(now, here, (uint64_t)here - 1, &step), DW_UNAUTHENTICATED);
    assert_int_equal(at(now, here, (uint64_t)here + 1, &step), DW_OK);
    assert_int_equal(at(now, here + 1, (uint64_t)here + 1, &step), DW_UNAUTHENTICATED);
}

static void only_six_ascii_digits_are_a_code(void **state)
{
    static const char *const bad[] = {"",
                                      "05047",
                                      "0050471",
                                      "50471 ",
                                      " 50471",
                                      "+50471",
                                      "05047a",
                                      "05047\n",
                                      "0x5047",
                                      "0504.1",
                                      "05047\xb9",
                                      "\xd9\xa0\xd9\xa5\xd9\xa0",
                                      "\xef\xbc\x90\xef\xbc\x95",
                                      "\xd9\xa0\xd9\xa5\xd9\xa0\xd9\xa4\xd9\xa7\xd9\xa1"};
    int64_t step = 5;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *copy = guard_page_copy(bad[i], strlen(bad[i]));
        const dw_secret code = {copy, strlen(bad[i])};
        assert_false(dw__otp_is_code(code));
        assert_int_equal(dw__totp_check(RFC_SEED, 1111111111, -1, code, &step), DW_UNAUTHENTICATED);
        assert_int_equal(step, -1);
        guard_page_free(copy);
    }
    assert_false(dw__otp_is_code((dw_secret){"05\0"
                                             "471",
                                             6}));
    assert_true(dw__otp_is_code((dw_secret){"050471", 6}));
}

/* A clock that was never set is no time. */
static void there_is_a_first_step(void **state)
{
    int64_t step;

    (void)state;
    for (int64_t now = -60; now < 30; now += 15)
        assert_int_equal(at(now, -1, 0, &step), DW_UNAUTHENTICATED);
    assert_int_equal(at(30, -1, 0, &step), DW_OK);
    assert_int_equal(step, 0);
    assert_int_equal(dw__totp_check((dw_bytes){NULL, 0}, 59, -1, (dw_secret){"287082", 6}, &step),
                     DW_BAD_REQUEST);
}

/* Steps 153567 and 153569 of this seed have the same code: it is the later one that is used up. */
static void of_two_steps_with_one_code_the_later_counts(void **state)
{
    const dw_secret code = {"468457", DW__OTP_DIGITS};
    int64_t step;

    (void)state;
    assert_int_equal(dw__totp_check(RFC_SEED, INT64_C(153568) * 30, -1, code, &step), DW_OK);
    assert_int_equal(step, 153569);
    assert_int_equal(dw__totp_check(RFC_SEED, INT64_C(153568) * 30, 153569, code, &step), DW_UNAUTHENTICATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_rfc_4226),
                                       cmocka_unit_test(agrees_with_rfc_6238),
                                       cmocka_unit_test(a_code_is_good_for_its_step_and_its_neighbours),
                                       cmocka_unit_test(a_step_counts_once_and_none_before_it),
                                       cmocka_unit_test(only_six_ascii_digits_are_a_code),
                                       cmocka_unit_test(there_is_a_first_step),
                                       cmocka_unit_test(of_two_steps_with_one_code_the_later_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
