/* test_sqlite_open.c -- a database below a directory that the server's user may not look at: root's home, say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sql.h"

#define NOBODY 65534

/* Runs as nobody in `top`, as a child of the monitor does; the status of the process. */
static int open_both(void)
{
    char text[512];
    struct buf why;
    struct sql_handle *writer, *reader;

    dw__buf_init_fixed(&why, text, sizeof text);
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 2;
    if (access("..", R_OK) == 0)
        return 3;
    if (dw__sql_open(&writer, "data/x.db", SQL_READ_WRITE, &why) != DW_OK)
        return 4;
    if (dw__sql_open(&reader, "data/x.db", SQL_READ_ONLY, &why) != DW_OK)
        return 5;
    dw__sql_close(reader);
    dw__sql_close(writer);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_tree(const char *top)
{
    assert_int_equal(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void opens_below_a_directory_that_is_out_of_bounds(void **state)
{
    char outer[] = "/tmp/dewar-XXXXXX";
    struct stat made;
    int status, back;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(back >= 0);
    assert_non_null(mkdtemp(outer)); /* 0700, root's */
    assert_int_equal(chdir(outer), 0);
    assert_int_equal(mkdir("checkout", 0755), 0);
    assert_int_equal(mkdir("checkout/data", 0700), 0);
    assert_int_equal(chown("checkout/data", NOBODY, NOBODY), 0);
    assert_int_equal(chdir("checkout"), 0);
    pid = fork();
    if (pid == 0)
        _exit(open_both());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(stat("data/x.db", &made), 0);
    assert_int_equal(made.st_mode & 0777, 0600);
    assert_int_equal(fchdir(back), 0);
    (void)close(back);
    remove_tree(outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_below_a_directory_that_is_out_of_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
