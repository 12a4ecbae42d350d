/* Files below one directory: nothing leads out of it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/dir.h"
#include "os/file.h"

static char top[32];
static struct arena arena;
static int dir;

static const char *at(const char *name)
{
    static char path[96];

    (void)snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    memcpy(top, "/tmp/dewar-test-XXXXXX", sizeof "/tmp/dewar-test-XXXXXX");
    dw__arena_init(&arena, NULL, 1 << 20);
    if (mkdtemp(top) == NULL || mkdir(at("in"), 0700) != 0 || mkdir(at("in/below"), 0700) != 0 ||
        dw__file_write(at("secret"), "secret", 6, 0600) != DW_OK ||
        dw__file_write(at("in/file"), "plain", 5, 0600) != DW_OK ||
        dw__file_write(at("in/below/file"), "below", 5, 0600) != DW_OK ||
        symlink("../secret", at("in/link")) != 0 || symlink("file", at("in/near")) != 0 ||
        symlink("..", at("in/below/up")) != 0 || mkfifo(at("in/fifo"), 0600) != 0)
        return -1;
    return dw__dir_open(at("in"), &dir) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"in/fifo", "in/below/up",   "in/near", "in/link",
                                        "in/file", "in/below/file", "secret"};

    (void)state;
    (void)close(dir);
    dw__arena_release(&arena);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(at(names[i]));
    (void)rmdir(at("in/below"));
    (void)rmdir(at("in"));
    return rmdir(top);
}

static dw_err reading(const char *name, dw_text *out)
{
    return dw__dir_read(&arena, dir, name, 100, out);
}

static void reads_what_is_below(void **state)
{
    dw_text t;

    (void)state;
    assert_int_equal(reading("file", &t), DW_OK);
    assert_true(dw__text_is(t, "plain"));
    assert_int_equal(reading("below/file", &t), DW_OK);
    assert_true(dw__text_is(t, "below"));
    assert_int_equal(dw__dir_read(&arena, dir, "file", 4, &t), DW_TOO_LARGE);
    assert_int_equal(reading("nothing", &t), DW_NOT_FOUND);
    assert_int_equal(reading("fifo", &t), DW_INVALID);
    assert_int_equal(reading("below", &t), DW_INVALID);
}

static void nothing_leads_out(void **state)
{
    static const char *const names[] = {"../secret", "below/../../secret", "/etc/passwd",       "link",
                                        "near",      "below/up/file",      "below/up/../secret"};
    dw_text t;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(reading(names[i], &t), DW_DENIED);
        assert_null(t.p);
    }
}

static void only_a_directory_is_opened(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(dw__dir_open(at("in/file"), &fd), DW_NOT_FOUND);
    assert_int_equal(dw__dir_open(at("nothing"), &fd), DW_NOT_FOUND);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_is_below, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_leads_out, setup, teardown),
        cmocka_unit_test_setup_teardown(only_a_directory_is_opened, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
