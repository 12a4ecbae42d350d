/* Files: what is refused, what is whole, what a failing disk does. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fault.h"
#include "os/file.h"

static char directory[32], path[64];
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    memcpy(directory, "/tmp/dewar-test-XXXXXX", sizeof("/tmp/dewar-test-XXXXXX"));
    dw__arena_init(&arena, NULL, 1 << 20);
    if (mkdtemp(directory) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/file", directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    (void)unlink(path);
    return rmdir(directory); /* fails when something was left behind */
}

static int entries(void)
{
    DIR *d = opendir(directory);
    int n = 0;
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n - 2;
}

static void is(const char *wanted)
{
    dw_text t;
    assert_int_equal(dw__file_read(&arena, path, 100, &t), DW_OK);
    assert_int_equal(t.n, strlen(wanted));
    assert_string_equal(t.p, wanted);
}

static void written_and_read(void **state)
{
    (void)state;
    dw_text t;
    assert_int_equal(dw__file_read(&arena, path, 100, &t), DW_NOT_FOUND);
    assert_int_equal(dw__file_write(path, "hello", 5, 0640), DW_OK);
    is("hello");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(dw__file_write(path, "", 0, 0600), DW_OK);
    is("");
    assert_int_equal(entries(), 1);
    assert_int_equal(dw__file_write("/nonexistent/x", "a", 1, 0600), DW_NOT_FOUND);
}

static void limits_hold(void **state)
{
    (void)state;
    dw_text t;
    assert_int_equal(dw__file_write(path, "12345", 5, 0600), DW_OK);
    assert_int_equal(dw__file_read(&arena, path, 5, &t), DW_OK);
    assert_int_equal(dw__file_read(&arena, path, 4, &t), DW_TOO_LARGE);
    assert_null(t.p);
    assert_int_equal(dw__file_read(&arena, path, SIZE_MAX, &t), DW_OK);
    assert_int_equal(dw__file_read(&arena, "/proc/self/status", 1 << 16, &t),
                     DW_OK); /* says it has 0 bytes */
    assert_true(t.n > 100);
    assert_int_equal(dw__file_read(&arena, "/proc/self/status", 100, &t), DW_TOO_LARGE);
}

static void strange_files_are_refused(void **state)
{
    (void)state;
    dw_text t;
    int fd;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(dw__file_read(&arena, path, 100, &t), DW_INVALID); /* and does not block */
    assert_int_equal(dw__file_open_log(path, &fd), DW_INVALID);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_int_equal(dw__file_open_log(path, &fd), DW_INVALID);
    assert_int_equal(fd, -1);
    close(reader);
    assert_int_equal(dw__file_read(&arena, "/dev/zero", 100, &t), DW_INVALID);
    assert_int_equal(dw__file_read(&arena, directory, 100, &t), DW_INVALID);
    assert_int_equal(dw__file_open_log(directory, &fd), DW_INVALID);
}

static void a_log_is_appended_to(void **state)
{
    (void)state;
    int fd;
    for (int i = 0; i < 2; i++) {
        mode_t before = umask(0);
        assert_int_equal(dw__file_open_log(path, &fd), DW_OK);
        umask(before);
        assert_int_equal(write(fd, "line\n", 5), 5);
        assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        close(fd);
    }
    is("line\nline\n");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(dw__file_open_log("/dev/null", &fd), DW_OK);
    close(fd);
}

/* Whoever may write to the directory of a log could have root append to any file. */
static void root_follows_no_link_to_a_log(void **state)
{
    (void)state;
    char link[100];
    int fd;
    (void)snprintf(link, sizeof(link), "%s/link", directory);
    assert_int_equal(symlink(path, link), 0);
    dw_err err = dw__file_open_log(link, &fd);
    assert_int_equal(err, geteuid() == 0 ? DW_INVALID : DW_OK);
    if (err == DW_OK)
        close(fd);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(access(path, F_OK), geteuid() == 0 ? -1 : 0);
}

static void directories_are_made(void **state)
{
    (void)state;
    char deep[100];
    (void)snprintf(deep, sizeof(deep), "%s/a//b/c/", directory);
    assert_int_equal(dw__file_make_dirs(deep, 0700), DW_OK);
    assert_int_equal(dw__file_make_dirs(deep, 0700), DW_OK);
    struct stat st;
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    for (const char *const *at = (const char *const[]){"a/b/c", "a/b", "a", NULL}; *at != NULL; at++) {
        (void)snprintf(deep, sizeof(deep), "%s/%s", directory, *at);
        assert_int_equal(rmdir(deep), 0);
    }
    assert_int_equal(dw__file_write(path, "", 0, 0600), DW_OK);
    (void)snprintf(deep, sizeof(deep), "%s/x", path);
    assert_int_equal(dw__file_make_dirs(deep, 0700), DW_NOT_FOUND);
    assert_int_equal(dw__file_make_dirs(path, 0700), DW_NOT_FOUND);
    assert_int_equal(dw__file_make_dirs("", 0700), DW_INVALID);
    assert_int_equal(dw__file_make_dirs("/", 0700), DW_OK);
}

static void a_failing_disk_leaves_the_old_file(void **state)
{
    (void)state;
#ifdef DW_FAULTS
    assert_int_equal(dw__file_write(path, "old", 3, 0600), DW_OK);
    dw__fault_set(DW__FAULT_WRITE, ENOSPC, 0, 1);
    assert_int_equal(dw__file_write(path, "new", 3, 0600), DW_UNAVAILABLE);
    assert_int_equal(errno, ENOSPC);
    is("old");
    dw__fault_set(DW__FAULT_FSYNC, EIO, 0, 1);
    assert_int_equal(dw__file_write(path, "new", 3, 0600), DW_UNAVAILABLE);
    is("old");
    dw__fault_set(DW__FAULT_OPEN, EMFILE, 0, 1);
    assert_int_equal(dw__file_write(path, "new", 3, 0600), DW_UNAVAILABLE);
    assert_int_equal(entries(), 1);
    dw__fault_set(DW__FAULT_WRITE, DW__FAULT_SHORT, 0, 5);
    assert_int_equal(dw__file_write(path, "written in pieces", 17, 0600), DW_OK);
    dw__fault_set(DW__FAULT_WRITE, 0, 0, 0);
    is("written in pieces");
    dw__fault_set(DW__FAULT_FSYNC, EIO, 1, 1); /* of the directory: it is there, but not promised */
    assert_int_equal(dw__file_write(path, "new", 3, 0600), DW_UNAVAILABLE);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        TEST(written_and_read),
        TEST(limits_hold),
        TEST(strange_files_are_refused),
        TEST(a_log_is_appended_to),
        TEST(root_follows_no_link_to_a_log),
        TEST(directories_are_made),
        TEST(a_failing_disk_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
