/* A check that holds says nothing; one that does not ends the process and says where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

struct thing {
    unsigned magic;
};

static void check_null(void)
{
    struct thing *volatile none = NULL;
    DW__MAGIC(none, 0x1234u);
}

static void check_magic(void)
{
    struct thing t = {0x4321u};
    DW__MAGIC(&t, 0x1234u);
}

static void check_false(void)
{
    volatile int one = 1;
    DW__CHECK(one == 2);
}

/* What `fn` writes to standard error in a child that it aborts. */
static void aborts(void (*fn)(void), const char *says)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        dup2(fds[1], STDERR_FILENO);
        fn();
        _exit(0);
    }
    close(fds[1]);
    char text[1024];
    ssize_t n = read(fds[0], text, sizeof text - 1);
    close(fds[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, says));
    assert_non_null(strstr(text, "test_check.c:"));
    assert_int_equal(text[n - 1], '\n');
}

static void what_does_not_hold_aborts(void **state)
{
    (void)state;
    aborts(check_false, "one == 2");
    aborts(check_null, "!= NULL");
    aborts(check_magic, "magic");
}

static void what_holds_says_nothing(void **state)
{
    (void)state;
    struct thing t = {0x1234u};
    DW__CHECK(1 + 1 == 2);
    DW__MAGIC(&t, 0x1234u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_hold_aborts),
        cmocka_unit_test(what_holds_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
