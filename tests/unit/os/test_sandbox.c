/* Sealing, each time in a child, since there is no way back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sandbox.h"

static int in_child(int (*fn)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(fn());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int seals(void)
{
    struct rlimit core;
    dw__sandbox_warm_up();
    if (dw__sandbox_seal() != DW_OK)
        return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 2;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 3;
    return dw__sandbox_seal() == DW_OK ? 0 : 4; /* twice is once */
}

static void *waits(void *arg)
{
    (void)arg;
    pause();
    return NULL;
}

static int seals_late(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, waits, NULL) != 0)
        return 1;
    return dw__sandbox_seal() == DW_CONFLICT ? 0 : 2;
}

static void sealed(void **state)
{
    (void)state;
    assert_int_equal(in_child(seals), 0);
}

static void with_threads_it_is_too_late(void **state)
{
    (void)state;
    assert_int_equal(in_child(seals_late), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed),
        cmocka_unit_test(with_threads_it_is_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
