/* The thread pool: results come back, a full queue says so, an abandoned job is nobody's trouble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/fiber.h"
#include "os/pool.h"
#include "os/wait.h"

#define MAX 32

static struct loop *loop;
static struct fiber_pool *fibers;
static struct pool *pool;
static struct services services;
static atomic_int go, begun;

struct work {
    dw_ctx ctx;
    int in;
    dw_err got;
    int out;
    bool ended;
};
static struct work work[MAX];

static int setup(void **state)
{
    (void)state;
    atomic_store(&go, 0);
    atomic_store(&begun, 0);
    memset(work, 0, sizeof(work));
    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&fibers, loop, MAX, 8) != DW_OK)
        return -1;
    services = (struct services){.loop = loop};
    return dw__pool_new(&pool, loop, "test", 2, 3, 19) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    atomic_store(&go, 1);
    dw__pool_free(pool);
    if (loop != NULL)
        dw__loop_run_until_idle(loop);
    dw__fiber_pool_free(fibers);
    dw__loop_free(loop);
    return 0;
}

static void doubles(void *arg)
{
    *(int *)arg *= 2;
}

static void doubles_when_told(void *arg)
{
    atomic_fetch_add(&begun, 1);
    while (atomic_load(&go) == 0)
        usleep(100);
    *(int *)arg *= 2;
}

static void (*job)(void *arg);

static void on_fiber(void *arg)
{
    struct work *w = arg;
    w->ctx.fiber = dw__fiber_self();
    int v = w->in;
    w->got = dw__pool_run(pool, &w->ctx, job, &v, sizeof(v));
    w->out = v;
    w->ctx.fiber = NULL;
    w->ended = true;
}

static void start(struct work *w, int in)
{
    dw__ctx_init(&w->ctx, NULL, &services, dw__loop_clock(loop));
    w->in = in;
    assert_int_equal(dw__fiber_start(fibers, on_fiber, w, NULL), DW_OK);
}

static void wait_begun(int n)
{
    while (atomic_load(&begun) < n)
        usleep(100);
}

static void results_come_back(void **state)
{
    (void)state;
    job = doubles;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 5; i++)
            start(&work[i], round + i);
        dw__loop_run_until_idle(loop);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(work[i].got, DW_OK);
            assert_int_equal(work[i].out, 2 * (round + i));
        }
    }
}

static void a_full_pool_says_so(void **state)
{
    (void)state;
    job = doubles_when_told;
    for (int i = 0; i < 8; i++)
        start(&work[i], i);
    for (int i = 0; i < 8; i++)
        assert_int_equal(work[i].ended, i >= 5); /* two threads and three in the queue */
    assert_int_equal(work[7].got, DW_UNAVAILABLE);
    atomic_store(&go, 1);
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 5; i++)
        assert_int_equal(work[i].out, 2 * i);
    start(&work[0], 9); /* and there is room again */
    dw__loop_run_until_idle(loop);
    assert_int_equal(work[0].out, 18);
}

static void an_abandoned_job_runs_on_its_copy(void **state)
{
    (void)state;
    job = doubles_when_told;
    start(&work[0], 1);
    start(&work[1], 2);
    start(&work[2], 3); /* waits in the queue */
    wait_begun(2);
    for (int i = 0; i < 3; i++)
        dw__ctx_cancel(&work[i].ctx);
    dw__loop_stop(loop);
    dw__loop_run(loop);
    for (int i = 0; i < 3; i++) {
        assert_true(work[i].ended);
        assert_int_equal(work[i].got, DW_CANCELED);
        assert_int_equal(work[i].out, i + 1);
    }
    atomic_store(&go, 1);
    dw__loop_run_until_idle(loop);
    assert_int_equal(atomic_load(&begun), 2); /* the one in the queue never began */
    for (int i = 0; i < 5; i++)               /* all five places are free again */
        start(&work[i], i);
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 5; i++)
        assert_int_equal(work[i].got, DW_OK);
}

/* Where it stays (.at_once of a route), it has not ended before its work has, when that was begun. */
static void one_that_stays_waits_for_its_work(void **state)
{
    (void)state;
    job = doubles_when_told;
    for (int i = 0; i < 3; i++) {
        start(&work[i], i + 1);
        work[i].ctx.stays = true;
    }
    wait_begun(2);
    for (int i = 0; i < 3; i++)
        dw__ctx_cancel(&work[i].ctx);
    dw__loop_stop(loop);
    dw__loop_run(loop);
    assert_true(!work[0].ended && !work[1].ended);
    assert_true(work[2].ended); /* its work never began */
    atomic_store(&go, 1);
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 3; i++) {
        assert_true(work[i].ended);
        assert_int_equal(work[i].got, DW_CANCELED);
        assert_int_equal(work[i].out, i + 1);
    }
    assert_int_equal(atomic_load(&begun), 2);
    for (int i = 0; i < 5; i++) /* all five places are free again */
        start(&work[i], i);
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 5; i++)
        assert_int_equal(work[i].got, DW_OK);
}

static void start_with_deadline(struct work *w)
{
    *w = (struct work){.in = 1};
    dw__ctx_init(&w->ctx, NULL, &services, dw__loop_clock(loop));
    w->ctx.deadline_ns = dw__loop_clock(loop)->mono_ns + 1000000;
    assert_int_equal(dw__fiber_start(fibers, on_fiber, w, NULL), DW_OK);
}

static void a_deadline_ends_the_wait(void **state)
{
    (void)state;
    job = doubles_when_told;
    start_with_deadline(&work[0]);
    while (!work[0].ended) {
        dw__loop_stop(loop);
        dw__loop_run(loop);
    }
    assert_int_equal(work[0].got, DW_TIMEOUT);
    assert_int_equal(work[0].out, 1);
    atomic_store(&go, 1);
}

static void time_and_result_in_one_turn(void **state)
{
    (void)state;
    job = doubles;
    for (int i = 0; i < 10; i++) { /* more than there are places: none is lost */
        start_with_deadline(&work[0]);
        usleep(3000); /* now it is over and done */
        dw__loop_run_until_idle(loop);
        assert_true(work[0].ended);
        assert_int_equal(work[0].got, DW_TIMEOUT);
        assert_int_equal(work[0].out, 1);
    }
}

struct large {
    char text[5000];
};
static void reverses(void *arg)
{
    struct large *l = arg;
    for (size_t i = 0, j = sizeof(l->text) - 1; i < j; i++, j--) {
        char c = l->text[i];
        l->text[i] = l->text[j];
        l->text[j] = c;
    }
}
static struct large large;
static dw_ctx large_ctx;
static void reverses_large(void *arg)
{
    (void)arg;
    large_ctx.fiber = dw__fiber_self();
    assert_int_equal(dw__pool_run(pool, &large_ctx, reverses, &large, sizeof(large)), DW_OK);
}

static void large_arguments_too(void **state)
{
    (void)state;
    dw__ctx_init(&large_ctx, NULL, &services, dw__loop_clock(loop));
    large.text[0] = 'x';
    assert_int_equal(dw__fiber_start(fibers, reverses_large, NULL, NULL), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(large.text[sizeof(large.text) - 1], 'x');
}

static void freeing_drops_what_waits(void **state)
{
    (void)state;
    job = doubles_when_told;
    for (int i = 0; i < 5; i++)
        start(&work[i], 1);
    wait_begun(2);
    atomic_store(&go, 1);
    dw__pool_free(pool);
    pool = NULL;
    dw__loop_run_until_idle(loop);
    int done = 0;
    for (int i = 0; i < 5; i++) {
        assert_true(work[i].ended);
        assert_true(work[i].got == DW_OK || work[i].got == DW_CANCELED);
        done += work[i].got == DW_OK;
    }
    assert_true(done >= 2);
}

/* ---- work that can be told to stop ---- */

/* On the stack of its fiber, which ends with it. */
struct stoppable {
    struct work *w;
    _Atomic bool stop;
    int value;
};

static void doubles_until_stopped(void *arg)
{
    struct stoppable *s = arg;

    atomic_fetch_add(&begun, 1);
    while (atomic_load(&go) == 0 && !atomic_load(&s->stop))
        usleep(100);
    usleep(20000); /* it does not end at once */
    s->value *= 2;
}

static void on_fiber_stoppable(void *arg)
{
    struct work *w = arg;
    struct stoppable s = {.w = w, .value = w->in};

    w->ctx.fiber = dw__fiber_self();
    w->got = dw__pool_run_stoppable(pool, &w->ctx, doubles_until_stopped, &s, &s.stop);
    w->out = s.value;
    w->ctx.fiber = NULL;
    w->ended = true;
}

static void start_stoppable(struct work *w, int in)
{
    dw__ctx_init(&w->ctx, NULL, &services, dw__loop_clock(loop));
    w->in = in;
    assert_int_equal(dw__fiber_start(fibers, on_fiber_stoppable, w, NULL), DW_OK);
}

static void what_can_stop_works_on_the_argument_itself(void **state)
{
    (void)state;
    atomic_store(&go, 1);
    for (int i = 0; i < 6; i++)
        start_stoppable(&work[i], i + 1);
    assert_int_equal(work[5].got, DW_UNAVAILABLE);
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(work[i].got, DW_OK);
        assert_int_equal(work[i].out, 2 * (i + 1));
    }
}

static void who_is_canceled_waits_until_it_has_stopped(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        start_stoppable(&work[i], i + 1);
    wait_begun(2);
    for (int i = 0; i < 3; i++)
        dw__ctx_cancel(&work[i].ctx);
    dw__loop_stop(loop);
    dw__loop_run(loop);
    assert_false(work[0].ended);
    assert_false(work[1].ended);
    assert_true(work[2].ended); /* it waited in the queue */
    assert_int_equal(work[2].out, 3);
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 3; i++) {
        assert_true(work[i].ended);
        assert_int_equal(work[i].got, DW_CANCELED);
        assert_int_equal(work[i].out, i < 2 ? 2 * (i + 1) : 3);
    }
    assert_int_equal(atomic_load(&begun), 2);
    start_stoppable(&work[0], 1); /* all places are free again */
    dw__ctx_cancel(&work[0].ctx);
    dw__loop_run_until_idle(loop);
}

static void a_deadline_stops_it(void **state)
{
    (void)state;
    work[0] = (struct work){.in = 4};
    dw__ctx_init(&work[0].ctx, NULL, &services, dw__loop_clock(loop));
    work[0].ctx.deadline_ns = dw__loop_clock(loop)->mono_ns + 5000000;
    assert_int_equal(dw__fiber_start(fibers, on_fiber_stoppable, &work[0], NULL), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_true(work[0].ended);
    assert_int_equal(work[0].got, DW_TIMEOUT);
    assert_true(work[0].out == 8 || atomic_load(&begun) == 0);
}

static void what_is_done_in_time_counts(void **state)
{
    (void)state;
    atomic_store(&go, 1);
    work[0] = (struct work){.in = 4};
    dw__ctx_init(&work[0].ctx, NULL, &services, dw__loop_clock(loop));
    work[0].ctx.deadline_ns = dw__loop_clock(loop)->mono_ns + 30000000;
    assert_int_equal(dw__fiber_start(fibers, on_fiber_stoppable, &work[0], NULL), DW_OK);
    usleep(60000); /* now it is over, and done */
    dw__loop_run_until_idle(loop);
    assert_true(work[0].ended);
    assert_true(work[0].got == DW_OK || atomic_load(&begun) == 0);
}

static void freeing_drops_what_could_be_stopped(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        start_stoppable(&work[i], 1);
    wait_begun(2);
    atomic_store(&go, 1);
    dw__pool_free(pool);
    pool = NULL;
    dw__loop_run_until_idle(loop);
    for (int i = 0; i < 5; i++) {
        assert_true(work[i].ended);
        assert_int_equal(work[i].out, work[i].got == DW_OK ? 2 : 1);
    }
}

static void outside_a_fiber_it_just_runs(void **state)
{
    (void)state;
    struct stoppable s = {.value = 4};
    dw_ctx ctx;

    atomic_store(&go, 1);
    dw__ctx_init(&ctx, NULL, &services, dw__loop_clock(loop));
    assert_int_equal(dw__pool_run_stoppable(pool, &ctx, doubles_until_stopped, &s, &s.stop), DW_OK);
    assert_int_equal(s.value, 8);
    ctx.canceled = true;
    assert_int_equal(dw__pool_run_stoppable(pool, &ctx, doubles_until_stopped, &s, &s.stop), DW_CANCELED);
    assert_int_equal(s.value, 8);
}

static void tells_its_name(void *arg)
{
    (void)prctl(PR_GET_NAME, arg);
}

static char thread_name[16];
static void asks_for_a_name(void *arg)
{
    dw_ctx ctx;

    (void)arg;
    dw__ctx_init(&ctx, NULL, &services, dw__loop_clock(loop));
    ctx.fiber = dw__fiber_self();
    assert_int_equal(dw__pool_run(pool, &ctx, tells_its_name, thread_name, sizeof(thread_name)), DW_OK);
}

static void its_threads_have_names(void **state)
{
    (void)state;
    assert_int_equal(dw__fiber_start(fibers, asks_for_a_name, NULL, NULL), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_true(strcmp(thread_name, "test-0") == 0 || strcmp(thread_name, "test-1") == 0);
}

static void tells_niceness(void *arg)
{
    *(int *)arg = getpriority(PRIO_PROCESS, 0);
}

static void its_threads_are_nice(void **state)
{
    (void)state;
    job = tells_niceness;
    start(&work[0], 0);
    dw__loop_run_until_idle(loop);
    assert_int_equal(work[0].out, 19);
    assert_int_equal(getpriority(PRIO_PROCESS, 0) < 19, 1);
}

static void outside_a_fiber_it_runs_in_place(void **state)
{
    (void)state;
    dw_ctx ctx;
    services.blocking = pool;
    dw__ctx_init(&ctx, NULL, &services, dw__loop_clock(loop));
    int v = 4;
    assert_int_equal(dw_blocking(&ctx, doubles, &v, sizeof(v)), DW_OK);
    assert_int_equal(v, 8);
    ctx.canceled = true;
    assert_int_equal(dw_blocking(&ctx, doubles, &v, sizeof(v)), DW_CANCELED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        TEST(results_come_back),
        TEST(a_full_pool_says_so),
        TEST(an_abandoned_job_runs_on_its_copy),
        TEST(one_that_stays_waits_for_its_work),
        TEST(a_deadline_ends_the_wait),
        TEST(time_and_result_in_one_turn),
        TEST(large_arguments_too),
        TEST(freeing_drops_what_waits),
        TEST(what_can_stop_works_on_the_argument_itself),
        TEST(who_is_canceled_waits_until_it_has_stopped),
        TEST(a_deadline_stops_it),
        TEST(what_is_done_in_time_counts),
        TEST(freeing_drops_what_could_be_stopped),
        TEST(outside_a_fiber_it_just_runs),
        TEST(its_threads_have_names),
        TEST(its_threads_are_nice),
        TEST(outside_a_fiber_it_runs_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
