/* Giving up the system, each time in a child, since there is no way back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sandbox.h"
#include "under_valgrind.h"

#define NO_FILTERS 77

/* How the child ends: its status, or 128 and its signal. */
static int in_child(int (*fn)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(fn());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void ends_with(int (*fn)(void), int expected)
{
    const int status = under_valgrind() ? NO_FILTERS : in_child(fn);
    if (status == NO_FILTERS)
        skip();
    assert_int_equal(status, expected);
}

/* 0, or what the child ends with. */
static int confine(void)
{
    const dw_err err = dw__sandbox_only_io();
    return err == DW_OK ? 0 : err == DW_NOT_IMPLEMENTED ? NO_FILTERS : 1;
}

static int works_with_what_is_open(void)
{
    char c = 0;
    int pipe_[2];
    struct stat st;
    int rc = pipe(pipe_) == 0 ? confine() : 2;
    if (rc != 0)
        return rc;
    void *p = malloc(1 << 20);
    if (p == NULL || write(pipe_[1], "x", 1) != 1 || read(pipe_[0], &c, 1) != 1 || c != 'x')
        return 3;
    free(p);
    if (fstat(pipe_[0], &st) != 0 || !S_ISFIFO(st.st_mode))
        return 4;
    return close(pipe_[0]) == 0 ? 0 : 5;
}

static int refused(long rc)
{
    return rc == -1 && errno == EPERM;
}

static int opens_and_reaches_nothing(void)
{
    const pid_t parent = getppid();
    int rc = confine();
    if (rc != 0)
        return rc;
    if (!refused(open("/dev/null", O_RDONLY)) || !refused(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0)) ||
        !refused(unlink("/nothing")) || !refused(memfd_create("x", 0)))
        return 2;
    if (!refused(socket(AF_INET, SOCK_DGRAM, 0)) ||
        !refused(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0})) || !refused(connect(0, NULL, 0)) ||
        !refused(sendto(1, "", 0, 0, NULL, 0)))
        return 3;
    if (!refused(execl("/bin/true", "true", (char *)NULL)) ||
        !refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)))
        return 4;
    if (!refused(kill(parent, 0)) || !refused(syscall(SYS_tgkill, parent, parent, 0)))
        return 5;
    return refused(syscall(SYS_ptrace, 0, 0, 0, 0)) &&
                   refused(syscall(SYS_newfstatat, AT_FDCWD, "/", NULL, 0))
               ? 0
               : 6;
}

static int executes_no_memory(void)
{
    int rc = confine();
    if (rc != 0)
        return rc;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p, 4096, PROT_READ) != 0)
        return 2;
    if (!refused(mprotect(p, 4096, PROT_READ | PROT_EXEC)))
        return 3;
    return mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EPERM
               ? 0
               : 4;
}

static int pipes_of_thread[2];

/* What a thread that was there before could do, it cannot any more. */
static void *tries(void *arg)
{
    char c;
    (void)arg;
    if (read(pipes_of_thread[0], &c, 1) != 1)
        return (void *)1;
    return refused(open("/dev/null", O_RDONLY)) ? NULL : (void *)1;
}

static int holds_for_all_threads(void)
{
    pthread_t thread;
    void *result = NULL;
    if (pipe(pipes_of_thread) != 0 || pthread_create(&thread, NULL, tries, NULL) != 0)
        return 2;
    int rc = confine();
    if (rc != 0)
        return rc;
    if (write(pipes_of_thread[1], "x", 1) != 1 || pthread_join(thread, &result) != 0)
        return 3;
    return result == NULL ? 0 : 4;
}

static int aborts(void)
{
    signal(SIGABRT, SIG_DFL);
    int rc = confine();
    if (rc != 0)
        return rc;
    abort();
}

static void what_is_open_works(void **state)
{
    (void)state;
    ends_with(works_with_what_is_open, 0);
}

static void nothing_else_is_reached(void **state)
{
    (void)state;
    ends_with(opens_and_reaches_nothing, 0);
}

static void no_memory_is_executed(void **state)
{
    (void)state;
    ends_with(executes_no_memory, 0);
}

/* Also one that has only just been started, and has calls to make before its first line. */
static void all_threads_are_held(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        ends_with(holds_for_all_threads, 0);
}

static void it_can_still_end_by_abort(void **state)
{
    (void)state;
    ends_with(aborts, 128 + SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open_works),        cmocka_unit_test(nothing_else_is_reached),
        cmocka_unit_test(no_memory_is_executed),     cmocka_unit_test(all_threads_are_held),
        cmocka_unit_test(it_can_still_end_by_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
