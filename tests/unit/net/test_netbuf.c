/* Buffers of connections: sizes, reuse, and that nothing is left in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/netbuf.h"

static void test_wiped(void **state)
{
    (void)state;
    struct netbuf_pool pool;
    dw__netbuf_pool_init(&pool);
    struct netbuf *a = dw__netbuf_borrow(&pool, NETBUF_SMALL);
    memcpy(a->data, "password", 8);
    a->start = 4;
    a->end = 8;
    dw__netbuf_return(&pool, a);
    assert_int_equal(pool.lent_bytes, 0);
    struct netbuf *b = dw__netbuf_borrow(&pool, NETBUF_SMALL);
    assert_ptr_equal(a, b);
    assert_memory_equal(b->data, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(b->start + b->end, 0);
    dw__netbuf_return(&pool, b);
    dw__netbuf_return(&pool, NULL);
    dw__netbuf_pool_release(&pool);
}

static void test_kinds(void **state)
{
    (void)state;
    struct netbuf_pool pool;
    struct netbuf *all[300];
    dw__netbuf_pool_init(&pool);
    assert_true(dw__netbuf_cap(NETBUF_SMALL) < dw__netbuf_cap(NETBUF_MEDIUM));
    assert_true(dw__netbuf_cap(NETBUF_LARGE) > 32768);
    for (size_t i = 0; i < 300; i++) {
        all[i] = dw__netbuf_borrow(&pool, i % NETBUF_KINDS);
        assert_int_equal(all[i]->cap, dw__netbuf_cap(i % NETBUF_KINDS));
        all[i]->end = all[i]->cap;
        memset(all[i]->data, 1, all[i]->cap);
    }
    assert_true(pool.lent_bytes >= 100 * (1000 + 16000 + 40000));
    for (size_t i = 0; i < 300; i++)
        dw__netbuf_return(&pool, all[i]);
    assert_int_equal(pool.lent_bytes, 0);
    assert_true(pool.n_free[NETBUF_LARGE] < 100);
    dw__netbuf_pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wiped), cmocka_unit_test(test_kinds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
