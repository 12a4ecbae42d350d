/* Threads: their stack, their guard, and for whom they work. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "os/thread.h"

#if defined(__clang__)
#define AS_WRITTEN __attribute__((noinline, no_sanitize("address")))
#else
#define AS_WRITTEN __attribute__((noinline, no_sanitize_address))
#endif

static void run(void (*fn)(void *arg), void *arg)
{
    struct thread thread;

    assert_int_equal(dw__thread_start(&thread, "a thread of a name", fn, arg), DW_OK);
    dw__thread_join(&thread);
}

/* ---- stack ---- */

struct seen {
    uintptr_t low, high;
    bool guard[4];
    sigset_t blocked;
    stack_t handlers;
    char name[16];
    const dw_ctx *ctx[2];
};

AS_WRITTEN static void fill_most(void *arg)
{
    volatile char room[900 << 10];
    struct seen *seen = arg;

    for (size_t i = 0; i < sizeof room; i += 4096)
        room[i] = 1;
    seen->low = (uintptr_t)room;
}

static void most_of_a_mebibyte_can_be_used(void **state)
{
    struct seen seen = {0};

    (void)state;
    run(fill_most, &seen);
    assert_int_not_equal(seen.low, 0);
}

AS_WRITTEN static void look(void *arg)
{
    struct seen *seen = arg;
    pthread_attr_t attr;
    void *low;
    size_t size;
    const char *at;

    if (pthread_getattr_np(pthread_self(), &attr) != 0 || pthread_attr_getstack(&attr, &low, &size) != 0)
        return;
    (void)pthread_attr_destroy(&attr);
    at = low;
    seen->guard[0] = dw__thread_in_guard(at);
    seen->guard[1] = dw__thread_in_guard(at - 1);
    seen->guard[2] = dw__thread_in_guard(at - (64 << 10));
    seen->guard[3] = dw__thread_in_guard(at - (64 << 10) - 1);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &seen->blocked);
    (void)sigaltstack(NULL, &seen->handlers);
    (void)pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
}

static void a_guard_lies_below(void **state)
{
    struct seen seen = {0};

    (void)state;
    run(look, &seen);
    assert_false(seen.guard[0]);
    assert_true(seen.guard[1] && seen.guard[2]);
    assert_false(seen.guard[3]);
    assert_false(dw__thread_in_guard(&seen)); /* this one has none that is known */
}

static void handlers_have_a_stack_and_get_faults_only(void **state)
{
    struct seen seen = {0};

    (void)state;
    run(look, &seen);
    assert_int_equal(seen.handlers.ss_flags, 0);
    assert_int_equal(seen.handlers.ss_size, 64 << 10);
    for (int s = 1; s < 32; s++) {
        bool fault = s == SIGSEGV || s == SIGBUS || s == SIGILL || s == SIGFPE || s == SIGABRT;

        if (s != SIGKILL && s != SIGSTOP)
            assert_int_equal(sigismember(&seen.blocked, s), !fault);
    }
}

static void it_has_a_name(void **state)
{
    struct seen seen = {0};
    struct thread thread;

    (void)state;
    assert_int_equal(dw__thread_start(&thread, "short", look, &seen), DW_OK);
    dw__thread_join(&thread);
    assert_string_equal(seen.name, "short");
    run(look, &seen);
    assert_string_equal(seen.name, "a thread of a n");
}

/* ---- for whom ---- */

static void serve(void *arg)
{
    static const dw_ctx ctx;
    struct seen *seen = arg;

    seen->ctx[0] = dw__thread_ctx();
    dw__thread_serves(&ctx);
    seen->ctx[1] = dw__thread_ctx();
}

static void whom_it_serves_is_its_own(void **state)
{
    struct seen seen = {0};

    (void)state;
    run(serve, &seen);
    assert_null(seen.ctx[0]);
    assert_non_null(seen.ctx[1]);
    assert_null(dw__thread_ctx());
}

/* ---- many ---- */

static void nothing(void *arg)
{
    (void)arg;
}

static size_t mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    size_t n = 0;

    assert_non_null(maps);
    for (int c; (c = getc(maps)) != EOF;)
        n += c == '\n';
    fclose(maps);
    return n;
}

static void memory_comes_back(void **state)
{
    size_t before;

    (void)state;
    run(nothing, NULL);
    before = mappings();
    for (int i = 0; i < 50; i++)
        run(nothing, NULL);
    assert_true(mappings() < before + 50); /* each has four */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_of_a_mebibyte_can_be_used),
        cmocka_unit_test(a_guard_lies_below),
        cmocka_unit_test(handlers_have_a_stack_and_get_faults_only),
        cmocka_unit_test(it_has_a_name),
        cmocka_unit_test(whom_it_serves_is_its_own),
        cmocka_unit_test(memory_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
