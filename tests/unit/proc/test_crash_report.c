/* Records as a child leaves them, and as somebody does who took it over. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard_page.h"
#include "os/memfd.h"
#include "proc/crash.h"

static const struct symbols none[DW__CRASH_MODULES];

/* A crash at 0x1010 of the program, called from a library. */
static struct crash_record good(void)
{
    struct crash_record r = {
        .magic = DW__CRASH_MAGIC,
        .stage = CRASH_BACKTRACE,
        .address = 0x10,
        .frames = {0x551010, 0x7f0020},
        .n_frames = 2,
        .n_modules = 2,
        .id_n = 4,
        .route_n = 6,
        .id = "abcd",
        .route = "/crash",
        .modules = {{0x550000, 0x550000, 0x560000, "app"}, {0x7f0000, 0x7f0000, 0x7f1000, "libc.so.6"}},
    };

    return r;
}

static bool describe(const struct crash_record *r, struct crash_report *out)
{
    char *copy = guard_page_copy(r, sizeof *r);
    bool crashed = dw__crash_describe((const struct crash_record *)(void *)copy, none, out);

    guard_page_free(copy);
    return crashed;
}

static void a_record_is_described(void **state)
{
    struct crash_record r = good();
    struct crash_report report;

    (void)state;
    assert_true(describe(&r, &report));
    assert_string_equal(report.request_id, "abcd");
    assert_string_equal(report.route, "/crash");
    assert_string_equal(report.backtrace, "app+0x1010 libc.so.6+0x20");
    assert_false(report.overflow);
    assert_int_equal(report.address, 0x10);
    for (r.guard = 1; r.guard <= 3; r.guard++) {
        assert_true(describe(&r, &report));
        assert_int_equal(report.overflow, r.guard == 3 ? CRASH_GUARD_NONE : r.guard);
    }
}

static void the_rest_counts_when_the_handler_did_not_come_to_its_end(void **state)
{
    struct crash_record r = good();
    struct crash_report report;

    (void)state;
    r.stage = CRASH_FAULT;
    assert_true(describe(&r, &report));
    assert_string_equal(report.request_id, "");
    assert_string_equal(report.route, "");
    assert_string_equal(report.backtrace, "app+0x1010 libc.so.6+0x20");
    r.stage = CRASH_REQUEST;
    assert_true(describe(&r, &report));
    assert_string_equal(report.route, "/crash");
}

static void no_crash_is_no_report(void **state)
{
    struct crash_record r = {0};
    struct crash_report report;

    (void)state;
    assert_false(describe(&r, &report));
    r = good();
    r.stage = CRASH_NONE;
    assert_false(describe(&r, &report));
    r.stage = CRASH_BACKTRACE + 1;
    assert_false(describe(&r, &report));
    r = good();
    r.magic++;
    assert_false(describe(&r, &report));
}

static void lengths_and_texts_are_not_believed(void **state)
{
    static const char *const bad[] = {"a\nb", "a b", "a\"\x7f", "\xc3\xa9", "a\x1b[2J"};
    struct crash_record r = good();
    struct crash_report report;

    (void)state;
    r.id_n = DW__CRASH_ID + 1;
    r.route_n = UINT32_MAX;
    assert_true(describe(&r, &report));
    assert_string_equal(report.request_id, "");
    assert_string_equal(report.route, "");
    r.id_n = 5; /* a NUL within */
    assert_true(describe(&r, &report));
    assert_string_equal(report.request_id, "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        r = good();
        r.route_n = (uint32_t)strlen(bad[i]);
        memcpy(r.route, bad[i], strlen(bad[i]));
        memcpy(r.modules[1].name, bad[i], strlen(bad[i]) + 1);
        assert_true(describe(&r, &report));
        assert_string_equal(report.route, "");
        assert_string_equal(report.backtrace, "app+0x1010 program+0x20");
    }
    r = good();
    r.route_n = sizeof r.route;
    r.id_n = sizeof r.id;
    memset(r.route, 'r', sizeof r.route);
    memset(r.id, 'i', sizeof r.id);
    assert_true(describe(&r, &report));
    assert_int_equal(strlen(report.route), sizeof r.route);
    assert_int_equal(strlen(report.request_id), sizeof r.id);
}

static void counts_and_addresses_are_not_believed(void **state)
{
    struct crash_record r = good();
    struct crash_report report;

    (void)state;
    r.n_frames = r.n_modules = UINT32_MAX;
    memset(r.modules, 'x', sizeof r.modules);
    assert_true(describe(&r, &report));
    assert_memory_equal(report.backtrace, "unknown+0x0 unknown+0x0 null+0x0", 32);
    for (size_t i = 0; i < DW__CRASH_MODULES; i++) { /* everything is in the first, whose name has no end */
        r.modules[i].from = 0;
        r.modules[i].to = UINT64_MAX;
        r.modules[i].base = 1;
    }
    assert_true(describe(&r, &report));
    assert_int_equal(strspn(report.backtrace, "x"), sizeof r.modules[0].name);
    assert_true(strlen(report.backtrace) < sizeof report.backtrace);
}

/* The backtrace stays words of printable characters, whatever is in the record. */
static void every_byte_may_be_anything(void **state)
{
    static const unsigned char values[] = {0, 1, '\n', 0x80, 0xff};
    struct crash_report report;
    struct crash_record r;

    (void)state;
    for (size_t i = 0; i < sizeof r * sizeof values; i++) {
        r = good();
        ((unsigned char *)&r)[i / sizeof values] = values[i % sizeof values];
        if (!dw__crash_describe(&r, none, &report))
            continue;
        for (const char *p = report.backtrace; *p != 0; p++)
            assert_true(isprint((unsigned char)*p));
        for (const char *p = report.route; *p != 0; p++)
            assert_true(isgraph((unsigned char)*p));
    }
}

static void a_slot_has_one_size_for_good(void **state)
{
    struct crash_record r;
    int fd = -1;

    (void)state;
    assert_int_equal(dw__crash_slot(&fd), DW_OK);
    assert_true(dw__crash_read(fd, &r));
    assert_int_equal(r.magic, 0);
    assert_int_not_equal(ftruncate(fd, 0), 0);
    assert_int_not_equal(ftruncate(fd, 1 << 20), 0);
    r = good();
    assert_int_equal(pwrite(fd, &r, sizeof r, 0), (ssize_t)sizeof r);
    memset(&r, 0, sizeof r);
    assert_true(dw__crash_read(fd, &r));
    assert_int_equal(r.magic, DW__CRASH_MAGIC);
    close(fd);
    assert_false(dw__crash_read(fd, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_described),
        cmocka_unit_test(the_rest_counts_when_the_handler_did_not_come_to_its_end),
        cmocka_unit_test(no_crash_is_no_report),
        cmocka_unit_test(lengths_and_texts_are_not_believed),
        cmocka_unit_test(counts_and_addresses_are_not_believed),
        cmocka_unit_test(every_byte_may_be_anything),
        cmocka_unit_test(a_slot_has_one_size_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
