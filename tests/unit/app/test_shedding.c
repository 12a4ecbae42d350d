/* What load is: the levels, and what a worker hears at its beats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "app/shedding.h"
#include "base/text.h"

static void levels(void **state)
{
    (void)state;
    assert_int_equal(dw__shedding_level(0, 100, 0, 90), LOAD_CALM);
    assert_int_equal(dw__shedding_level(99, 100, 89, 90), LOAD_CALM);
    assert_int_equal(dw__shedding_level(100, 100, 0, 90), LOAD_HIGH);
    assert_int_equal(dw__shedding_level(399, 100, 0, 90), LOAD_HIGH);
    assert_int_equal(dw__shedding_level(400, 100, 0, 90), LOAD_FULL);
    assert_int_equal(dw__shedding_level(0, 100, 90, 90), LOAD_HIGH);
    assert_int_equal(dw__shedding_level(0, 100, 94, 90), LOAD_HIGH);
    assert_int_equal(dw__shedding_level(0, 100, 95, 90), LOAD_FULL);
    assert_int_equal(dw__shedding_level(0, 100, 100, 100), LOAD_CALM); /* never by memory */
    assert_int_equal(dw__shedding_level(100, 100, 100, 100), LOAD_HIGH);
}

static struct loop *loop;
static struct shedding s;

static void beat(int64_t late_ms)
{
    struct clock *clock = dw__loop_clock_for_test(loop);

    dw__lag_work(&s.lag);
    dw__clock_set(clock, clock->unix_ms + DW__LAG_BEAT_MS + late_ms);
    for (int i = 0; i < 3; i++) {
        dw__loop_stop(loop);
        dw__loop_run(loop);
    }
}

static void put(const char *directory, const char *name, const char *text)
{
    char path[128];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0 && fclose(f) == 0, 1);
}

static void what_is_heard(void **state)
{
    char directory[] = "/tmp/shedding-XXXXXX";
    struct config config = {.shed_lag_ms = 100, .shed_memory = 90};
    struct counts counts = {0};
    struct clock *clock;

    (void)state;
    assert_non_null(mkdtemp(directory));
    config.cgroup = dw__text_of(directory);
    assert_int_equal(dw__loop_new(&loop), DW_OK);
    assert_int_equal(dw__shedding_open(&s, loop, &config, &counts), DW_OK);
    clock = dw__loop_clock_for_test(loop);
    dw__clock_set(clock, clock->unix_ms);
    beat(150);
    assert_int_equal(s.load.level, LOAD_CALM); /* once */
    assert_int_equal(counts.lag_ms, 150);
    beat(120);
    assert_int_equal(s.load.level, LOAD_HIGH);
    beat(500);
    assert_int_equal(s.load.level, LOAD_HIGH);
    beat(500);
    assert_int_equal(s.load.level, LOAD_FULL);
    beat(0);
    assert_int_equal(s.load.level, LOAD_CALM);
    put(directory, "memory.max", "1000\n");
    put(directory, "memory.current", "920\n");
    beat(0);
    assert_int_equal(s.load.level, LOAD_CALM); /* it was just read */
    beat(80), beat(80), beat(80);
    assert_int_equal(s.load.level, LOAD_HIGH);
    assert_int_equal(s.load.memory_percent, 92);
    put(directory, "memory.current", "970\n");
    beat(80), beat(80), beat(80);
    assert_int_equal(s.load.level, LOAD_FULL);
    put(directory, "memory.current", "100\n");
    beat(80), beat(80), beat(80);
    assert_int_equal(s.load.level, LOAD_CALM);
    dw__shedding_close(&s);
    dw__loop_free(loop);
    put(directory, "memory.max", "");
    for (int i = 0; i < 2; i++) {
        char path[128];

        (void)snprintf(path, sizeof path, "%s/%s", directory, i == 0 ? "memory.max" : "memory.current");
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
}

/* Bytes of this process that are in memory. */
static size_t resident(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*u %lu", &pages), 1);
    (void)fclose(f);
    return pages * 4096;
}

#define PIECES 8192u
#define PIECE 4096u

/* Where memory is short, what was freed is given back, though something at its end is still in use. (A sanitizer's memory is not the C library's to give.) */
static void what_was_freed_is_given_back(void **state)
{
    static char *pieces[PIECES];
    size_t full, half;

    (void)state;
    s = (struct shedding){.memory_percent = 90, .load.memory_percent = 89};
    for (size_t i = 0; i < PIECES; i++)
        memset(pieces[i] = malloc(PIECE), 1, PIECE);
    full = resident();
    half = full - (size_t)PIECES * PIECE / 2;
    for (size_t i = 0; i + 1 < PIECES; i++)
        free(pieces[i]);
    dw__shedding_give_back(&s, 1);
    assert_int_equal(s.given_back_at_ns, 0);
    assert_true(resident() > half); /* there is enough */
    s.load.memory_percent = 90;
    dw__shedding_give_back(&s, 2);
    assert_int_equal(s.given_back_at_ns, 2);
#ifndef __SANITIZE_ADDRESS__
    assert_true(resident() < half);
#endif
    dw__shedding_give_back(&s, 3);
    assert_int_equal(s.given_back_at_ns, 2); /* it was just done */
    free(pieces[PIECES - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels), cmocka_unit_test(what_is_heard),
                                       cmocka_unit_test(what_was_freed_is_given_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
