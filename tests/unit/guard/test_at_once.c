/* How many requests of a route are handled at a time, by several workers: never more than may be, and nothing left of who has died. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "guard/at_once.h"

static struct at_once_row rows[4];

static struct at_once worker(unsigned mine)
{
    return (struct at_once){.rows = rows, .n = 4, .mine = mine};
}

static void over_all_workers(void **state)
{
    struct at_once a = worker(0), b = worker(3);

    (void)state;
    assert_true(dw__at_once_enter(&a, 7, 2));
    assert_true(dw__at_once_enter(&b, 7, 2));
    assert_false(dw__at_once_enter(&a, 7, 2));
    assert_false(dw__at_once_enter(&b, 7, 2));
    assert_true(dw__at_once_enter(&b, 8, 1)); /* another route */
    dw__at_once_leave(&a, 7);
    assert_true(dw__at_once_enter(&b, 7, 2));
    dw__at_once_begin(&b); /* it died with two and one, and is back */
    assert_true(dw__at_once_enter(&a, 7, 2));
    assert_true(dw__at_once_enter(&a, 7, 2));
    assert_false(dw__at_once_enter(&b, 7, 2));
    dw__at_once_begin(&a);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rows[i].of[7], 0);
}

#define ROUNDS 20000u
#define MOST 2u
static unsigned inside, over;

static void *run(void *arg)
{
    struct at_once mine = worker(*(const unsigned *)arg);

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (!dw__at_once_enter(&mine, 1, MOST))
            continue;
        if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) > MOST)
            __atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
        __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        dw__at_once_leave(&mine, 1);
    }
    return NULL;
}

static void never_more(void **state)
{
    static const unsigned who[4] = {0, 1, 2, 3};
    pthread_t threads[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)&who[i]), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(over, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rows[i].of[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(over_all_workers), cmocka_unit_test(never_more)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
