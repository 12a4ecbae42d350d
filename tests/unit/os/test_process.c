/* Processes: this test executes itself, and the child says what it was given. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/process.h"

extern char **environ;

/* ---- the child: exit status 0 when it is as it should be, else the number of what is not ---- */

static int only_these_are_open(const int *fds, size_t n)
{
    for (int fd = 0; fd < 1024; fd++) {
        bool wanted = false;
        for (size_t i = 0; i < n; i++)
            wanted = wanted || fds[i] == fd;
        if (wanted != (fcntl(fd, F_GETFD) >= 0))
            return 10 + fd % 100;
    }
    return 0;
}

static int child_descriptors(void)
{
    char c;
    int wrong = only_these_are_open((const int[]){0, 1, 2, 5, 9}, 5);
    if (wrong != 0)
        return wrong;
    if (read(5, &c, 1) != 1 || c != 'a' || read(9, &c, 1) != 1 || c != 'b')
        return 3;
    if (write(1, "x", 1) != 1 || read(0, &c, 1) != 0) /* /dev/null */
        return 4;
    return 0;
}

static int child_surroundings(void)
{
    sigset_t mask;
    struct sigaction action;
    int death = 0;
    if (environ != NULL && environ[0] != NULL)
        return 3;
    if (sigprocmask(SIG_BLOCK, NULL, &mask) != 0 || sigismember(&mask, SIGUSR1) != 0)
        return 4;
    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL)
        return 5;
    if (prctl(PR_GET_PDEATHSIG, &death) != 0 || death != SIGKILL)
        return 6;
    return getpgrp() == getpid() ? 0 : 7;
}

static int child_user(void)
{
    if (getuid() != 65534 || geteuid() != 65534 || getgid() != 65534 || getegid() != 65534)
        return 3;
    if (getgroups(0, NULL) != 0)
        return 4;
    return setuid(0) == 0 ? 5 : 0;
}

static int child(const char *role)
{
    if (strcmp(role, "descriptors") == 0)
        return child_descriptors();
    if (strcmp(role, "surroundings") == 0)
        return child_surroundings();
    if (strcmp(role, "user") == 0)
        return child_user();
    for (;;) /* "waits" */
        pause();
}

/* ---- the parent ---- */

static int self;

static dw_err spawn(struct process_spawn what, const char *role, struct process *p)
{
    const char *argv[] = {"test_process", "child", role, NULL};
    what.executable = self;
    what.argv = argv;
    return dw__process_spawn(&what, p);
}

static int status_of(struct process *p)
{
    int status = -1;
    struct pollfd ended = {.fd = p->pidfd, .events = POLLIN};
    assert_int_equal(poll(&ended, 1, 20000), 1);
    assert_true(dw__process_reap(p, &status));
    assert_int_equal(p->pid, -1);
    assert_false(dw__process_reap(p, &status));
    return status;
}

static int without_standard_descriptors(void)
{
    char c;
    close(STDIN_FILENO);
    close(STDERR_FILENO);
    if (dw__process_standard_fds() != DW_OK)
        return 1;
    if (read(STDIN_FILENO, &c, 1) != 0 || write(STDERR_FILENO, "x", 1) != 1)
        return 2;
    int next = open("/dev/zero", O_RDWR | O_CLOEXEC);
    return next > STDERR_FILENO && dw__process_standard_fds() == DW_OK ? 0 : 3;
}

static void standard_descriptors_are_never_free(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(without_standard_descriptors());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void descriptors_are_where_they_should_be(void **state)
{
    (void)state;
    int a[2], b[2], other = open("/dev/null", O_RDONLY); /* without close-on-exec */
    assert_true(other >= 0 && pipe(a) == 0 && pipe(b) == 0);
    assert_int_equal(write(a[1], "a", 1), 1);
    assert_int_equal(write(b[1], "b", 1), 1);
    /* The parent's numbers are the other one's targets: neither may overwrite the other. */
    int five = fcntl(b[0], F_DUPFD, 64), nine = fcntl(a[0], F_DUPFD, 64);
    assert_int_equal(dup2(five, 5), 5);
    assert_int_equal(dup2(nine, 9), 9);
    const struct process_fd fds[] = {{9, 5}, {5, 9}};
    struct process p;
    assert_int_equal(spawn((struct process_spawn){.fds = fds, .n_fds = 2}, "descriptors", &p), DW_OK);
    assert_true((fcntl(p.pidfd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(status_of(&p), 0);
}

static void nothing_else_is_inherited(void **state)
{
    (void)state;
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &before);
    (void)signal(SIGPIPE, SIG_IGN);
    setenv("PATH", "/bin", 1);
    struct process p;
    assert_int_equal(spawn((struct process_spawn){0}, "surroundings", &p), DW_OK);
    assert_int_equal(status_of(&p), 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void the_user_is_switched(void **state)
{
    (void)state;
    struct process p;
    struct process_spawn what = {.switch_user = true, .uid = 65534, .gid = 65534};
    if (getuid() != 0) {
        assert_int_equal(spawn(what, "user", &p), DW_DENIED);
        skip();
    }
    assert_int_equal(setgroups(2, (const gid_t[]){1, 4}), 0); /* there is something to give up */
    assert_int_equal(spawn(what, "user", &p), DW_OK);
    assert_int_equal(status_of(&p), 0);
}

static void signals_reach_it(void **state)
{
    (void)state;
    struct process p;
    int status = 0;
    assert_int_equal(spawn((struct process_spawn){0}, "waits", &p), DW_OK);
    assert_false(dw__process_reap(&p, &status));
    dw__process_signal(&p, SIGTERM);
    status = status_of(&p);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    dw__process_signal(&p, SIGTERM); /* harmless */
}

static void what_cannot_start_is_told(void **state)
{
    (void)state;
    struct process p;
    const struct process_fd twice[] = {{0, 5}, {1, 5}}, beyond[] = {{0, 256}}, closed[] = {{999, 5}};
    assert_int_equal(spawn((struct process_spawn){.fds = twice, .n_fds = 2}, "waits", &p), DW_INVALID);
    assert_int_equal(spawn((struct process_spawn){.fds = beyond, .n_fds = 1}, "waits", &p), DW_INVALID);
    assert_int_equal(spawn((struct process_spawn){.fds = closed, .n_fds = 1}, "waits", &p), DW_UNAVAILABLE);
    assert_int_equal(errno, EBADF);
    assert_int_equal(p.pid, -1);
    int keep = self;
    self = open("/dev/null", O_RDONLY | O_CLOEXEC); /* not a program */
    assert_int_equal(spawn((struct process_spawn){0}, "waits", &p), DW_DENIED);
    close(self);
    self = keep;
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* nobody is left */
}

static void signals_are_read(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(dw__signals_open((const int[]){SIGUSR1, SIGUSR2}, 2, &fd), DW_OK);
    assert_int_equal(dw__signals_read(fd), 0);
    (void)raise(SIGUSR2);
    assert_int_equal(dw__signals_read(fd), SIGUSR2);
    assert_int_equal(dw__signals_read(fd), 0);
    (void)raise(SIGPIPE); /* ignored */
    close(fd);
    assert_int_equal(dw__signals_open((const int[]){9999}, 1, &fd), DW_INVALID);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "child") == 0)
        return child(argv[2]);
    if (dw__process_self(&self) != DW_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_descriptors_are_never_free),
        cmocka_unit_test(descriptors_are_where_they_should_be),
        cmocka_unit_test(nothing_else_is_inherited),
        cmocka_unit_test(the_user_is_switched),
        cmocka_unit_test(signals_reach_it),
        cmocka_unit_test(what_cannot_start_is_told),
        cmocka_unit_test(signals_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
