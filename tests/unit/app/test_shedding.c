/* What load is: the levels, and what a worker hears at its beats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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
    struct memory_reading reading = {0};
    struct counts counts = {0};
    struct clock *clock;

    (void)state;
    assert_non_null(mkdtemp(directory));
    config.cgroup = dw__text_of(directory);
    assert_int_equal(dw__loop_new(&loop), DW_OK);
    assert_int_equal(dw__shedding_open(&s, loop, &config, &reading, &counts), DW_OK);
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
    /* Another worker has read it a moment ago. */
    reading = (struct memory_reading){clock->mono_ns, 970};
    put(directory, "memory.current", "100\n");
    beat(0);
    assert_int_equal(s.load.level, LOAD_FULL);
    /* A worker that was taken over wrote nonsense: it holds until the next reading. */
    reading = (struct memory_reading){UINT64_MAX, UINT64_MAX};
    beat(0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels), cmocka_unit_test(what_is_heard)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
