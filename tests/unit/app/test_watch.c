/* Building when a source is saved: what counts as one, one build at a time, what becomes of a failure. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/watch.h"
#include "base/list.h"
#include "base/text.h"

static struct loop *loop;
static struct watch *watch;
static struct timer patience;
static char folder[200], command[512];
static int built;
static bool in_time;

static void on_built(void *self)
{
    assert_ptr_equal(self, &built);
    built++;
}

static void out_of_patience(struct timer *timer)
{
    (void)timer;
    in_time = false;
    dw__loop_stop(loop);
}

/* Asks again and again: a build leaves a letter in a file. */
static struct timer look;
static const char *wanted;

static dw_text letters(void)
{
    static char text[64];
    char path[256];
    ssize_t n = 0;
    int fd;

    snprintf(path, sizeof path, "%s/build/log", folder);
    fd = open(path, O_RDONLY);
    if (fd >= 0) {
        n = read(fd, text, sizeof text);
        close(fd);
    }
    return (dw_text){text, n > 0 ? (size_t)n : 0};
}

static void set(struct timer *timer, uint64_t ms)
{
    assert_int_equal(dw__timer_set(loop, timer, dw__loop_clock(loop)->mono_ns + ms * 1000000), DW_OK);
}

static void on_look(struct timer *timer)
{
    if (dw__text_eq(letters(), dw__text_of(wanted)))
        dw__loop_stop(loop);
    else
        set(timer, 10);
}

/* Turns the loop until the builds have left `text`, and for `ms` longer. */
static void turn_until(const char *text, uint64_t ms)
{
    wanted = text;
    in_time = true;
    set(&patience, 20000);
    set(&look, 10);
    dw__loop_run(loop);
    assert_true(in_time);
    dw__timer_clear(loop, &look);
    set(&patience, ms);
    dw__loop_run(loop);
    if (!dw__text_eq(letters(), dw__text_of(text)))
        fail_msg("\"%.*s\" and not \"%s\"", DW_FMT(letters()), text);
}

static void save(const char *name)
{
    char path[512];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

static void make_folder(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void begin(const char *what)
{
    snprintf(command, sizeof command, "cd '%s'; printf b >> build/log; %s", folder, what);
    assert_int_equal(dw__watch_new(&watch, &(struct watch_config){.loop = loop,
                                                                  .name = "test",
                                                                  .directory = dw__text_of(folder),
                                                                  .command = dw__text_of(command),
                                                                  .built = on_built,
                                                                  .self = &built}),
                     DW_OK);
}

static int set_up(void **state)
{
    const char *dir = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/dw-watch-XXXXXX", dir != NULL ? dir : "/tmp");
    assert_non_null(mkdtemp(folder));
    make_folder("build");
    make_folder("src");
    built = 0;
    patience = (struct timer){.fn = out_of_patience};
    look = (struct timer){.fn = on_look};
    return dw__loop_new(&loop) == DW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    char remove[256];

    (void)state;
    dw__watch_free(watch);
    watch = NULL;
    dw__timer_clear(loop, &patience);
    dw__timer_clear(loop, &look);
    dw__loop_free(loop);
    snprintf(remove, sizeof remove, "rm -r '%s'", folder);
    FILE *run = popen(remove, "r");
    return run != NULL && pclose(run) == 0 ? 0 : -1;
}

static void a_saved_source_is_built_once(void **state)
{
    (void)state;
    begin("exit 0");
    save("src/a.c");
    save("src/a.c");
    save("b.h");
    turn_until("b", 400);
    assert_int_equal(built, 1);
}

static void what_is_no_source_is_not(void **state)
{
    (void)state;
    begin("exit 0");
    save("build/a.c");
    save("src/.a.c");
    save("src/a.o");
    save("src/c");
    save("notes.md");
    turn_until("", 400);
    make_folder("src/new");
    turn_until("", 100);
    save("src/new/a.sql");
    turn_until("b", 400);
    assert_int_equal(built, 1);
}

static void a_build_that_fails_is_not_taken(void **state)
{
    (void)state;
    begin("exit 1");
    save("src/a.c");
    turn_until("b", 300);
    assert_int_equal(built, 0);
    save("src/a.c");
    turn_until("bb", 300);
    assert_int_equal(built, 0);
}

static void what_is_saved_meanwhile_is_built_afterwards(void **state)
{
    (void)state;
    begin("sleep 0.5");
    save("src/a.c");
    turn_until("b", 50);
    save("src/a.c");
    turn_until("bb", 900);
    assert_int_equal(built, 1); /* the first was of the past when it ended */
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct watch *none;

    (void)state;
    assert_int_equal(dw__watch_new(&none, &(struct watch_config){.loop = loop,
                                                                 .name = "test",
                                                                 .directory = DW_TEXT("/no/such/folder"),
                                                                 .command = DW_TEXT("true")}),
                     DW_UNAVAILABLE);
    assert_null(none);
    assert_false(dw__watch_knows(NULL, 1));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_saved_source_is_built_once),       TEST(what_is_no_source_is_not),
        TEST(a_build_that_fails_is_not_taken),    TEST(what_is_saved_meanwhile_is_built_afterwards),
        TEST(a_folder_that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
