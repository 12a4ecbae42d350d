/* Files of the audit log in a directory: which they are, in the order in which they were written; and that no more are removed than may be. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "app/audit_files.h"
#include "base/text.h"

#define NOW INT64_C(1769860800000) /* 2026-01-31T12:00:00Z */
#define HOUR INT64_C(3600000)

static char directory[64], log_path[96];
static struct audit_files files;

static void make(const char *name)
{
    char path[512];
    int fd;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool is_there(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static int setup(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/dewar-files-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(log_path, sizeof log_path, "%s/a.log", directory);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    dw__audit_files_release(&files);
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command) == 0 ? 0 : -1; /* NOLINT: a name of mkdtemp */
}

static void list(size_t n)
{
    dw__audit_files_release(&files);
    assert_int_equal(dw__audit_files_list(log_path, &files), DW_OK);
    assert_int_equal(files.n, n);
}

static void only_its_files_are_listed_in_their_order(void **state)
{
    char path[128];

    (void)state;
    list(0);
    make("a.log");
    make("a.log.20260131T120000000Z");
    make("a.log.20251231T120000000Z");
    make("a.log.20260131T120000001Z");
    make("a.log.1");
    make("b.log.20260131T120000000Z");
    make("a.log.20260131T120000000Z.gz");
    list(3);
    assert_string_equal(files.stamps[0].text, "20251231T120000000Z");
    assert_string_equal(files.stamps[2].text, "20260131T120000001Z");
    assert_true(dw__audit_files_path(log_path, &files.stamps[0], path, sizeof path));
    assert_int_equal(access(path, F_OK), 0);
    assert_false(dw__audit_files_path(log_path, &files.stamps[0], path, strlen(path)));
}

static void what_is_no_directory_is_said(void **state)
{
    (void)state;
    assert_int_equal(dw__audit_files_list("/nowhere/at/all/a.log", &files), DW_NOT_FOUND);
}

static void a_file_is_turned_behind_all_others(void **state)
{
    (void)state;
    make("a.log");
    list(0);
    assert_int_equal(dw__audit_files_turn(log_path, &files, NOW), DW_OK);
    assert_true(is_there("a.log.20260131T120000000Z") && !is_there("a.log"));
    list(1);
    assert_int_equal(dw__audit_files_turn(log_path, &files, NOW), DW_NOT_FOUND);
    make("a.log");
    assert_int_equal(dw__audit_files_turn(log_path, &files, NOW - HOUR), DW_OK); /* the clock was put back */
    assert_true(is_there("a.log.20260131T120000001Z"));
    make("a.log");
    assert_int_equal(dw__audit_files_turn(log_path, &files, NOW), DW_CONFLICT); /* never over another */
    assert_true(is_there("a.log"));
}

static size_t old(unsigned keep, int64_t ms)
{
    const struct audit_keep k = {keep, (uint64_t)ms};

    return dw__audit_files_old(&files, &k, NOW);
}

static void what_both_allow_is_old(void **state)
{
    (void)state;
    make("a.log.20260131T080000000Z");
    make("a.log.20260131T090000000Z");
    make("a.log.20260131T100000000Z");
    make("a.log.20260131T110000000Z");
    list(4);
    assert_int_equal(old(0, 0), 0);
    assert_int_equal(old(1, 0), 3);
    assert_int_equal(old(4, 0), 0);
    assert_int_equal(old(9, 0), 0);
    assert_int_equal(old(0, HOUR), 3); /* the last is just as old, and kept */
    assert_int_equal(old(0, 3 * HOUR), 1);
    assert_int_equal(old(0, 10 * HOUR), 0);
    assert_int_equal(old(1, 3 * HOUR), 1);
    assert_int_equal(old(3, HOUR), 1);
    assert_int_equal(old(0, INT64_MAX), 0);
}

static void the_oldest_are_removed_and_said_before(void **state)
{
    const struct audit_keep keep = {.files = 1}, all = {0};
    char path[128], text[4096] = "";
    struct log *log;
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%s/said", directory);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_int_equal(dw__log_new(&log, fd, DW_LOG_LEVEL_INFO, "monitor"), DW_OK);
    make("a.log");
    make("a.log.20260131T080000000Z");
    make("a.log.20260131T090000000Z");
    make("a.log.20260131T100000000Z");
    dw__audit_files_prune(log_path, &all, NOW, log);
    list(3);
    dw__audit_files_prune(log_path, &keep, NOW, log);
    list(1);
    assert_true(is_there("a.log") && is_there("a.log.20260131T100000000Z"));
    dw__log_free(log);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    assert_non_null(strstr(text, "\"audit.removed\",\"file\":\"a.log.20260131T080000000Z\""));
    assert_non_null(strstr(text, "\"audit.removed\",\"file\":\"a.log.20260131T090000000Z\""));
    assert_null(strstr(text, "T100000000Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_its_files_are_listed_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_directory_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_turned_behind_all_others, setup, teardown),
        cmocka_unit_test_setup_teardown(what_both_allow_is_old, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_are_removed_and_said_before, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
