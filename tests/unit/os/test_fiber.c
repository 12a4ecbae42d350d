/* Fibers: many, deep, nested, woken once, twice, early, late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/asan.h"
#include "os/fiber.h"
#include "under_valgrind.h"

static struct loop *loop;
static struct fiber_pool *pool;
static int ended;

static int setup(void **state)
{
    (void)state;
    ended = 0;
    if (dw__loop_new(&loop) != DW_OK)
        return -1;
    return dw__fiber_pool_new(&pool, loop, 3000, 8) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dw__fiber_pool_free(pool);
    dw__loop_free(loop);
    return 0;
}

static uint64_t in_ms(uint64_t ms)
{
    return dw__loop_clock(loop)->mono_ns + ms * 1000000;
}

static void ends_at_once(void *arg)
{
    assert_ptr_equal(arg, &ended);
    assert_non_null(dw__fiber_self());
    ended++;
}

static void thousands_that_end_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++)
        assert_int_equal(dw__fiber_start(pool, ends_at_once, &ended, NULL), DW_OK);
    assert_int_equal(ended, 20000);
    assert_int_equal(dw__fiber_live(pool), 0);
    assert_null(dw__fiber_self());
}

/* ---- many that wait ---- */

static struct fiber *waiting[3000];

static void waits_twice(void *arg)
{
    char here[2000];
    memset(here, (int)(intptr_t)arg & 0xff, sizeof(here));
    assert_int_equal(dw__fiber_park(0), 1000 + (int)(intptr_t)arg);
    assert_int_equal(dw__fiber_park(0), DW_OK);
    for (size_t i = 0; i < sizeof(here); i++)
        assert_int_equal((unsigned char)here[i], (intptr_t)arg & 0xff);
    ended++;
}

static void thousands_that_wait(void **state)
{
    (void)state;
    size_t n = dw__fiber_max(pool);
    for (int round = 0; round < 2; round++) { /* the second round runs on recycled stacks */
        for (size_t i = 0; i < n; i++)
            assert_int_equal(dw__fiber_start(pool, waits_twice, (void *)i, &waiting[i]), DW_OK);
        assert_int_equal(dw__fiber_start(pool, ends_at_once, &ended, NULL), DW_UNAVAILABLE);
        assert_int_equal(dw__fiber_live(pool), n);
        for (size_t i = 0; i < n; i++)
            dw__fiber_wake(waiting[i], (dw_err)(1000 + (int)i));
        dw__loop_run_until_idle(loop);
        for (size_t i = n; i-- > 0;)
            dw__fiber_wake(waiting[i], DW_OK);
        dw__loop_run_until_idle(loop);
        assert_int_equal(dw__fiber_live(pool), 0);
        assert_int_equal(ended, (round + 1) * (int)n);
    }
}

/* ---- waking ---- */

static dw_err got;
static uint64_t woken_at;

static void parks_until(void *arg)
{
    got = dw__fiber_park(*(uint64_t *)arg);
    woken_at = dw__loop_clock(loop)->mono_ns;
    ended++;
}

static void the_deadline_comes(void **state)
{
    (void)state;
    uint64_t at = in_ms(5);
    assert_int_equal(dw__fiber_start(pool, parks_until, &at, NULL), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_TIMEOUT);
    assert_true(woken_at >= at);
}

static void a_wake_before_the_deadline_removes_it(void **state)
{
    (void)state;
    struct fiber *f;
    uint64_t at = in_ms(60000);
    assert_int_equal(dw__fiber_start(pool, parks_until, &at, &f), DW_OK);
    dw__fiber_wake(f, DW_CONFLICT);
    dw__loop_run_until_idle(loop); /* and no timer is left to wait a minute for */
    assert_int_equal(got, DW_CONFLICT);
    assert_true(woken_at < at);
}

static void the_first_wake_counts(void **state)
{
    (void)state;
    struct fiber *f;
    uint64_t at = 0;
    assert_int_equal(dw__fiber_start(pool, parks_until, &at, &f), DW_OK);
    dw__fiber_wake(f, DW_NOT_FOUND);
    dw__fiber_wake(f, DW_CONFLICT);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_NOT_FOUND);
    assert_int_equal(ended, 1);
}

static void wakes_itself_then_parks(void *arg)
{
    dw__fiber_wake(dw__fiber_self(), DW_CONFLICT); /* it runs: nothing happens */
    got = dw__fiber_park(*(uint64_t *)arg);
    ended++;
}

static void a_wake_of_one_that_runs_is_not_kept(void **state)
{
    (void)state;
    uint64_t at = in_ms(2);
    assert_int_equal(dw__fiber_start(pool, wakes_itself_then_parks, &at, NULL), DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_TIMEOUT);
}

static void parks_interruptibly(void *arg)
{
    (void)arg;
    got = dw__fiber_park_interruptible(0);
    ended++;
}

static void only_the_interruptible_is_interrupted(void **state)
{
    (void)state;
    struct fiber *f;
    uint64_t at = 0;
    assert_int_equal(dw__fiber_start(pool, parks_until, &at, &f), DW_OK);
    dw__fiber_interrupt(f, DW_CANCELED);
    dw__loop_run_until_idle(loop); /* a parked fiber alone does not keep it */
    assert_int_equal(ended, 0);
    dw__fiber_wake(f, DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(ended, 1);
    assert_int_equal(dw__fiber_start(pool, parks_interruptibly, NULL, &f), DW_OK);
    dw__fiber_interrupt(f, DW_CANCELED);
    dw__loop_run_until_idle(loop);
    assert_int_equal(got, DW_CANCELED);
}

/* ---- a fiber that starts fibers ---- */

static struct fiber *inner;

static void parent(void *arg)
{
    struct fiber *me = dw__fiber_self();
    assert_int_equal(dw__fiber_start(pool, ends_at_once, arg, NULL), DW_OK);
    assert_ptr_equal(dw__fiber_self(), me);
    static uint64_t never;
    assert_int_equal(dw__fiber_start(pool, parks_until, &never, &inner), DW_OK);
    assert_ptr_equal(dw__fiber_self(), me);
    dw__fiber_wake(inner, DW_OK);
    assert_int_equal(ended, 1); /* waking does not switch */
    ended++;
}

static void a_fiber_starts_fibers(void **state)
{
    (void)state;
    assert_int_equal(dw__fiber_start(pool, parent, &ended, NULL), DW_OK);
    assert_int_equal(ended, 2);
    dw__loop_run_until_idle(loop);
    assert_int_equal(ended, 3);
}

/* ---- deep ---- */

/* The frame above is passed on, so that no compiler makes a loop of it. */
static __attribute__((noinline)) int deep(int levels, const volatile char *above)
{
    volatile char frame[1024];
    frame[0] = above[0];
    frame[sizeof(frame) - 1] = 1;
    int below = levels > 0 ? deep(levels - 1, frame) : 0;
    return below + frame[sizeof(frame) - 1];
}

static void goes_deep(void *arg)
{
    assert_int_equal(deep(50, ""), 51);
    got = dw__fiber_park(0);
    assert_int_equal(deep(50, ""), 51);
    (void)arg;
    ended++;
}

/* Valgrind takes what lies below the stack pointer for inaccessible, and an overflow for its own affair. */
static void deep_stacks_are_measured(void **state)
{
    (void)state;
    if (under_valgrind())
        skip();
    assert_int_equal(dw__fiber_high_water(pool), 0);
    dw__fiber_measure(pool, true);
    struct fiber *f;
    assert_int_equal(dw__fiber_start(pool, goes_deep, NULL, &f), DW_OK);
    dw__fiber_wake(f, DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(ended, 1);
    assert_in_range(dw__fiber_high_water(pool), 50 * 1024, 128 * 1024);
}

static void leaves_poison(void *arg)
{
    (void)arg;
    char *frame = (char *)__builtin_frame_address(0) - 8192;
    dw__poison(frame, 4096); /* as a frame does that is never left: one that was jumped out of */
    (void)frame;
    ended++;
}

static void a_recycled_stack_is_clean_for_the_sanitizer(void **state)
{
    (void)state;
    assert_int_equal(dw__fiber_start(pool, leaves_poison, NULL, NULL), DW_OK);
    struct fiber *f;
    assert_int_equal(dw__fiber_start(pool, goes_deep, NULL, &f), DW_OK);
    dw__fiber_wake(f, DW_OK);
    dw__loop_run_until_idle(loop);
    assert_int_equal(ended, 2);
}

static void where_am_i(void *arg)
{
    *(uintptr_t *)arg = (uintptr_t)__builtin_frame_address(0);
}

static void the_guard_is_below_the_stack(void **state)
{
    (void)state;
    uintptr_t inside = 0;
    int outside;
    assert_int_equal(dw__fiber_start(pool, where_am_i, &inside, NULL), DW_OK);
    assert_true(dw__fiber_in_guard((void *)(inside - (128 << 10))));
    assert_false(dw__fiber_in_guard((void *)inside));
    assert_false(dw__fiber_in_guard(&outside));
    assert_false(dw__fiber_in_guard(NULL));
}

/* A child overflows a fiber's stack; its handler, on another stack, knows what happened. */
static void on_segv(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    _exit(dw__fiber_in_guard(info->si_addr) ? 42 : 1);
}

static void overflows(void *arg)
{
    (void)arg;
    (void)deep(1000000, "");
}

static void an_overflow_hits_the_guard(void **state)
{
    (void)state;
    if (under_valgrind())
        skip();
    pid_t child = fork();
    if (child == 0) {
        static char other[64 << 10];
        stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};
        struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigaltstack(&stack, NULL);
        sigaction(SIGSEGV, &action, NULL);
        (void)!dw__fiber_start(pool, overflows, NULL, NULL);
        _exit(2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void a_pool_is_bounded_by_the_kernel(void **state)
{
    (void)state;
    struct fiber_pool *huge;
    assert_int_equal(dw__fiber_pool_new(&huge, loop, 1u << 30, 0), DW_OK);
    assert_true(dw__fiber_max(huge) < 1u << 30);
    assert_int_equal(dw__fiber_start(huge, ends_at_once, &ended, NULL), DW_OK);
    dw__fiber_pool_free(huge);
}

/* ---- who watches ---- */

static int begun, let_go;

static void begins(void)
{
    assert_null(dw__fiber_self());
    assert_int_equal(begun, let_go);
    begun++;
}

static void lets_go(void)
{
    assert_null(dw__fiber_self());
    let_go++;
    assert_int_equal(begun, let_go);
}

static void parks_once(void *arg)
{
    assert_int_equal(begun, let_go + 1);
    assert_int_equal(dw__fiber_start(pool, ends_at_once, arg, NULL),
                     DW_OK); /* on the same turn of the processor */
    assert_int_equal(dw__fiber_park(in_ms(1)), DW_TIMEOUT);
    assert_int_equal(begun, let_go + 1);
    ended++;
}

static void each_run_is_watched(void **state)
{
    (void)state;
    begun = let_go = 0;
    dw__fiber_watch(&(struct fiber_watch){begins, lets_go});
    assert_int_equal(dw__fiber_start(pool, parks_once, &ended, NULL), DW_OK);
    assert_int_equal(begun, 1);
    assert_int_equal(let_go, 1);
    dw__loop_run_until_idle(loop);
    assert_int_equal(ended, 2);
    assert_int_equal(begun, 2);
    assert_int_equal(let_go, 2);
    dw__fiber_watch(NULL);
    assert_int_equal(dw__fiber_start(pool, ends_at_once, &ended, NULL), DW_OK);
    assert_int_equal(begun, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        TEST(thousands_that_end_at_once),
        TEST(each_run_is_watched),
        TEST(thousands_that_wait),
        TEST(the_deadline_comes),
        TEST(a_wake_before_the_deadline_removes_it),
        TEST(the_first_wake_counts),
        TEST(a_wake_of_one_that_runs_is_not_kept),
        TEST(only_the_interruptible_is_interrupted),
        TEST(a_fiber_starts_fibers),
        TEST(deep_stacks_are_measured),
        TEST(a_recycled_stack_is_clean_for_the_sanitizer),
        TEST(the_guard_is_below_the_stack),
        TEST(an_overflow_hits_the_guard),
        TEST(a_pool_is_bounded_by_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
