/* Counts that go on where a server has ended: by its own time, whole, and under its own key, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/limits.h"
#include "app/limits_file.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"
#include "guard/rate_table.h"
#include "os/file.h"

#define KEYS 1024u
#define ANY 99u
#define NOW_MS INT64_C(1767225600000)
#define OLD "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
#define NEW "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"

/* Where a server was, from its beginning to its end. */
struct server {
    struct loop *loop;
    struct log *log;
    int log_fd;
    struct limits_file *file;
    struct limits limits;
};

static char folder[] = "/tmp/dewar-limits-XXXXXX", path[64];

static struct keyring *ring_of(const char *roots)
{
    struct keyring *ring;
    char why[256];

    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){roots, strlen(roots)}, "DATA_KEYS", "secret", why, sizeof why),
        DW_OK);
    return ring;
}

/* A server that begins at that time of the world, on a machine that has run for so long. */
static struct server begin(size_t keys, const char *roots, int64_t unix_ms, uint64_t mono_ns)
{
    struct server s = {.log_fd = memfd_create("log", MFD_CLOEXEC)};
    struct keyring *ring = ring_of(roots);
    struct limits_file_config config = {.path = dw__text_of(path), .ring = ring};
    struct clock *clock;

    assert_int_equal(dw__loop_new(&s.loop), DW_OK);
    clock = dw__loop_clock_for_test(s.loop);
    dw__clock_set(clock, unix_ms);
    clock->mono_ns = mono_ns;
    assert_int_equal(dw__log_new(&s.log, dup(s.log_fd), DW_LOG_LEVEL_INFO, "test"), DW_OK);
    assert_int_equal(dw__limits_share(keys, &config.limits), DW_OK);
    config.log = s.log;
    config.loop = s.loop;
    assert_int_equal(dw__limits_file_new(&s.file, &config), DW_OK);
    assert_int_equal(dw__limits_open(&s.limits, config.limits), DW_OK); /* closes */
    dw__keyring_free(ring);
    return s;
}

/* Ends it; whether the log has had `event` (NULL: anything at all). */
static bool end(struct server *s, const char *event)
{
    char text[4096];
    ssize_t n;

    dw__limits_file_free(s->file);
    dw__limits_release(&s->limits);
    dw__loop_free(s->loop);
    dw__log_free(s->log);
    n = pread(s->log_fd, text, sizeof text - 1, 0);
    (void)close(s->log_fd);
    assert_true(n >= 0);
    text[n] = '\0';
    return event != NULL ? strstr(text, event) != NULL : n > 0;
}

static bool take(const struct server *s, dw_rate_strategy strategy)
{
    const struct rate_key key = {.limit = 7, .kind = 1};

    return dw__rate_take(s->limits.table, dw__rate_place(s->limits.table, &key),
                         &(struct rate_rule){{3, 60}, strategy, 1}, dw__loop_clock(s->loop)->mono_ns)
        .allowed;
}

static unsigned taken(const struct server *s, dw_rate_strategy strategy)
{
    unsigned n = 0;

    while (n < 5 && take(s, strategy))
        n++;
    return n;
}

/* A file in which three of three are taken. */
static void write_one(const char *roots)
{
    struct server s = begin(KEYS, roots, NOW_MS, UINT64_C(3600000000000));

    assert_int_equal(taken(&s, DW_RATE_GCRA), 3);
    dw__limits_file_write(s.file);
    (void)end(&s, NULL);
}

static void test_counts_go_on(void **state)
{
    static const struct {
        dw_rate_strategy strategy;
        unsigned after[3]; /* that are let through 0, 21 and 61 seconds later */
    } rows[] = {{DW_RATE_GCRA, {0, 1, 3}},
                {DW_RATE_FIXED_WINDOW, {0, 0, 3}},
                {DW_RATE_MOVING_WINDOW, {0, 0, 3}},
                {DW_RATE_SLIDING_COUNTER, {0, ANY, ANY}}}; /* a window begins when it begins */
    static const unsigned later[] = {0, 21, 61};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t k = 0; k < 3; k++) {
            struct server s;

            (void)unlink(path);
            s = begin(KEYS, OLD, NOW_MS, UINT64_C(3600000000000));
            assert_int_equal(taken(&s, rows[i].strategy), 3);
            dw__limits_file_write(s.file);
            assert_false(end(&s, NULL));
            /* The machine was started anew in between. */
            s = begin(KEYS, OLD, NOW_MS + later[k] * 1000, 5000000000);
            if (rows[i].after[k] != ANY)
                assert_int_equal(taken(&s, rows[i].strategy), rows[i].after[k]);
            assert_true(end(&s, "limit.restored"));
        }
}

/* What is written of a table that was restored is as good. */
static void test_again_and_again(void **state)
{
    (void)state;
    (void)unlink(path);
    write_one(OLD);
    for (unsigned i = 1; i <= 3; i++) {
        struct server s = begin(KEYS, OLD, NOW_MS + i * 21000, i * UINT64_C(1000000000));

        assert_int_equal(taken(&s, DW_RATE_GCRA), 1);
        dw__limits_file_write(s.file);
        assert_true(end(&s, "limit.restored"));
    }
}

static void test_a_clock_that_was_set_back(void **state)
{
    struct server s;

    (void)state;
    (void)unlink(path);
    write_one(OLD);
    s = begin(KEYS, OLD, NOW_MS - 86400000, 1);
    assert_int_equal(taken(&s, DW_RATE_GCRA), 0);
    dw__clock_set(dw__loop_clock_for_test(s.loop), NOW_MS - 86400000 + 61000);
    assert_int_equal(taken(&s, DW_RATE_GCRA), 3);
    (void)end(&s, NULL);
}

static void test_who_is_shut_out_stays_so(void **state)
{
    const struct rate_key key = {.limit = 9, .kind = 2}, other = {.limit = 10, .kind = 2};
    struct rate_held held[DW__RATE_BOX];
    struct rate_place at;
    struct server s;
    uint64_t now;

    (void)state;
    (void)unlink(path);
    s = begin(KEYS, OLD, NOW_MS, 1000000000);
    now = dw__loop_clock(s.loop)->mono_ns;
    dw__rate_hold(s.limits.table, dw__rate_place(s.limits.table, &key), now, now + UINT64_C(60000000000));
    dw__rate_box_note(s.limits.table, &key, now, now + UINT64_C(60000000000));
    dw__limits_file_write(s.file);
    (void)end(&s, NULL);
    s = begin(KEYS, OLD, NOW_MS + 20000, 7);
    assert_int_equal(dw__rate_box_list(s.limits.table, 7, held), 1);
    assert_int_equal(held[0].key.limit, 9);
    assert_true(held[0].left_ns == UINT64_C(40000000000));
    at = dw__rate_place(s.limits.table, &other);
    dw__rate_hold(s.limits.table, at, 7, 7 + UINT64_C(30000000000));
    assert_true(dw__rate_held(s.limits.table, at, 7, UINT64_C(60000000000)) == UINT64_C(30000000000));
    dw__rate_box_note(s.limits.table, &other, 7, 7 + UINT64_C(30000000000));
    assert_int_equal(dw__rate_box_list(s.limits.table, 7, held), 2);
    assert_int_equal(dw__rate_box_list(s.limits.table, UINT64_C(31000000000), held), 1);
    (void)end(&s, NULL);
}

/* ---- what is not believed ---- */

static void expect_anew(size_t keys, const char *roots)
{
    struct server s = begin(keys, roots, NOW_MS, 1);

    assert_int_equal(taken(&s, DW_RATE_GCRA), 3);
    assert_true(end(&s, "limit.not_restored"));
}

static void put(long at, unsigned char byte)
{
    FILE *f = fopen(path, "r+b");

    assert_non_null(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fputc(byte, f), byte);
    assert_int_equal(fclose(f), 0);
}

static void test_what_is_damaged(void **state)
{
    static const long places[] = {0, 14, 16, 24, 32, 40, 4000, -1, -32, -33};
    struct stat st;

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)unlink(path);
        write_one(OLD);
        put(places[i], 0xa5);
        expect_anew(KEYS, OLD);
    }
    for (unsigned cut = 1; cut < 3; cut++) {
        (void)unlink(path);
        write_one(OLD);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, cut == 1 ? st.st_size - 1 : 20), 0);
        expect_anew(KEYS, OLD);
        assert_int_equal(truncate(path, st.st_size + 1), 0);
        expect_anew(KEYS, OLD);
    }
    assert_int_equal(truncate(path, 0), 0);
    expect_anew(KEYS, OLD);
}

static void test_another_size_or_key(void **state)
{
    struct server s;

    (void)state;
    (void)unlink(path);
    write_one(OLD);
    expect_anew(2 * KEYS, OLD);
    expect_anew(KEYS / 2, OLD);
    expect_anew(KEYS, NEW);
    s = begin(KEYS, NEW "," OLD, NOW_MS, 1);
    assert_int_equal(taken(&s, DW_RATE_GCRA), 0);
    dw__limits_file_write(s.file);
    assert_true(end(&s, "limit.restored"));
    s = begin(KEYS, NEW "," OLD, NOW_MS, 1);
    assert_int_equal(taken(&s, DW_RATE_GCRA), 0);
    assert_true(end(&s, "limit.restored"));
}

static void test_what_is_no_file(void **state)
{
    struct server s;

    (void)state;
    (void)unlink(path);
    s = begin(KEYS, OLD, NOW_MS, 1); /* none: the first start */
    assert_int_equal(taken(&s, DW_RATE_GCRA), 3);
    assert_false(end(&s, NULL));
    assert_int_equal(mkdir(path, 0700), 0);
    expect_anew(KEYS, OLD);
    s = begin(KEYS, OLD, NOW_MS, 1);
    dw__limits_file_write(s.file);
    assert_true(end(&s, "limit.not_kept"));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_anew(KEYS, OLD);
}

static void test_nobody_else_reads_it_and_no_secret_is_in_it(void **state)
{
    struct keyring *ring = ring_of(OLD);
    struct arena arena;
    struct stat st;
    uint8_t keys[48];
    dw_text text;

    (void)state;
    (void)unlink(path);
    write_one(OLD);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    dw__arena_init(&arena, NULL, (size_t)4 << 20);
    assert_int_equal(dw__file_read(&arena, path, (size_t)2 << 20, &text), DW_OK);
    assert_int_equal(dw__keyring_derive(ring, 0, KEY_LIMITS, keys, sizeof keys), DW_OK);
    assert_null(memmem(text.p, text.n, keys, 16));
    assert_null(memmem(text.p, text.n, keys, 8));
    assert_null(memmem(text.p, text.n, keys + 16, 32));
    dw__arena_release(&arena);
    dw__keyring_free(ring);
}

struct stopping {
    struct loop *loop;
    struct timer timer;
};

static void stop(struct timer *timer)
{
    dw__loop_stop(DW__LIST_ENTRY(timer, struct stopping, timer)->loop);
}

static void test_it_is_written_now_and_then(void **state)
{
    struct stopping soon = {.timer = {.fn = stop}};
    struct limits_file *file;
    struct keyring *ring = ring_of(OLD);
    struct limits_file_config config = {.path = dw__text_of(path), .ring = ring, .every_ms = 5};

    (void)state;
    (void)unlink(path);
    assert_int_equal(dw__loop_new(&soon.loop), DW_OK);
    assert_int_equal(dw__limits_share(KEYS, &config.limits), DW_OK);
    config.loop = soon.loop;
    assert_int_equal(dw__limits_file_new(&file, &config), DW_OK);
    assert_int_equal(dw__timer_set(soon.loop, &soon.timer, dw__loop_clock(soon.loop)->mono_ns + 50000000),
                     DW_OK);
    dw__loop_run(soon.loop);
    assert_int_equal(access(path, F_OK), 0);
    dw__limits_file_free(file);
    dw__loop_free(soon.loop);
    dw__keyring_free(ring);
    (void)close(config.limits);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/limits", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* nothing else is left of it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_go_on),
        cmocka_unit_test(test_again_and_again),
        cmocka_unit_test(test_a_clock_that_was_set_back),
        cmocka_unit_test(test_who_is_shut_out_stays_so),
        cmocka_unit_test(test_what_is_damaged),
        cmocka_unit_test(test_another_size_or_key),
        cmocka_unit_test(test_what_is_no_file),
        cmocka_unit_test(test_nobody_else_reads_it_and_no_secret_is_in_it),
        cmocka_unit_test(test_it_is_written_now_and_then),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
