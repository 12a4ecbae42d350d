/* The pen: lines that hold together over restarts, a disk that is full, and files that are changed; nothing is promised that is not on the disk. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "auth/audit_verify.h"
#include "auth/audit_writer.h"
#include "base/text.h"
#include "os/fault.h"

static const uint8_t root[1][DW__AUDIT_KEY] = {{5}};
static char path[64], other[64], heads_path[64], log_path[64];
static struct log *log_;
static struct clock now;
static struct audit_writer *writer;
static unsigned answered_ok, answered_no;
static uint64_t last_ticket;
static int heads_fd;
static int before_fd = -1;
static struct audit_bounds bounds;
static struct audit_verify v;

static void answer(void *self, unsigned source, uint64_t ticket, bool ok)
{
    (void)self;
    assert_int_equal(source, 2);
    last_ticket = ticket;
    answered_ok += ok;
    answered_no += !ok;
}

static int open_append(const char *name)
{
    return open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void make_path(char *out)
{
    snprintf(out, 64, "/tmp/dewar-audit-XXXXXX");
    close(mkostemp(out, O_CLOEXEC));
}

static void start(void)
{
    int tail = open(path, O_RDONLY | O_CLOEXEC);
    struct audit_writer_config config = {.fd = open_append(path),
                                         .tail_fd = tail,
                                         .before_fd = before_fd,
                                         .bounds = bounds,
                                         .heads_fd = heads_fd,
                                         .log = log_,
                                         .clock = &now,
                                         .answer = answer};

    if (!now.frozen)
        dw__clock_read(&now);
    assert_int_equal(dw__audit_writer_new(&writer, &config, root[0]), DW_OK);
    close(tail);
    (void)dw__audit_writer_flush(writer);
}

static void stop(void)
{
    dw__audit_writer_free(writer);
    writer = NULL;
}

static int setup(void **state)
{
    (void)state;
    make_path(path);
    make_path(other);
    make_path(heads_path);
    make_path(log_path);
    answered_ok = answered_no = 0;
    before_fd = -1;
    bounds = (struct audit_bounds){0};
    now = (struct clock){0};
    heads_fd = open_append(heads_path);
    return dw__log_new(&log_, open_append(log_path), DW_LOG_LEVEL_INFO, "audit") == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dw__fault_set(DW__FAULT_WRITE, 0, 0, 0);
    dw__fault_set(DW__FAULT_FSYNC, 0, 0, 0);
    stop();
    dw__log_free(log_);
    close(heads_fd);
    unlink(path);
    unlink(other);
    unlink(heads_path);
    unlink(log_path);
    return 0;
}

static void add(uint64_t ticket)
{
    const struct audit_record record = {
        .event = AUDIT_LIMIT_EXCEEDED, .name = DW_TEXT_INIT("limit.exceeded"), .ticket = ticket};

    dw__audit_writer_add(writer, 2, "worker 0", &record);
}

/* All of a file, ended by NUL; the caller's. */
static char *content(const char *name)
{
    char *text = calloc(1, 8 << 20);
    int fd = open(name, O_RDONLY | O_CLOEXEC);

    assert_non_null(text);
    assert_true(read(fd, text, (8 << 20) - 1) >= 0);
    close(fd);
    return text;
}

static size_t count(const char *name, const char *what)
{
    char *text = content(name);
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        n++;
    free(text);
    return n;
}

static dw_err verify_file(const char *name)
{
    char *text = content(name);
    dw_text rest = dw__text_of(text);
    dw_err err = DW_OK;
    bool first = true;

    while (err == DW_OK && dw__text_find(rest, '\n') < rest.n) {
        err = dw__audit_verify_line(&v, dw__text_cut(&rest, '\n'), first);
        first = false;
    }
    free(text);
    return err;
}

static void begin_verify(void)
{
    char *text = content(heads_path);

    dw__audit_verify_init(&v, root, 1, 0);
    dw__audit_verify_heads(&v, dw__text_of(text));
    free(text);
}

static void holds(void)
{
    begin_verify();
    if (verify_file(path) != DW_OK || dw__audit_verify_end(&v, 0) != DW_OK)
        fail_msg("%.*s", (int)v.why.n, v.why.p);
}

static void lines_hold_over_restarts(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        start();
        add(0);
        add(0);
        assert_true(dw__audit_writer_flush(writer));
        stop();
    }
    holds();
    assert_int_equal(v.lines, 12);
    assert_int_equal(v.n_chains, 3);
    assert_int_equal(v.unclosed, 0);
    assert_int_equal(count(path, "\"after\":\"nothing\""), 1);
    assert_true(v.n_heads > 0);
}

static void who_waits_is_told_when_it_is_on_the_disk(void **state)
{
    (void)state;
    start();
    add(17);
    assert_int_equal(answered_ok, 0);
    assert_true(dw__audit_writer_flush(writer));
    assert_int_equal(answered_ok, 1);
    assert_int_equal(last_ticket, 17);
    dw__fault_set(DW__FAULT_FSYNC, EIO, 0, 1);
    add(18);
    assert_false(dw__audit_writer_flush(writer));
    assert_int_equal(answered_no, 1);
    assert_true(dw__audit_writer_flush(writer));
}

/* Nobody waits any more, and still the disk has not said that it has the line. */
static void a_disk_that_failed_is_asked_again(void **state)
{
    (void)state;
    start();
    dw__fault_set(DW__FAULT_FSYNC, EIO, 0, 2);
    add(17);
    assert_false(dw__audit_writer_flush(writer));
    assert_int_equal(answered_no, 1);
    assert_false(dw__audit_writer_flush(writer));
    add(18);
    assert_int_equal(answered_no, 2);
    assert_true(dw__audit_writer_flush(writer));
    add(19);
    assert_true(dw__audit_writer_flush(writer));
    assert_int_equal(answered_ok, 1);
}

static void a_full_disk_is_said_and_survived(void **state)
{
    (void)state;
    start();
    add(0);
    dw__fault_set(DW__FAULT_WRITE, ENOSPC, 0, 3);
    assert_false(dw__audit_writer_flush(writer));
    add(4); /* nobody waits for a disk that is full */
    assert_int_equal(answered_no, 1);
    add(0);
    assert_false(dw__audit_writer_flush(writer));
    assert_false(dw__audit_writer_flush(writer));
    assert_true(dw__audit_writer_flush(writer));
    add(5);
    assert_true(dw__audit_writer_flush(writer));
    assert_int_equal(answered_ok, 1);
    stop();
    dw__log_flush(log_);
    assert_int_equal(count(log_path, "\"audit.failed\""), 1);
    assert_int_equal(count(log_path, "\"audit.back\""), 1);
    assert_int_equal(count(path, "\"limit.exceeded\""), 3);
    assert_int_equal(count(path, "\"event\":\"audit.lost\""), 1);
    holds();
}

static void half_a_write_is_no_half_line(void **state)
{
    (void)state;
    start();
    dw__fault_set(DW__FAULT_WRITE, DW__FAULT_SHORT, 0, 5);
    add(0);
    assert_true(dw__audit_writer_flush(writer));
    dw__fault_set(DW__FAULT_WRITE, DW__FAULT_SHORT, 0, 1);
    add(0);
    assert_true(dw__audit_writer_flush(writer));
    stop();
    holds();
}

static void memory_is_bounded_and_what_is_lost_is_counted(void **state)
{
    unsigned n = 0;

    (void)state;
    start();
    dw__fault_set(DW__FAULT_WRITE, ENOSPC, 0, 1000000);
    while (!dw__audit_writer_is_full(writer)) {
        assert_true(n++ < 100000);
        add(0);
    }
    for (int i = 0; i < 7; i++)
        add(0);
    dw__audit_writer_garbage(writer, "worker 0");
    assert_false(dw__audit_writer_flush(writer));
    dw__fault_set(DW__FAULT_WRITE, 0, 0, 0);
    assert_true(dw__audit_writer_flush(writer));
    stop();
    holds();
    assert_int_equal(count(path, "\"limit.exceeded\""), n);
    assert_int_equal(count(path, "\"lines\":8"), 1);
}

static void what_a_sender_lost_is_a_line(void **state)
{
    const struct audit_record record = {
        .event = AUDIT_HOST_REFUSED, .name = DW_TEXT_INIT("host.refused"), .lost = 41};

    (void)state;
    start();
    dw__audit_writer_add(writer, 2, "worker 3", &record);
    assert_true(dw__audit_writer_flush(writer));
    assert_int_equal(count(path, "\"process\":\"worker 3\",\"lines\":41"), 1);
    stop();
    holds();
}

static void an_unfinished_line_is_left_and_told_of(void **state)
{
    int fd;

    (void)state;
    start();
    stop();
    fd = open_append(path);
    assert_int_equal(write(fd, "{\"time\":\"2", 10), 10);
    close(fd);
    start();
    stop();
    assert_int_equal(count(path, "\"torn\":10"), 1);
    holds();
    assert_int_equal(v.torn, 1);
}

static void what_is_no_log_is_no_beginning(void **state)
{
    int fd = open_append(path);

    (void)state;
    assert_int_equal(write(fd, "notes\n", 6), 6);
    close(fd);
    start();
    assert_int_equal(count(path, "\"after\":\"?\""), 1);
}

static void a_new_file_goes_on(void **state)
{
    (void)state;
    start();
    add(0);
    dw__audit_writer_rotate(writer, open_append(other));
    add(0);
    assert_true(dw__audit_writer_flush(writer));
    stop();
    assert_int_equal(count(other, "\"seq\":3,\"event\":\"audit.rotated\""), 1);
    begin_verify();
    assert_int_equal(verify_file(path), DW_OK);
    assert_int_equal(verify_file(other), DW_OK);
    assert_int_equal(dw__audit_verify_end(&v, 0), DW_OK);
    begin_verify(); /* the new one alone */
    assert_int_equal(verify_file(other), DW_OK);
    assert_int_equal(dw__audit_verify_end(&v, 0), DW_OK);
    begin_verify(); /* the old one alone: the rest is missing */
    assert_int_equal(verify_file(path), DW_OK);
    assert_int_equal(dw__audit_verify_end(&v, 0), DW_INVALID);
}

/* The old file has half of a line; the new one has it whole. */
static void a_new_file_when_the_old_is_full(void **state)
{
    (void)state;
    start();
    add(0);
    dw__fault_set(DW__FAULT_WRITE, DW__FAULT_SHORT, 0, 1);
    assert_true(dw__audit_writer_flush(writer));
    add(0);
    dw__fault_set(DW__FAULT_WRITE, ENOSPC, 0, 1);
    dw__audit_writer_rotate(writer, open_append(other));
    stop();
    assert_int_equal(count(path, "\"limit.exceeded\""), 1);
    assert_int_equal(count(other, "\"limit.exceeded\""), 1);
    begin_verify();
    assert_int_equal(verify_file(path), DW_OK);
    assert_int_equal(verify_file(other), DW_OK);
}

static void files_name_each_other(void **state)
{
    char said[128];

    (void)state;
    start();
    add(0);
    dw__audit_writer_rotate(writer, open_append(other));
    stop();
    assert_int_equal(count(path, "\"event\":\"audit.file_ended\""), 1);
    snprintf(said, sizeof said, "\"torn\":0,\"file\":\"%s\",\"last_mac\":\"", strrchr(path, '/') + 1);
    assert_int_equal(count(other, said), 1);
}

/* The monitor had given it another name, and a new file, and then it was killed. */
static void a_successor_follows_the_file_before(void **state)
{
    char *text, said[160];
    char name[64];

    (void)state;
    start();
    add(0);
    assert_true(dw__audit_writer_flush(writer));
    stop();
    before_fd = open(path, O_RDONLY | O_CLOEXEC);
    memcpy(name, path, sizeof name);
    memcpy(path, other, sizeof path); /* which is empty */
    memcpy(other, name, sizeof other);
    start();
    close(before_fd);
    stop();
    text = content(other);
    snprintf(said, sizeof said, "\"torn\":0,\"file\":\"%s\",\"last_mac\":\"%.64s\"", strrchr(other, '/') + 1,
             strrchr(text, ':') + 2);
    free(text);
    assert_int_equal(count(path, said), 1);
    begin_verify();
    assert_int_equal(verify_file(other), DW_OK);
    assert_int_equal(verify_file(path), DW_OK);
    assert_int_equal(dw__audit_verify_end(&v, 0), DW_OK);
}

static void a_file_is_due_when_it_is_long(void **state)
{
    unsigned n = 0;

    (void)state;
    bounds.size = 4096;
    start();
    assert_false(dw__audit_writer_is_due(writer));
    for (; !dw__audit_writer_is_due(writer); n++) {
        assert_true(n < 100);
        add(0);
        assert_false(dw__audit_writer_is_due(writer)); /* not before all of it is there */
        assert_true(dw__audit_writer_flush(writer));
    }
    assert_in_range(n, 5, 20);
    dw__audit_writer_rotate(writer, open_append(other));
    assert_false(dw__audit_writer_is_due(writer));
}

static void a_file_is_due_when_its_time_is_over(void **state)
{
    (void)state;
    bounds.age_ms = 60000;
    dw__clock_set(&now, INT64_C(1700000040000));
    start();
    dw__clock_set(&now, INT64_C(1700000099999));
    add(0);
    assert_true(dw__audit_writer_flush(writer));
    assert_false(dw__audit_writer_is_due(writer));
    dw__clock_set(&now, INT64_C(1700000100000));
    assert_true(dw__audit_writer_is_due(writer));
    dw__audit_writer_rotate(writer, open_append(other));
    dw__clock_set(&now, INT64_C(1700000160000));
    assert_false(dw__audit_writer_is_due(writer)); /* there is nothing in it */
    stop();
    start(); /* it is the time of what is in the file, and not that of its process */
    assert_true(dw__audit_writer_is_due(writer));
}

/* Wherever it is: what was said to be on the disk is there, and what is there holds. */
static void a_rotation_on_a_failing_disk_loses_nothing(void **state)
{
    static const int errors[] = {ENOSPC, DW__FAULT_SHORT, EIO};

    (void)state;
    for (unsigned skip = 0; skip < 5; skip++)
        for (size_t k = 0; k < sizeof errors / sizeof *errors; k++) {
            assert_int_equal(truncate(path, 0) | truncate(other, 0) | truncate(heads_path, 0), 0);
            start();
            add(0);
            dw__fault_set(DW__FAULT_WRITE, errors[k], skip, 2);
            dw__audit_writer_rotate(writer, open_append(other));
            dw__fault_set(DW__FAULT_WRITE, 0, 0, 0);
            assert_true(dw__audit_writer_flush(writer));
            add(0);
            stop();
            begin_verify();
            if (verify_file(path) != DW_OK || verify_file(other) != DW_OK ||
                dw__audit_verify_end(&v, 0) != DW_OK)
                fail_msg("%u, %zu: %.*s", skip, k, (int)v.why.n, v.why.p);
            assert_int_equal(count(path, "\"limit.exceeded\"") + count(other, "\"limit.exceeded\""), 2);
        }
}

static void heads_go_to_both(void **state)
{
    size_t n;

    (void)state;
    start();
    dw__audit_writer_head(writer);
    n = count(heads_path, "audit.head");
    assert_int_equal(n, 1);
    dw__audit_writer_head(writer); /* nothing new */
    assert_int_equal(count(heads_path, "audit.head"), n);
    add(0);
    dw__audit_writer_head(writer); /* it is not on the disk yet */
    assert_int_equal(count(heads_path, "audit.head"), n);
    assert_true(dw__audit_writer_flush(writer));
    dw__audit_writer_head(writer);
    assert_int_equal(count(heads_path, "audit.head"), n + 1);
    dw__log_flush(log_);
    assert_int_equal(count(log_path, "audit.head"), n + 1);
}

static void half_a_head_spoils_no_other(void **state)
{
    (void)state;
    start();
    dw__fault_set(DW__FAULT_WRITE, DW__FAULT_SHORT, 0, 1);
    dw__audit_writer_head(writer);
    add(0);
    assert_true(dw__audit_writer_flush(writer));
    dw__audit_writer_head(writer);
    assert_int_equal(count(heads_path, "\n{\"event\":\"audit.head\""), 1);
    stop();
    assert_int_equal(count(heads_path, "\n\n"), 0);
    holds();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_hold_over_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(who_waits_is_told_when_it_is_on_the_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_failed_is_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_and_survived, setup, teardown),
        cmocka_unit_test_setup_teardown(half_a_write_is_no_half_line, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_is_bounded_and_what_is_lost_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_sender_lost_is_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unfinished_line_is_left_and_told_of, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_log_is_no_beginning, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_file_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_file_when_the_old_is_full, setup, teardown),
        cmocka_unit_test_setup_teardown(files_name_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_successor_follows_the_file_before, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_due_when_it_is_long, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_due_when_its_time_is_over, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rotation_on_a_failing_disk_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(heads_go_to_both, setup, teardown),
        cmocka_unit_test_setup_teardown(half_a_head_spoils_no_other, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
