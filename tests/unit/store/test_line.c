/* Who waits until a transaction of its worker has ended: first come, first served, and nobody for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/line.h"

struct scene {
    struct loop *loop;
    struct fiber_pool *fibers;
    struct line line;
    struct services services;
    char said[64];
    int running;
};

struct person {
    struct scene *scene;
    char name; /* capital: alone */
    dw_ctx ctx;
    struct arena arena;
    uint64_t patience_ns;
    dw_err err;
};

static void say(struct scene *s, char c)
{
    size_t n = strlen(s->said);

    assert_true(n + 1 < sizeof s->said);
    s->said[n] = c;
}

static void wait_in_line(void *arg)
{
    struct person *p = arg;
    struct scene *s = p->scene;
    bool all = p->name < 'a';

    dw__arena_init(&p->arena, NULL, 4096);
    dw__ctx_init(&p->ctx, &p->arena, &s->services, dw__loop_clock(s->loop));
    p->ctx.fiber = dw__fiber_self();
    p->err =
        dw__line_wait(&s->line, &p->ctx, p->patience_ns ? p->ctx.clock->mono_ns + p->patience_ns : 0, all);
    if (p->err == DW_OK) {
        say(s, p->name);
        if (all) {
            assert_int_equal(dw_sleep(&p->ctx, 20), DW_OK);
            say(s, '.');
            dw__line_leave(&s->line);
        }
    }
    dw__arena_release(&p->arena);
    if (--s->running == 0)
        dw__loop_stop(s->loop);
}

static void play(struct scene *s, struct person *people, const char *names)
{
    size_t n = strlen(names);

    memset(s->said, 0, sizeof s->said);
    s->running = (int)n + 1;
    for (size_t i = 0; i < n; i++) {
        people[i].scene = s;
        people[i].name = names[i];
        assert_int_equal(dw__fiber_start(s->fibers, wait_in_line, &people[i], NULL), DW_OK);
    }
    if (--s->running > 0)
        dw__loop_run(s->loop);
}

static int set_up(void **state)
{
    static struct scene s;

    s = (struct scene){0};
    assert_int_equal(dw__loop_new(&s.loop), DW_OK);
    assert_int_equal(dw__fiber_pool_new(&s.fibers, s.loop, 32, 8), DW_OK);
    dw__line_init(&s.line);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    assert_false(s->line.taken);
    assert_true(dw__list_empty(&s->line.waiting));
    dw__fiber_pool_free(s->fibers);
    dw__loop_free(s->loop);
    return 0;
}

static void first_come_first_served(void **state)
{
    struct person people[8] = {0};

    play(*state, people, "abc");
    assert_string_equal(((struct scene *)*state)->said, "abc");
    play(*state, people, "aBcDef");
    assert_string_equal(((struct scene *)*state)->said, "aB.cD.ef");
    play(*state, people, "ABCd");
    assert_string_equal(((struct scene *)*state)->said, "A.B.C.d");
}

static void nobody_waits_for_ever(void **state)
{
    struct scene *s = *state;
    struct person people[8] = {{0}, {.patience_ns = 1000000}, {0}};

    play(s, people, "ABc");
    assert_string_equal(s->said, "A.c");
    assert_int_equal(people[1].err, DW_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_come_first_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_ever, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("store/line", tests, NULL, NULL);
}
