/* A child that crashes in each of the ways, and what is in its slot then. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "os/fiber.h"
#include "os/memfd.h"
#include "os/pool.h"
#include "os/sandbox.h"
#include "proc/crash.h"

static int status;

/* Runs crash() in a child that was told to report; what it left. */
static struct crash_record left_by(void (*crash)(void))
{
    struct crash_record r;
    int fd = -1;
    pid_t pid;

    assert_int_equal(dw__crash_slot(&fd), DW_OK);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dw__sandbox_warm_up();
        if (dw__crash_watch(dup(fd)) != DW_OK)
            _exit(1);
        crash();
        _exit(2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(dw__crash_read(fd, &r));
    close(fd);
    return r;
}

/* What it says, with the names of this program. */
static struct crash_report report_of(const struct crash_record *r)
{
    struct crash_report report;
    struct symbols symbols[DW__CRASH_MODULES];
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    dw__crash_symbols(r, fd, symbols);
    assert_true(dw__crash_describe(r, symbols, &report));
    dw__crash_symbols_release(symbols);
    close(fd);
    return report;
}

#if defined(__clang__)
#define AS_WRITTEN __attribute__((noinline, no_sanitize("undefined", "address")))
#else
#define AS_WRITTEN __attribute__((noinline, no_sanitize_undefined, no_sanitize_address))
#endif

AS_WRITTEN static void touch_what_is_not_there(void)
{
    static int *volatile nowhere = (int *)0x10;

    *(volatile int *)nowhere = 1;
}

static void a_fault_is_noted(void **state)
{
    struct crash_record r = left_by(touch_what_is_not_there);
    struct crash_report report = report_of(&r);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_int_equal(r.stage, CRASH_BACKTRACE);
    assert_int_equal(report.address, 0x10);
    assert_false(report.overflow);
    assert_ptr_equal(strstr(report.backtrace, "touch_what_is_not_there+0x"), report.backtrace);
    assert_non_null(strstr(report.backtrace, " left_by+0x"));
}

static void give_up(void)
{
    abort();
}

static void the_others_are_noted_too(void **state)
{
    struct crash_record r = left_by(give_up);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(report_of(&r).backtrace, "give_up+0x"));
    assert_non_null(strstr(report_of(&r).backtrace, " abort+0x")); /* of a library that the reader has too */
}

/* ---- on a fiber ---- */

static void (*on_fiber_do)(void);

static void work(void *arg)
{
    dw__fiber_serves(arg);
    on_fiber_do();
}

static void on_a_fiber(void)
{
    struct loop *loop;
    struct fiber_pool *pool;
    dw_ctx ctx = {.request_id = DW_TEXT("0123456789abcdef"), .route = DW_TEXT("/items/{id}")};

    if (dw__loop_new(&loop) == DW_OK && dw__fiber_pool_new(&pool, loop, 4, 4) == DW_OK &&
        dw__fiber_start(pool, work, &ctx, NULL) == DW_OK)
        _exit(3);
}

AS_WRITTEN static unsigned dig(unsigned depth)
{
    volatile unsigned char room[1024];

    room[depth % sizeof room] = (unsigned char)depth;
    if (depth == 1u << 30)
        return 0;
    return dig(depth + 1) + room[depth % sizeof room];
}

static void dig_down(void)
{
    if (dig(0) == 1)
        _exit(4);
}

static void the_request_is_noted(void **state)
{
    struct crash_record r;
    struct crash_report report;

    (void)state;
    on_fiber_do = touch_what_is_not_there;
    r = left_by(on_a_fiber);
    report = report_of(&r);
    assert_string_equal(report.request_id, "0123456789abcdef");
    assert_string_equal(report.route, "/items/{id}");
    assert_false(report.overflow);
    on_fiber_do = dig_down;
    r = left_by(on_a_fiber);
    report = report_of(&r);
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    assert_int_equal(report.overflow, CRASH_GUARD_FIBER);
    assert_int_equal(r.n_frames, DW__CRASH_FRAMES);
    assert_string_equal(report.route, "/items/{id}");
}

static void with_a_bad_request(void)
{
    static const dw_ctx bad = {.request_id = {(const char *)0x10, 10}};

    dw__fiber_serves(&bad);
    touch_what_is_not_there();
}

/* The fault at the request ends the process, and what was noted before counts. */
static void a_second_fault_costs_only_the_rest(void **state)
{
    struct crash_record r;
    struct crash_report report;

    (void)state;
    on_fiber_do = with_a_bad_request;
    r = left_by(on_a_fiber);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_int_equal(r.stage, CRASH_FAULT);
    report = report_of(&r);
    assert_ptr_equal(strstr(report.backtrace, "touch_what_is_not_there+0x"), report.backtrace);
}

/* ---- threads ---- */

static void *crash_too(void *barrier)
{
    pthread_barrier_wait(barrier);
    touch_what_is_not_there();
    return NULL;
}

static void several_at_once(void)
{
    pthread_barrier_t barrier;
    pthread_t threads[4];

    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, crash_too, &barrier) != 0)
            _exit(5);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void threads_that_crash_together_leave_one_report(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct crash_record r = left_by(several_at_once);

        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        assert_int_equal(r.stage, CRASH_BACKTRACE);
        assert_non_null(strstr(report_of(&r).backtrace, "crash_too+0x"));
    }
}

/* ---- in the pool ---- */

static void (*in_pool_do)(void);

static void in_pool(void *arg)
{
    (void)arg;
    in_pool_do();
}

static void on_fiber_for_pool(void *arg)
{
    struct services *services = arg;
    dw_ctx ctx = {.services = services,
                  .fiber = dw__fiber_self(),
                  .request_id = DW_TEXT("0123456789abcdef"),
                  .route = DW_TEXT("/token")};
    dw_err err = dw__pool_run(services->blocking, &ctx, in_pool, NULL, 0);

    (void)err;
}

static void in_a_pool(void)
{
    static struct services services;
    struct fiber_pool *fibers;

    if (dw__loop_new(&services.loop) == DW_OK && dw__fiber_pool_new(&fibers, services.loop, 4, 4) == DW_OK &&
        dw__pool_new(&services.blocking, services.loop, "test", 2, 2, 0) == DW_OK &&
        dw__fiber_start(fibers, on_fiber_for_pool, &services, NULL) == DW_OK)
        dw__loop_run_until_idle(services.loop);
    _exit(6);
}

static void a_job_of_the_pool_is_noted(void **state)
{
    struct crash_record r;
    struct crash_report report;

    (void)state;
    in_pool_do = touch_what_is_not_there;
    r = left_by(in_a_pool);
    report = report_of(&r);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_int_equal(report.overflow, CRASH_GUARD_NONE);
    assert_non_null(strstr(report.backtrace, " in_pool+0x"));
    assert_string_equal(report.request_id, "0123456789abcdef");
    assert_string_equal(report.route, "/token");
    in_pool_do = dig_down;
    r = left_by(in_a_pool);
    report = report_of(&r);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_int_equal(report.overflow, CRASH_GUARD_THREAD);
    assert_int_equal(r.n_frames, DW__CRASH_FRAMES);
    assert_string_equal(report.route, "/token");
}

static void without_a_slot_there_is_none(void **state)
{
    int fd = -1;

    (void)state;
    assert_int_equal(dw__crash_watch(-1), DW_DENIED);
    assert_int_equal(dw__shared_new("small", 64, &fd, NULL), DW_OK);
    assert_int_equal(dw__crash_watch(fd), DW_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_noted),
        cmocka_unit_test(the_others_are_noted_too),
        cmocka_unit_test(the_request_is_noted),
        cmocka_unit_test(a_second_fault_costs_only_the_rest),
        cmocka_unit_test(threads_that_crash_together_leave_one_report),
        cmocka_unit_test(a_job_of_the_pool_is_noted),
        cmocka_unit_test(without_a_slot_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
