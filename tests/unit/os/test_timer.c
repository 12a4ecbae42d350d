/* The heap of timers: order, moving, clearing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/timer.h"

#define N 1000

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void comes_out_in_order(void **state)
{
    (void)state;
    struct timers timers;
    static struct timer t[N];
    dw__timers_init(&timers);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(dw__timers_set(&timers, &t[i], random_below(500)), DW_OK);
    uint64_t last = 0;
    for (size_t i = 0; i < N; i++) {
        uint64_t next = dw__timers_next(&timers);
        struct timer *due = dw__timers_due(&timers, UINT64_MAX);
        assert_non_null(due);
        assert_true(due->at_ns == next && due->at_ns >= last);
        assert_int_equal(due->place, 0);
        last = due->at_ns;
    }
    assert_null(dw__timers_due(&timers, UINT64_MAX));
    assert_true(dw__timers_next(&timers) == UINT64_MAX);
    dw__timers_release(&timers);
}

static void survives_moves_and_clears(void **state)
{
    (void)state;
    struct timers timers;
    static struct timer t[N];
    static uint64_t wanted[N]; /* 0: not set */
    dw__timers_init(&timers);
    for (int step = 0; step < 20000; step++) {
        size_t i = random_below(N);
        if (random_below(3) == 0) {
            dw__timers_clear(&timers, &t[i]);
            wanted[i] = 0;
        } else {
            wanted[i] = 1 + random_below(100000);
            assert_int_equal(dw__timers_set(&timers, &t[i], wanted[i]), DW_OK);
        }
    }
    size_t left = 0;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(t[i].place != 0, wanted[i] != 0);
        left += wanted[i] != 0;
    }
    uint64_t last = 0;
    for (struct timer *due; (due = dw__timers_due(&timers, UINT64_MAX)) != NULL; left--) {
        assert_true(due->at_ns >= last && due->at_ns == wanted[due - t]);
        last = due->at_ns;
    }
    assert_int_equal(left, 0);
    dw__timers_release(&timers);
}

static void not_before_its_time(void **state)
{
    (void)state;
    struct timers timers;
    struct timer t = {0};
    dw__timers_init(&timers);
    assert_int_equal(dw__timers_set(&timers, &t, 100), DW_OK);
    assert_null(dw__timers_due(&timers, 99));
    assert_ptr_equal(dw__timers_due(&timers, 100), &t);
    dw__timers_clear(&timers, &t);
    dw__timers_release(&timers);
}

static void release_unsets(void **state)
{
    (void)state;
    struct timers timers;
    struct timer t = {0};
    dw__timers_init(&timers);
    assert_int_equal(dw__timers_set(&timers, &t, 100), DW_OK);
    dw__timers_release(&timers);
    assert_int_equal(t.place, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_out_in_order),
        cmocka_unit_test(survives_moves_and_clears),
        cmocka_unit_test(not_before_its_time),
        cmocka_unit_test(release_unsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
