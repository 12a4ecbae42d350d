/* The arithmetic of minimum rates, and the defaults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/timeout.h"

#define MS UINT64_C(1000000)

static void test_rate(void **state)
{
    (void)state;
    struct rate_window w;
    dw__rate_begin(&w, 1000 * MS);
    assert_int_equal(dw__rate_count(&w, 1000 * MS, 0, 500, 10), 1500 * MS);
    /* Too little: the deadline stays. */
    assert_int_equal(dw__rate_count(&w, 1200 * MS, 9, 500, 10), 1500 * MS);
    /* Enough in all: a window of its own from here on. */
    assert_int_equal(dw__rate_count(&w, 1300 * MS, 1, 500, 10), 1800 * MS);
    assert_int_equal(dw__rate_count(&w, 1400 * MS, 9, 500, 10), 1800 * MS);
    assert_int_equal(dw__rate_count(&w, 1400 * MS, 0, 500, 9), 1800 * MS);
}

static void test_defaults(void **state)
{
    (void)state;
    struct net_limits limits = dw__net_limits_default();
    assert_int_equal(limits.head_ms, 10000);
    assert_int_equal(limits.idle_ms, 60000);
    assert_true(limits.connections > 0 && limits.unsent_bytes > 0 && limits.accepts_per_turn > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rate), cmocka_unit_test(test_defaults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
