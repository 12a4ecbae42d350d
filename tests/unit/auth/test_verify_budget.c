/* test_verify_budget.c -- what an address has used is its own, comes back with time, and is given back where it was right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/verify_budget.h"
#include "base/text.h"

#define RATE 10u
#define SECOND UINT64_C(1000000000)
#define NOW (UINT64_C(5000) * SECOND)

static struct verify_budget *budget;

static int set_up(void **state)
{
    (void)state;
    return dw__verify_budget_new(&budget, RATE) == DW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dw__verify_budget_free(budget);
    return 0;
}

static struct verify_payer at(const char *address, uint64_t now_ns)
{
    return (struct verify_payer){budget, dw__text_of(address), now_ns};
}

static unsigned taken(const char *address, uint64_t now_ns)
{
    const struct verify_payer payer = at(address, now_ns);
    unsigned n = 0;

    while (n < 1000 && dw__verify_budget_take(&payer))
        n++;
    return n;
}

static void a_second_s_worth_at_once(void **state)
{
    (void)state;
    assert_int_equal(taken("192.0.2.1", NOW), RATE);
    assert_int_equal(taken("192.0.2.1", NOW), 0);
    assert_int_equal(taken("192.0.2.1", NOW + SECOND / RATE - 1), 0);
}

static void it_comes_back_with_time(void **state)
{
    (void)state;
    assert_int_equal(taken("192.0.2.1", NOW), RATE);
    assert_int_equal(taken("192.0.2.1", NOW + SECOND / RATE), 1);
    assert_int_equal(taken("192.0.2.1", NOW + SECOND / 2), RATE / 2 - 1);
    assert_int_equal(taken("192.0.2.1", NOW + 1000 * SECOND), RATE); /* and never more than that */
}

static void what_was_good_costs_nothing(void **state)
{
    const struct verify_payer payer = at("192.0.2.1", NOW);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(dw__verify_budget_take(&payer));
        dw__verify_budget_give(&payer);
    }
    assert_int_equal(taken("192.0.2.1", NOW), RATE);
}

static void each_address_has_its_own(void **state)
{
    (void)state;
    assert_int_equal(taken("192.0.2.1", NOW), RATE);
    assert_int_equal(taken("192.0.2.2", NOW), RATE);
    assert_int_equal(taken("2001:db8:1:2::1", NOW), RATE);
    assert_int_equal(taken("2001:db8:1:3::1", NOW), RATE);
    assert_int_equal(taken("unix", NOW), RATE);
    assert_int_equal(taken("", NOW), 0); /* what is no address is one */
}

static void an_address_has_many_spellings(void **state)
{
    (void)state;
    assert_int_equal(taken("2001:db8:1:2::1", NOW), RATE);
    assert_int_equal(taken("2001:db8:1:2:ffff::", NOW), 0); /* somebody's /64 */
    assert_int_equal(taken("192.0.2.1", NOW), RATE);
    assert_int_equal(taken("::ffff:192.0.2.1", NOW), 0);
    assert_int_equal(taken("::ffff:192.0.2.2", NOW), RATE);
}

/* More addresses than there is room for: who has used much is remembered rather than who has used little. */
static void a_flood_does_not_wash_away_the_worst(void **state)
{
    char address[32];

    (void)state;
    assert_int_equal(taken("192.0.2.1", NOW), RATE);
    for (unsigned i = 0; i < 100000; i++) {
        (void)snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        const struct verify_payer payer = at(address, NOW);
        assert_true(dw__verify_budget_take(&payer));
    }
    assert_int_equal(taken("192.0.2.1", NOW), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_second_s_worth_at_once),      TEST(it_comes_back_with_time),
        TEST(what_was_good_costs_nothing),   TEST(each_address_has_its_own),
        TEST(an_address_has_many_spellings), TEST(a_flood_does_not_wash_away_the_worst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
