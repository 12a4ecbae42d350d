/* Buffers: growing in an arena, filling fixed memory, remembering the first failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "guard_page.h"

static void grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    dw__arena_init(&a, NULL, 1 << 20);
    dw__buf_init(&b, &a, 200000);
    for (unsigned i = 0; i < 100000; i++) {
        dw__buf_putc(&b, (char)('a' + i % 26));
        if (i % 997 == 0)
            assert_non_null(dw__arena_bytes(&a, 1)); /* somebody else, so that it has to move */
    }
    assert_false(b.failed);
    assert_int_equal(b.n, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    dw__arena_release(&a);
}

static void grows_in_place_when_last(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    dw__arena_init(&a, NULL, 1 << 20);
    dw__buf_init(&b, &a, 200000);
    dw__buf_putc(&b, 'x');
    const char *first = b.p;
    for (unsigned i = 0; i < 4000; i++)
        dw__buf_putc(&b, 'x');
    assert_ptr_equal(b.p, first);
    dw__arena_release(&a);
}

static void max_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    dw__arena_init(&a, NULL, 1 << 20);
    for (size_t max = 0; max < 1100; max += 27) {
        dw__buf_init(&b, &a, max);
        for (size_t i = 0; i < max; i++)
            dw__buf_putc(&b, 'x');
        assert_false(b.failed);
        assert_int_equal(b.n, max);
        dw__buf_putc(&b, 'x');
        assert_true(b.failed);
        assert_int_equal(b.n, max);
    }
    dw__arena_release(&a);
}

static void an_arena_without_room_for_the_double_may_have_enough(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    dw__arena_init(&a, NULL, 16000);
    dw__buf_init(&b, &a, 1 << 20);
    assert_true(dw__buf_reserve(&b, 6000));
    memset(b.p, 'x', 6000);
    b.n = 6000;
    assert_true(dw__buf_reserve(&b, 1000));
    assert_false(dw__buf_reserve(&b, 20000));
    assert_true(b.failed);
    dw__arena_release(&a);
}

static void sizes_do_not_wrap(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    volatile size_t huge = SIZE_MAX;
    dw__arena_init(&a, NULL, SIZE_MAX);
    dw__buf_init(&b, &a, SIZE_MAX);
    dw__buf_lit(&b, "abc");
    assert_false(dw__buf_reserve(&b, huge));
    assert_true(b.failed);
    dw__arena_release(&a);
}

static void fixed_memory_is_filled_to_the_last_byte(void **state)
{
    (void)state;
    char zero[10] = {0};
    char *p = guard_page_copy(zero, sizeof zero);
    struct buf b;
    dw__buf_init_fixed(&b, p, sizeof zero);
    dw__buf_lit(&b, "12345");
    dw__buf_format(&b, "%d", 67890);
    assert_false(b.failed);
    assert_int_equal(b.n, 10);
    assert_memory_equal(p, "1234567890", 10);
    dw__buf_putc(&b, 'x');
    assert_true(b.failed);
    assert_int_equal(b.n, 10);
    guard_page_free(p);
}

static void empty_puts_are_harmless(void **state)
{
    (void)state;
    struct buf b;
    dw__buf_init_fixed(&b, NULL, 0);
    dw__buf_put(&b, NULL, 0);
    dw__buf_text(&b, (dw_text){NULL, 0});
    dw__buf_lit(&b, "");
    dw__buf_format(&b, "%s", "");
    assert_false(b.failed);
}

static void numbers(void **state)
{
    (void)state;
    char mem[200];
    struct buf b;
    dw__buf_init_fixed(&b, mem, sizeof mem);
    dw__buf_u64(&b, 0);
    dw__buf_putc(&b, ' ');
    dw__buf_u64(&b, UINT64_MAX);
    dw__buf_putc(&b, ' ');
    dw__buf_i64(&b, INT64_MIN);
    dw__buf_putc(&b, ' ');
    dw__buf_i64(&b, -1);
    dw__buf_putc(&b, ' ');
    dw__buf_i64(&b, INT64_MAX);
    const char *want = "0 18446744073709551615 -9223372036854775808 -1 9223372036854775807";
    assert_int_equal(b.n, strlen(want));
    assert_memory_equal(mem, want, b.n);
}

static void formats_of_any_length(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    dw__arena_init(&a, NULL, 1 << 20);
    for (int width = 1; width < 2000; width += 51) {
        dw__buf_init(&b, &a, 4000);
        dw__buf_lit(&b, "<");
        dw__buf_format(&b, "%*d", width, 7);
        dw__buf_lit(&b, ">");
        assert_false(b.failed);
        assert_int_equal(b.n, width + 2);
        assert_memory_equal(b.p + width, "7>", 2);
    }
    dw__buf_init(&b, &a, 300);
    dw__buf_format(&b, "%400d", 7);
    assert_true(b.failed);
    dw__arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_what_it_has),
        cmocka_unit_test(grows_in_place_when_last),
        cmocka_unit_test(max_is_reached_and_not_passed),
        cmocka_unit_test(an_arena_without_room_for_the_double_may_have_enough),
        cmocka_unit_test(sizes_do_not_wrap),
        cmocka_unit_test(fixed_memory_is_filled_to_the_last_byte),
        cmocka_unit_test(empty_puts_are_harmless),
        cmocka_unit_test(numbers),
        cmocka_unit_test(formats_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
