/* Waits of a context: deadline, cancellation, descriptors; on a fiber and on a bare thread. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/wait.h"

static struct loop *loop;
static struct fiber_pool *pool;
static struct services services;
static dw_ctx ctx;
static dw_err got;
static int ended, fds[2];

static int setup(void **state)
{
    (void)state;
    ended = 0;
    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&pool, loop, 100, 8) != DW_OK)
        return -1;
    services = (struct services){.loop = loop};
    dw__ctx_init(&ctx, NULL, &services, dw__loop_clock(loop));
    return pipe2(fds, O_NONBLOCK | O_CLOEXEC);
}

static int teardown(void **state)
{
    (void)state;
    close(fds[0]);
    close(fds[1]);
    dw__fiber_pool_free(pool);
    dw__loop_free(loop);
    return 0;
}

static uint64_t in_ms(uint64_t ms)
{
    return dw__loop_clock(loop)->mono_ns + ms * 1000000;
}

static dw_err (*body)(void);

static void on_fiber(void *arg)
{
    (void)arg;
    ctx.fiber = dw__fiber_self();
    got = body();
    ctx.fiber = NULL;
    ended++;
}

static void start(dw_err (*fn)(void))
{
    body = fn;
    got = DW_INTERNAL;
    assert_int_equal(dw__fiber_start(pool, on_fiber, NULL, NULL), DW_OK);
}

static dw_err sleeps_5(void)
{
    return dw_sleep(&ctx, 5);
}
static dw_err sleeps_a_minute(void)
{
    return dw_sleep(&ctx, 60000);
}
static dw_err sleeps_0(void)
{
    return dw_sleep(&ctx, 0);
}
static dw_err sleeps_for_ever(void)
{
    return dw_sleep(&ctx, UINT64_MAX);
}

static void sleeping(void **state)
{
    (void)state;
    uint64_t start_ns = in_ms(0);
    start(sleeps_5);
    assert_int_equal(ended, 0);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_OK);
    assert_true(in_ms(0) - start_ns >= 5000000);
    start(sleeps_0);
    assert_int_equal(ended, 1); /* it yields */
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_OK);
}

static void the_deadline_cuts_a_sleep(void **state)
{
    (void)state;
    ctx.deadline_ns = in_ms(3);
    start(sleeps_a_minute);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_TIMEOUT);
    start(sleeps_5); /* over before it began */
    assert_int_equal(got, DW_TIMEOUT);
}

static void cancel_wakes_once_and_for_all(void **state)
{
    (void)state;
    start(sleeps_for_ever);
    assert_int_equal(ended, 0);
    dw__ctx_cancel(&ctx);
    dw__ctx_cancel(&ctx);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_CANCELED);
    start(sleeps_5);
    assert_int_equal(got, DW_CANCELED);
    assert_int_equal(ended, 2);
}

/* ---- descriptors ---- */

static dw_err reads(void)
{
    return dw_wait_fd(&ctx, fds[0], DW_READABLE, 0);
}
static dw_err reads_3ms(void)
{
    return dw_wait_fd(&ctx, fds[0], DW_READABLE, in_ms(3));
}
static dw_err writes(void)
{
    return dw_wait_fd(&ctx, fds[1], DW_WRITABLE, 0);
}
static dw_err reads_a_file(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    dw_err err = dw_wait_fd(&ctx, fd, DW_READABLE, 0);
    close(fd);
    return err;
}
static dw_err reads_nothing(void)
{
    return dw_wait_fd(&ctx, -1, DW_READABLE, 0);
}

static void waiting_for_a_descriptor(void **state)
{
    (void)state;
    start(reads);
    assert_int_equal(ended, 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    dw__loop_run_until_idle(loop); /* ends only if nothing is watched any more */
    assert_int_equal(got, DW_OK);
    start(writes);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_OK);
    start(reads_a_file);
    assert_int_equal(got, DW_OK);
    start(reads_nothing);
    assert_int_equal(got, DW_INTERNAL);
}

static void waiting_in_vain(void **state)
{
    (void)state;
    start(reads_3ms);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_TIMEOUT);
    start(reads);
    dw__ctx_cancel(&ctx);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_CANCELED);
}

static void the_other_end_goes_away(void **state)
{
    (void)state;
    start(reads);
    close(fds[1]);
    fds[1] = -1;
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_OK);
}

/* ---- to the end, whatever happens ---- */

static dw_err insists(void)
{
    return dw__ctx_park_uncanceled(&ctx, in_ms(60000));
}
static dw_err insists_3ms(void)
{
    return dw__ctx_park_uncanceled(&ctx, in_ms(3));
}

static void an_uncanceled_wait_is_carried_to_its_end(void **state)
{
    (void)state;
    start(insists);
    struct fiber *f = ctx.fiber;
    dw__ctx_cancel(&ctx);
    dw__loop_stop(loop);
    dw__loop_run(loop); /* one turn */
    assert_int_equal(ended, 0);
    dw__fiber_wake(f, DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_OK);
    assert_true(ctx.canceled);
    start(insists); /* and may begin when it is canceled already */
    assert_int_equal(ended, 1);
    dw__fiber_wake(ctx.fiber, DW_CONFLICT);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_CONFLICT);
    ctx.deadline_ns = in_ms(0);
    start(insists_3ms);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_TIMEOUT);
}

/* ---- on a bare thread ---- */

static void without_a_fiber_the_thread_waits(void **state)
{
    (void)state;
    assert_int_equal(dw_sleep(&ctx, 2), DW_OK);
    assert_int_equal(dw_wait_fd(&ctx, fds[1], DW_WRITABLE, 0), DW_OK);
    assert_int_equal(dw_wait_fd(&ctx, fds[0], DW_READABLE, in_ms(2)), DW_TIMEOUT);
    ctx.deadline_ns = in_ms(3);
    assert_int_equal(dw_sleep(&ctx, 60000), DW_TIMEOUT);
    ctx.canceled = true;
    assert_int_equal(dw_sleep(&ctx, 60000), DW_CANCELED);
}

static int doubled;
static void doubles(void *arg)
{
    doubled = *(int *)arg *= 2;
}

static void without_a_pool_blocking_runs_in_place(void **state)
{
    (void)state;
    int v = 21;
    assert_int_equal(dw_blocking(&ctx, doubles, &v, sizeof(v)), DW_OK);
    assert_int_equal(v, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        TEST(sleeping),
        TEST(the_deadline_cuts_a_sleep),
        TEST(cancel_wakes_once_and_for_all),
        TEST(waiting_for_a_descriptor),
        TEST(waiting_in_vain),
        TEST(the_other_end_goes_away),
        TEST(an_uncanceled_wait_is_carried_to_its_end),
        TEST(without_a_fiber_the_thread_waits),
        TEST(without_a_pool_blocking_runs_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
