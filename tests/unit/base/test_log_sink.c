/* The log sink: every line whole, nothing waits for the destination, and what is lost is counted and told. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static struct log *log_;
static int file;
static char text[1 << 25];

static int set_up(void **state)
{
    (void)state;
    file = memfd_create("log", 0);
    assert_int_equal(dw__log_new(&log_, dup(file), DW_LOG_LEVEL_INFO, "t"), DW_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__log_free(log_);
    log_ = NULL;
    close(file);
    return 0;
}

static const char *content_of(int fd)
{
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

static const char *content(void)
{
    dw__log_flush(log_);
    return content_of(file);
}

static void put(const char *line)
{
    char mem[20000];
    struct buf b;
    dw__buf_init_fixed(&b, mem, sizeof mem);
    dw__buf_text(&b, (dw_text){line, strlen(line)});
    dw__log_end(log_, &b);
}

static void lines_come_in_order_with_their_process(void **state)
{
    (void)state;
    put("{\"n\":1");
    put("{\"n\":2");
    assert_string_equal(content(), "{\"n\":1,\"process\":\"t\"}\n{\"n\":2,\"process\":\"t\"}\n");
}

static void a_plain_line_is_what_it_is(void **state)
{
    char mem[20000];
    struct buf b;

    (void)state;
    dw__buf_init_fixed(&b, mem, sizeof mem);
    dw__buf_lit(&b, "for people\n");
    dw__log_plain(log_, &b);
    put("{\"n\":1");
    assert_string_equal(content(), "for people\n{\"n\":1,\"process\":\"t\"}\n");
    b.n = sizeof mem;
    dw__log_plain(log_, &b);
    assert_int_equal(dw__log_lost(log_), 1);
}

static void the_process_is_escaped_and_bounded(void **state)
{
    (void)state;
    char who[200];
    memset(who, '\n', sizeof who);
    who[199] = '\0';
    struct log *log;
    int fd = memfd_create("log", 0);
    assert_int_equal(dw__log_new(&log, dup(fd), DW_LOG_LEVEL_INFO, who), DW_OK);
    DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "x");
    dw__log_free(log);
    const char *line = content_of(fd);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    close(fd);
}

static void it_is_written_without_being_asked(void **state)
{
    (void)state;
    put("{");
    for (unsigned i = 0; i < 200 && *content_of(file) == '\0'; i++)
        usleep(10000);
    assert_string_equal(content_of(file), "{,\"process\":\"t\"}\n");
}

static void freeing_writes_what_is_left(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        struct log *log;
        int fd = memfd_create("log", 0);
        assert_int_equal(dw__log_new(&log, dup(fd), DW_LOG_LEVEL_INFO, "t"), DW_OK);
        DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "last");
        dw__log_free(log);
        assert_non_null(strstr(content_of(fd), "\"last\""));
        close(fd);
    }
    dw__log_free(NULL);
}

#define THREADS 4
#define LINES 20000

static void *put_many(void *p)
{
    unsigned who = *(unsigned *)p;
    char line[400], fill[260];
    memset(fill, 'x', sizeof fill);
    for (unsigned i = 0; i < LINES; i++) {
        uint64_t lost = dw__log_lost(log_);
        snprintf(line, sizeof line, "{\"who\":%u,\"i\":%u,\"fill\":\"%.*s\"", who, i, (int)(i * 7 % 256),
                 fill);
        put(line);
        if (dw__log_lost(log_) != lost || i % 500 == 0)
            usleep(1000); /* be no faster than the disk */
    }
    return NULL;
}

/* Every line is whole and in its thread's order; with log.lost lines for what is missing. */
static void check_lines(uint64_t lost)
{
    unsigned next[THREADS] = {0};
    uint64_t seen = 0, told = 0;
    size_t n = strlen(text);
    assert_int_equal(text[n - 1], '\n');
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        unsigned who, i;
        unsigned long lines;
        int used = 0;
        *end = '\0';
        const char *event = strstr(line, "\"log.lost\",\"lines\":");
        if (event != NULL) {
            assert_int_equal(sscanf(event, "\"log.lost\",\"lines\":%lu", &lines), 1);
            told += lines;
            continue;
        }
        assert_int_equal(sscanf(line, "{\"who\":%u,\"i\":%u,\"fill\":\"%n", &who, &i, &used), 2);
        assert_true(who < THREADS && i >= next[who] && i < LINES);
        next[who] = i + 1;
        assert_int_equal(strspn(line + used, "x"), i * 7 % 256);
        assert_string_equal(line + used + i * 7 % 256, "\",\"process\":\"t\"}");
        seen++;
    }
    assert_int_equal(seen + lost, THREADS * LINES);
    assert_true(told <= lost);
}

static void several_threads_at_once(void **state)
{
    (void)state;
    pthread_t t[THREADS];
    unsigned who[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        who[i] = i;
        assert_int_equal(pthread_create(&t[i], NULL, put_many, &who[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    (void)content();
    check_lines(dw__log_lost(log_));
}

static _Atomic bool stuck, entered;

static ssize_t write_stuck(int fd, const void *p, size_t n)
{
    entered = true;
    while (stuck)
        usleep(1000);
    return write(fd, p, n);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void a_stuck_destination_stops_nobody(void **state)
{
    (void)state;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    stuck = true;
    entered = false;
    dw__log_write_with(log_, write_stuck);
    put("{\"first\":1");
    while (!entered)
        usleep(1000);
    double start = now_s();
    for (unsigned i = 0; i < 3000; i++)
        put(line);
    assert_true(now_s() - start < 1.0);
    uint64_t lost = dw__log_lost(log_);
    assert_in_range(lost, 1900, 2100);
    stuck = false;
    put("{\"last\":1");
    const char *all = content();
    char want[60];
    snprintf(want, sizeof want, "\"event\":\"log.lost\",\"lines\":%u,\"process\":\"t\"}\n",
             (unsigned)dw__log_lost(log_));
    assert_non_null(strstr(all, want));
    size_t lines = 0;
    for (const char *p = all; (p = strstr(p, "xxx,\"process")) != NULL; p++)
        lines++;
    assert_int_equal(lines + lost, 3000);
}

static void freeing_does_not_wait_for_ever(void **state)
{
    (void)state;
    struct log *log;
    int fd = memfd_create("log", 0);
    assert_int_equal(dw__log_new(&log, fd, DW_LOG_LEVEL_INFO, "t"), DW_OK);
    stuck = true;
    entered = false;
    dw__log_write_with(log, write_stuck);
    DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "x");
    while (!entered)
        usleep(1000);
    double start = now_s();
    dw__log_free(log);
    assert_true(now_s() - start < 10.0);
    stuck = false;
}

static _Atomic int fail_with, writes;
static _Atomic size_t short_by;

static ssize_t write_failing(int fd, const void *p, size_t n)
{
    writes++;
    if (fail_with == EINTR && writes % 2 == 1) {
        errno = EINTR;
        return -1;
    }
    if (fail_with != 0 && fail_with != EINTR) {
        /* A disk that fills within a write takes a part of it first. */
        if (short_by > 0 && n > short_by) {
            n = short_by;
            short_by = 0;
            return write(fd, p, n);
        }
        errno = fail_with;
        return -1;
    }
    return write(fd, p, n > 7 ? 7 : n); /* always short */
}

static void short_and_interrupted_writes_lose_nothing(void **state)
{
    (void)state;
    writes = 0;
    fail_with = EINTR;
    dw__log_write_with(log_, write_failing);
    put("{\"a\":1234567890");
    put("{\"b\":1234567890");
    assert_string_equal(content(),
                        "{\"a\":1234567890,\"process\":\"t\"}\n{\"b\":1234567890,\"process\":\"t\"}\n");
    assert_int_equal(dw__log_lost(log_), 0);
    fail_with = 0;
}

static void lost_lines_are_told_when_writing_works_again(void **state)
{
    (void)state;
    fail_with = ENOSPC;
    short_by = 0;
    dw__log_write_with(log_, write_failing);
    for (unsigned i = 0; i < 5; i++) {
        put("{\"gone\":1");
        dw__log_flush(log_);
    }
    assert_string_equal(content(), "");
    assert_int_equal(dw__log_lost(log_), 5);
    fail_with = 0;
    put("{\"back\":1");
    const char *all = content();
    const char *told =
        strstr(all, "\"level\":\"error\",\"kind\":\"event\",\"event\":\"log.lost\",\"lines\":5,"
                    "\"process\":\"t\"}\n{\"back\":1,\"process\":\"t\"}\n");
    assert_non_null(told);
    assert_null(strstr(all, "gone"));
    put("{\"later\":1");
    all = content();
    assert_non_null(strstr(all, "\"later\""));
    assert_null(strstr(strstr(all, "log.lost") + 1, "log.lost")); /* told once */
}

static void a_torn_line_does_not_spoil_the_next(void **state)
{
    (void)state;
    fail_with = ENOSPC;
    short_by = 40; /* the first line, of 24 bytes, and a part of the second */
    dw__log_write_with(log_, write_failing);
    /* Both in one batch: flush only after the second. */
    put("{\"one\":1");
    put("{\"two\":2");
    put("{\"three\":3");
    dw__log_flush(log_);
    assert_true(dw__log_lost(log_) >= 2);
    fail_with = 0;
    put("{\"four\":4");
    const char *all = content();
    const char *four = strstr(all, "\n{\"four\":4,\"process\":\"t\"}\n");
    const char *told = strstr(all, "\n{\"time\":");
    assert_non_null(told);
    assert_non_null(four);
    assert_true(told < four);
}

static void a_line_that_does_not_fit_is_counted(void **state)
{
    (void)state;
    char small[4];
    struct buf b;
    dw__buf_init_fixed(&b, small, sizeof small);
    DW__LOG_BEGIN(&b, NULL, DW_LOG_LEVEL_INFO, "app", "x");
    dw__log_end(log_, &b);
    assert_int_equal(dw__log_lost(log_), 1);
    static char huge[17001];
    memset(huge, 'x', 17000);
    put(huge);
    assert_int_equal(dw__log_lost(log_), 2);
    put("{\"next\":1");
    assert_non_null(strstr(content(), "\"lines\":2,\"process\":\"t\"}\n{\"next\":1,"));
}

static void reopening_goes_to_the_new_file(void **state)
{
    (void)state;
    int other = memfd_create("other", 0);
    put("{\"old\":1");
    dw__log_flush(log_);
    stuck = true;
    entered = false;
    dw__log_write_with(log_, write_stuck);
    put("{\"busy\":1");
    while (!entered)
        usleep(1000);
    int unused = dup(file);
    dw__log_reopen(log_, unused);
    dw__log_reopen(log_, dup(other));
    assert_int_equal(fcntl(unused, F_GETFD), -1); /* replaced before it was used: closed */
    stuck = false;
    dw__log_flush(log_);
    put("{\"new\":1");
    dw__log_flush(log_);
    assert_string_equal(content_of(file), "{\"old\":1,\"process\":\"t\"}\n{\"busy\":1,\"process\":\"t\"}\n");
    assert_string_equal(content_of(other), "{\"new\":1,\"process\":\"t\"}\n");
    close(other);
}

static _Atomic size_t largest;

static ssize_t write_measured(int fd, const void *p, size_t n)
{
    if (n > largest)
        largest = n;
    assert_int_equal(((const char *)p)[n - 1], '\n');
    return write(fd, p, n);
}

static void a_pipe_gets_what_stays_together(void **state)
{
    (void)state;
    int fds[2];
    struct log *log;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dw__log_new(&log, fds[1], DW_LOG_LEVEL_INFO, "t"), DW_OK);
    largest = 0;
    dw__log_write_with(log, write_measured);
    for (unsigned i = 0; i < 200; i++)
        DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "x", DW_KV(fill, "1234567890123456789012345678901234567890"));
    dw__log_free(log);
    assert_in_range(largest, PIPE_BUF / 2, PIPE_BUF);
    close(fds[0]);
}

static void without_a_log_there_is_standard_error(void **state)
{
    (void)state;
    int fds[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], STDERR_FILENO);
    DW__EVENT(NULL, NULL, DW_LOG_LEVEL_INFO, "early", DW_KV(n, 1));
    DW_LOG_DEBUG(NULL, "quiet");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fds[1]);
    ssize_t n = read(fds[0], text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    close(fds[0]);
    assert_non_null(strstr(text, "\"kind\":\"event\",\"event\":\"early\",\"n\":1}\n"));
    assert_null(strstr(text, "quiet"));
}

static void standard_error_is_duplicated(void **state)
{
    (void)state;
    struct log *log;
    assert_int_equal(dw__log_new(&log, STDERR_FILENO, DW_LOG_LEVEL_INFO, "t"), DW_OK);
    dw__log_free(log);
    assert_true(fcntl(STDERR_FILENO, F_GETFD) >= 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_come_in_order_with_their_process),
        TEST(a_plain_line_is_what_it_is),
        TEST(the_process_is_escaped_and_bounded),
        TEST(it_is_written_without_being_asked),
        TEST(freeing_writes_what_is_left),
        TEST(several_threads_at_once),
        TEST(a_stuck_destination_stops_nobody),
        TEST(freeing_does_not_wait_for_ever),
        TEST(short_and_interrupted_writes_lose_nothing),
        TEST(lost_lines_are_told_when_writing_works_again),
        TEST(a_torn_line_does_not_spoil_the_next),
        TEST(a_line_that_does_not_fit_is_counted),
        TEST(reopening_goes_to_the_new_file),
        TEST(a_pipe_gets_what_stays_together),
        TEST(without_a_log_there_is_standard_error),
        TEST(standard_error_is_duplicated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
