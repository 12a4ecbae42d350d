/* Arenas: what they hand out, what they refuse, what they wipe, and that AddressSanitizer sees their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/asan.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef VALGRIND_MAKE_MEM_DEFINED
#define VALGRIND_MAKE_MEM_DEFINED(p, n) ((void)(p), (void)(n))
#endif

#define LIMIT ((size_t)1 << 20)

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, LIMIT);
    unsigned char *p[200];
    for (size_t i = 0; i < 200; i++) {
        p[i] = i % 3 == 0 ? (unsigned char *)dw__arena_bytes(&a, i) : dw__arena_alloc(&a, i);
        assert_non_null(p[i]);
        if (i % 3 != 0)
            assert_int_equal((uintptr_t)p[i] % 16, 0);
        memset(p[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_equal(p[i][k], i);
    dw__arena_release(&a);
}

static void nothing_is_a_valid_pointer(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, LIMIT);
    assert_non_null(dw__arena_alloc(&a, 0));
    assert_non_null(dw__arena_bytes(&a, 0));
    assert_non_null(dw__arena_calloc(&a, 0, 8));
    dw__arena_release(&a);
}

static void the_limit_holds(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, 3 * DW__CHUNK_SIZE);
    size_t n = 0;
    while (dw__arena_alloc(&a, 512) != NULL)
        n += 512;
    assert_in_range(n, 2 * DW__CHUNK_SIZE, 3 * DW__CHUNK_SIZE);
    assert_true(a.used <= a.limit);
    dw__arena_release(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(dw__arena_alloc(&a, 512));
    dw__arena_release(&a);
}

static void a_limit_below_a_chunk_is_usable(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, 1000);
    assert_non_null(dw__arena_alloc(&a, 500));
    assert_null(dw__arena_alloc(&a, 500));
    assert_non_null(dw__arena_alloc(&a, 100));
    dw__arena_release(&a);
}

static void sizes_do_not_wrap(void **state)
{
    (void)state;
    struct arena a;
    volatile size_t huge = SIZE_MAX;
    dw__arena_init(&a, NULL, SIZE_MAX);
    assert_non_null(dw__arena_bytes(&a, 3));
    for (size_t less = 0; less < 64; less++) {
        assert_null(dw__arena_alloc(&a, huge - less));
        assert_null(dw__arena_bytes(&a, huge - less));
        assert_null(dw__arena_text(&a, (dw_text){"x", huge - less}).p);
    }
    assert_null(dw__arena_calloc(&a, huge / 2 + 1, 2));
    assert_null(dw__arena_calloc(&a, huge / 16 + 2, 16));
    dw__arena_release(&a);
}

static void large_ones_leave_the_chunk_in_use(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, LIMIT);
    char *small = dw__arena_alloc(&a, 16);
    char *large = dw__arena_alloc(&a, 5 * DW__CHUNK_SIZE);
    assert_non_null(large);
    memset(large, 1, 5 * DW__CHUNK_SIZE);
    char *next = dw__arena_alloc(&a, 16);
    assert_in_range(next - small, 16, 64);
    dw__arena_release(&a);
}

static void zeroed_ones_are_zero_in_used_memory(void **state)
{
    (void)state;
    struct chunk_pool pool;
    struct arena a;
    dw__chunk_pool_init(&pool, 1);
    dw__arena_init(&a, &pool, LIMIT);
    memset(dw__arena_alloc(&a, 4000), 0xff, 4000);
    unsigned char *p = dw__arena_zalloc(&a, 100), *q = dw__arena_calloc(&a, 10, 10);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i] | q[i], 0);
    dw__arena_release(&a);
    dw__chunk_pool_release(&pool);
}

static void release_wipes_what_was_used(void **state)
{
    (void)state;
    struct chunk_pool pool;
    struct arena a;
    dw__chunk_pool_init(&pool, 8);
    dw__arena_init(&a, &pool, LIMIT);
    /* Fill three chunks with a secret, the last in part. */
    for (size_t i = 0; i < 5; i++)
        memset(dw__arena_bytes(&a, 4000), 's', 4000);
    dw__arena_release(&a);
    assert_int_equal(pool.n_free, 3);
    for (struct arena_chunk *c = pool.free; c != NULL; c = c->next) {
        dw__unpoison(c->data, c->size - sizeof *c);
        VALGRIND_MAKE_MEM_DEFINED(c->data, c->size - sizeof *c); /* what nobody wrote to is looked at too */
        for (size_t i = 0; i < c->size - sizeof *c; i++)
            assert_int_not_equal(c->data[i], 's');
    }
    dw__chunk_pool_release(&pool);
}

static void the_pool_is_last_in_first_out_and_bounded(void **state)
{
    (void)state;
    struct chunk_pool pool;
    struct arena a, b;
    dw__chunk_pool_init(&pool, 2);
    dw__arena_init(&a, &pool, LIMIT);
    for (size_t i = 0; i < 5; i++)
        assert_non_null(dw__arena_alloc(&a, 8000));
    dw__arena_release(&a);
    assert_int_equal(pool.n_free, 2);
    const struct arena_chunk *last = pool.free;
    dw__arena_init(&b, &pool, LIMIT);
    assert_non_null(dw__arena_alloc(&b, 1));
    assert_ptr_equal(b.chunks, last);
    assert_int_equal(pool.n_free, 1);
    dw__arena_release(&b);
    assert_ptr_equal(pool.free, last);
    dw__chunk_pool_release(&pool);
    assert_null(pool.free);
}

static void texts_end_with_a_nul(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, LIMIT);
    dw_text t = dw__arena_text(&a, (dw_text){"a\0b", 3});
    assert_int_equal(t.n, 3);
    assert_memory_equal(t.p, "a\0b\0", 4);
    t = dw__arena_text(&a, (dw_text){NULL, 0});
    assert_non_null(t.p);
    assert_int_equal(t.n, 0);
    dw__arena_release(&a);
}

static void formats_of_any_length(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, LIMIT);
    for (int width = 1; width < 20000; width = width * 2 + (width < 300 ? 0 : 1)) {
        dw_text t = dw__arena_format(&a, "%*d", width, 7);
        assert_int_equal(t.n, width);
        assert_int_equal(t.p[width - 1], '7');
        assert_int_equal(t.p[width], '\0');
    }
    for (int width = 254; width < 258; width++)
        assert_int_equal(dw__arena_format(&a, "%*d", width, 7).n, width);
    dw__arena_release(&a);
    dw__arena_init(&a, NULL, 64);
    assert_null(dw__arena_format(&a, "%100d", 7).p);
    assert_null(dw__arena_format(&a, "%1000d", 7).p);
}

static void only_the_last_one_extends(void **state)
{
    (void)state;
    struct arena a;
    dw__arena_init(&a, NULL, LIMIT);
    char *first = dw__arena_bytes(&a, 10);
    char *last = dw__arena_bytes(&a, 10);
    assert_null(dw__arena_extend(&a, first, 10, 1));
    char *same = dw__arena_extend(&a, last, 10, 90);
    assert_ptr_equal(same, last);
    memset(same, 1, 100);
    assert_null(dw__arena_extend(&a, same, 100, DW__CHUNK_SIZE));
    char *next = dw__arena_bytes(&a, 1);
    assert_true(next >= same + 100);
    dw__arena_release(&a);
    assert_null(dw__arena_extend(&a, NULL, 0, 1));
}

#if DW__ASAN
static void the_sanitizer_sees_the_bounds(void **state)
{
    (void)state;
    struct chunk_pool pool;
    struct arena a;
    dw__chunk_pool_init(&pool, 4);
    dw__arena_init(&a, &pool, LIMIT);
    for (size_t n = 1; n < 70; n++) {
        char *p = dw__arena_alloc(&a, n), *q = dw__arena_bytes(&a, n);
        assert_false(__asan_address_is_poisoned(p + n - 1));
        assert_true(__asan_address_is_poisoned(p + n));
        assert_true(__asan_address_is_poisoned(q + n));
        assert_null(__asan_region_is_poisoned(q, n));
    }
    char *large = dw__arena_alloc(&a, 9000);
    assert_true(__asan_address_is_poisoned(large + 9000));
    char *p = dw__arena_alloc(&a, 100);
    dw__arena_release(&a);
    assert_true(__asan_address_is_poisoned(p));
    assert_true(__asan_address_is_poisoned(p + 99));
    dw__chunk_pool_release(&pool);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(nothing_is_a_valid_pointer),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(a_limit_below_a_chunk_is_usable),
        cmocka_unit_test(sizes_do_not_wrap),
        cmocka_unit_test(large_ones_leave_the_chunk_in_use),
        cmocka_unit_test(zeroed_ones_are_zero_in_used_memory),
        cmocka_unit_test(release_wipes_what_was_used),
        cmocka_unit_test(the_pool_is_last_in_first_out_and_bounded),
        cmocka_unit_test(texts_end_with_a_nul),
        cmocka_unit_test(formats_of_any_length),
        cmocka_unit_test(only_the_last_one_extends),
#if DW__ASAN
        cmocka_unit_test(the_sanitizer_sees_the_bounds),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
