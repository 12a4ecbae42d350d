/* The context: memory, what is deferred, time, ids, principals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/ctx.h"

static struct arena arena;
static struct clock clock_;
static dw_ctx ctx;
static char order[16];
static size_t n_order;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    dw__ctx_init(&ctx, &arena, NULL, &clock_);
    memset(order, 0, sizeof order);
    n_order = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    return 0;
}

static void note(void *p)
{
    order[n_order++] = *(const char *)p;
}

static void note_and_defer(void *p)
{
    static char name = 'z';
    note(p);
    assert_int_equal(dw_defer(&ctx, note, &name), DW_OK);
}

static void deferred_last_first_and_once(void **state)
{
    (void)state;
    char names[] = "abc";
    assert_int_equal(dw_defer(&ctx, note, &names[0]), DW_OK);
    assert_int_equal(dw_defer(&ctx, note_and_defer, &names[1]), DW_OK);
    assert_int_equal(dw_defer(&ctx, note, &names[2]), DW_OK);
    dw__ctx_end(&ctx);
    assert_string_equal(order, "cbza");
    dw__ctx_end(&ctx);
    assert_string_equal(order, "cbza");
}

static void what_cannot_be_deferred_is_done(void **state)
{
    (void)state;
    char name = 'a';
    arena.limit = 0;
    assert_int_equal(dw_defer(&ctx, note, &name), DW_UNAVAILABLE);
    assert_string_equal(order, "a");
    dw__ctx_end(&ctx);
    assert_string_equal(order, "a");
}

static void memory_is_zeroed_and_limited(void **state)
{
    (void)state;
    memset(dw__arena_alloc(&arena, 100), 0xff, 100);
    dw__arena_release(&arena);
    const char *p = dw_alloc(&ctx, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    assert_null(dw_alloc(&ctx, (size_t)1 << 20));
}

static void formats(void **state)
{
    (void)state;
    dw_text t = dw_format(&ctx, "%s/%d", "a", 7);
    assert_int_equal(t.n, 3);
    assert_memory_equal(t.p, "a/7", 3);
    assert_int_equal(dw_format(&ctx, "%2000000d", 7).n, 0);
}

static void time_is_the_clock_s(void **state)
{
    (void)state;
    clock_ = (struct clock){.mono_ns = 77, .unix_ms = 1999};
    assert_true(dw_now_ns(&ctx) == 77);
    assert_true(dw_now_unix(&ctx) == 1);
}

static void asking_for_the_principal_is_remembered(void **state)
{
    (void)state;
    assert_false(ctx.principal_asked);
    assert_null(dw_ctx_principal(&ctx));
    assert_true(ctx.principal_asked);
}

static void roles_are_bits(void **state)
{
    (void)state;
    const dw_principal who = {.roles = UINT64_C(1) << 63 | 4};
    assert_false(dw_ctx_has_role(&ctx, 2));
    ctx.principal = &who;
    assert_true(dw_ctx_has_role(&ctx, 2));
    assert_true(dw_ctx_has_role(&ctx, 63));
    assert_false(dw_ctx_has_role(&ctx, 0));
    assert_false(dw_ctx_has_role(&ctx, 64));
    assert_false(dw_ctx_has_role(&ctx, 66)); /* not 66 mod 64 */
    assert_true(ctx.principal_asked);
}

static void statements_are_counted_where_somebody_counts(void **state)
{
    static char names[2 * DW__STATEMENTS_KEPT][2];
    struct statements s = {0};

    (void)state;
    dw__ctx_count(&ctx, names[0]);
    ctx.statements = &s;
    for (int i = 0; i < 3; i++)
        dw__ctx_count(&ctx, names[1]);
    dw__ctx_count(&ctx, names[0]);
    assert_int_equal(s.total, 4);
    assert_int_equal(s.n, 2);
    assert_ptr_equal(s.each[0].name, names[1]);
    assert_int_equal(s.each[0].times, 3);
    assert_int_equal(s.each[1].times, 1);
    for (unsigned i = 0; i < 2 * DW__STATEMENTS_KEPT; i++)
        dw__ctx_count(&ctx, names[i]);
    dw__ctx_count(&ctx, names[1]);
    assert_int_equal(s.n, DW__STATEMENTS_KEPT);
    assert_int_equal(s.total, 5 + 2 * DW__STATEMENTS_KEPT);
    assert_int_equal(s.each[0].times, 5);
    ctx.statements = NULL;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(deferred_last_first_and_once),
        TEST(statements_are_counted_where_somebody_counts),
        TEST(what_cannot_be_deferred_is_done),
        TEST(memory_is_zeroed_and_limited),
        TEST(formats),
        TEST(time_is_the_clock_s),
        TEST(asking_for_the_principal_is_remembered),
        TEST(roles_are_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
