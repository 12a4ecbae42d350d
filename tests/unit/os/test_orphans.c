/* Processes that a child leaves behind: they come to us, and end. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/orphans.h"

static pid_t friend;

static bool is_friend(void *self, pid_t pid)
{
    (void)self;
    return pid == friend;
}

static pid_t start(void)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)alarm(60);
        for (;;)
            pause();
    }
    return pid;
}

/* Until there are none; how many there were at first. */
static size_t end_all(void)
{
    size_t first = dw__orphans_end(is_friend, NULL);

    for (int i = 0; i < 500 && dw__orphans_end(is_friend, NULL) > 0; i++)
        usleep(1000);
    assert_int_equal(dw__orphans_end(is_friend, NULL), 0);
    return first;
}

static void strangers_end_and_friends_do_not(void **state)
{
    pid_t strangers[300];

    (void)state;
    friend = start();
    for (size_t i = 0; i < 300; i++)
        strangers[i] = start();
    assert_int_equal(end_all(), 300);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(kill(strangers[i], 0), -1); /* reaped, too */
    assert_int_equal(kill(friend, SIGKILL), 0);
    assert_int_equal(waitpid(friend, NULL, 0), friend);
    friend = 0;
}

static void orphans_come_to_us(void **state)
{
    int pipes[2];
    pid_t parent, orphan = 0;

    (void)state;
    dw__orphans_take();
    assert_int_equal(pipe(pipes), 0);
    parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        orphan = start();
        _exit(write(pipes[1], &orphan, sizeof orphan) != sizeof orphan);
    }
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(read(pipes[0], &orphan, sizeof orphan), sizeof orphan);
    assert_int_equal(end_all(), 1);
    assert_int_equal(kill(orphan, 0), -1);
    close(pipes[0]);
    close(pipes[1]);
}

static void without_any_there_are_none(void **state)
{
    (void)state;
    assert_int_equal(dw__orphans_end(is_friend, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_end_and_friends_do_not),
        cmocka_unit_test(orphans_come_to_us),
        cmocka_unit_test(without_any_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
