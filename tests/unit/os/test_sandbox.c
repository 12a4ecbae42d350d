/* Sealing, each time in a child, since there is no way back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

/* Nothing can be changed through a path, by no right of the user; what is open can. */
static int changes_no_file(void)
{
    char path[] = "/tmp/dewar-sandbox-XXXXXX", other[] = "/tmp/dewar-sandbox-XXXXXX";
    int fd = mkstemp(path);
    dw_err err;
    if (fd < 0)
        return 1;
    err = dw__sandbox_no_file_changes();
    if (err == DW_NOT_IMPLEMENTED)
        return unlink(path) == 0 ? 77 : 2;
    if (err != DW_OK || write(fd, "x", 1) != 1)
        return 3;
    if (open(path, O_WRONLY) >= 0 || open(path, O_RDWR) >= 0 || mkstemp(other) >= 0 || unlink(path) == 0)
        return 4;
    if (execl("/bin/true", "true", (char *)NULL) == 0)
        return 5;
    return open(path, O_RDONLY) >= 0 ? 0 : 6;
}

static void no_file_changes(void **state)
{
    int status = in_child(changes_no_file);
    (void)state;
    if (status == 77)
        skip(); /* no Landlock here */
    assert_int_equal(status, 0);
}

static int signals_nobody(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u /* its version */);
    if (abi < 6)
        return 77;
    if (kill(getppid(), 0) != 0 || dw__sandbox_no_file_changes() != DW_OK)
        return 1;
    if (kill(getppid(), 0) == 0 || errno != EPERM)
        return 2;
    return kill(getpid(), 0) == 0 ? 0 : 3;
}

static void no_signals_to_others(void **state)
{
    int status = in_child(signals_nobody);
    (void)state;
    if (status == 77)
        skip(); /* no Landlock that knows of signals */
    assert_int_equal(status, 0);
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
        cmocka_unit_test(no_file_changes),
        cmocka_unit_test(no_signals_to_others),
        cmocka_unit_test(with_threads_it_is_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
