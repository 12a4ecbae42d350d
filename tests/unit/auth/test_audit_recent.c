/* The last lines in memory: the newest first, page by page, the oldest make room; and questions about them are read byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit_recent.h"
#include "base/text.h"
#include "guard_page.h"

#define ID "0123456789abcdef"

static struct audit_recent *recent;
static uint64_t seen[DW_AUDIT_PAGE];
static unsigned n_seen, room;

static int setup(void **state)
{
    (void)state;
    return dw__audit_recent_new(&recent) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dw__audit_recent_free(recent);
    return 0;
}

/* A line of `width` bytes or more. */
static void add(uint64_t seq, const char *event, size_t width)
{
    static char text[DW__AUDIT_LINE + 64];
    char pad[DW__AUDIT_LINE];
    int n;

    memset(pad, 'x', sizeof pad);
    n = snprintf(text, sizeof text,
                 "{\"time\":\"2026-01-31T12:00:00.000Z\",\"chain\":\"" ID
                 "\",\"seq\":%llu,\"event\":\"%s\",\"pad\":\"%.*s\","
                 "\"mac\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
                 (unsigned long long)seq, event, (int)(width < sizeof pad ? width : 0), pad);
    dw__audit_recent_add(recent, (dw_text){text, (size_t)n});
}

static bool each(void *self, dw_text text)
{
    struct audit_line line;

    (void)self;
    if (n_seen == room)
        return false;
    assert_true(dw__audit_line_read(text, &line));
    seen[n_seen++] = line.seq;
    return true;
}

static dw_err find(const struct audit_ask *ask, bool *more)
{
    n_seen = 0;
    room = DW_AUDIT_PAGE;
    return dw__audit_recent_find(recent, ask, each, NULL, more);
}

static void pages_are_the_newest_first(void **state)
{
    struct audit_ask ask = {.n = 3};
    bool more;

    (void)state;
    assert_int_equal(find(&ask, &more), DW_OK);
    assert_int_equal(n_seen, 0);
    assert_false(more);
    for (uint64_t i = 0; i < 7; i++)
        add(i, i % 2 == 0 ? "a.even" : "a.odd", 0);
    assert_int_equal(find(&ask, &more), DW_OK);
    assert_true(more && n_seen == 3 && seen[0] == 6 && seen[2] == 4);
    ask.before = DW_TEXT(ID);
    ask.before_seq = 4;
    assert_int_equal(find(&ask, &more), DW_OK);
    assert_true(more && n_seen == 3 && seen[0] == 3 && seen[2] == 1);
    ask.before_seq = 1;
    assert_int_equal(find(&ask, &more), DW_OK);
    assert_true(!more && n_seen == 1 && seen[0] == 0);
    ask.before_seq = 99;
    assert_int_equal(find(&ask, &more), DW_NOT_FOUND);
    ask = (struct audit_ask){.n = 50, .filter.event = DW_TEXT("a.odd")};
    assert_int_equal(find(&ask, &more), DW_OK);
    assert_true(!more && n_seen == 3 && seen[0] == 5);
}

static void who_takes_no_more_is_told_that_there_is_more(void **state)
{
    struct audit_ask ask = {.n = 50};
    bool more;

    (void)state;
    for (uint64_t i = 0; i < 7; i++)
        add(i, "x", 0);
    n_seen = 0;
    room = 2;
    assert_int_equal(dw__audit_recent_find(recent, &ask, each, NULL, &more), DW_OK);
    assert_true(more && n_seen == 2);
}

/* Whatever their lengths: the last are there, whole, and in their order. */
static void the_oldest_make_room(void **state)
{
    struct audit_ask ask = {.n = DW_AUDIT_PAGE};
    unsigned random = 7;
    bool more;

    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        random = random * 1103515245 + 12345;
        add(i, "x", random >> 16 & (i % 3 == 0 ? 0x7dff : 0xff));
        if (i % 97 != 0)
            continue;
        assert_int_equal(find(&ask, &more), DW_OK);
        assert_int_equal(n_seen, i < 25 ? i + 1 : n_seen);
        assert_true(n_seen >= (i < 25 ? i + 1 : 25));
        for (unsigned k = 0; k < n_seen; k++)
            assert_int_equal(seen[k], i - k);
    }
    for (uint64_t i = 0; i < 3 * DW__AUDIT_RECENT_LINES; i++)
        dw__audit_recent_add(recent, DW_TEXT("short"));
    dw__audit_recent_add(recent, (dw_text){"", 0});
    assert_int_equal(find(&ask, &more), DW_OK);
    assert_int_equal(n_seen, 0); /* what is no line is not shown */
}

/* ---- questions ---- */

static dw_err read_ask(const uint8_t *p, size_t n, struct audit_ask *out)
{
    char *copy = guard_page_copy((const char *)p, n);
    dw_err err = dw__audit_ask_read((dw_bytes){(const uint8_t *)copy, n}, out);

    guard_page_free(copy);
    return err;
}

static void a_question_is_read_as_it_was_written(void **state)
{
    const struct audit_ask ask = {.ticket = 7,
                                  .filter = {DW_TEXT_INIT("2026"), DW_TEXT_INIT("2026-12-31"),
                                             DW_TEXT_INIT("auth.*"), DW_TEXT_INIT("u-1"),
                                             DW_TEXT_INIT("r-1")},
                                  .before = DW_TEXT_INIT(ID),
                                  .before_seq = 12,
                                  .n = 50};
    uint8_t bytes[DW__AUDIT_RECORD];
    struct audit_ask out;
    size_t n = dw__audit_ask_write(&ask, bytes);

    (void)state;
    assert_true(n > 0 && dw__audit_ask_is((dw_bytes){bytes, n}));
    assert_int_equal(dw__audit_ask_read((dw_bytes){bytes, n}, &out), DW_OK);
    assert_true(out.ticket == 7 && out.n == 50 && out.before_seq == 12 && dw__text_is(out.before, ID));
    assert_true(dw__text_is(out.filter.until, "2026-12-31") && dw__text_is(out.filter.request, "r-1"));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(read_ask(bytes, i, &out), DW_INVALID);
    bytes[n] = 0;
    assert_int_equal(read_ask(bytes, n + 1, &out), DW_INVALID);
    for (size_t i = 8; i < 16; i++) { /* what means nothing is nothing */
        bytes[i] = 1;
        assert_int_equal(read_ask(bytes, n, &out), DW_INVALID);
        bytes[i] = 0;
    }
    assert_int_equal(read_ask(bytes, n, &out), DW_OK);
}

static void a_question_that_cannot_be_is_not_written(void **state)
{
    static char wide[DW__AUDIT_ASK_TEXT + 2];
    const struct audit_ask wrong[] = {
        {.ticket = 0, .n = 1},
        {.ticket = 1, .n = 0},
        {.ticket = 1, .n = DW_AUDIT_PAGE + 1},
        {.ticket = 1, .n = 1, .before_seq = 1},
        {.ticket = 1, .n = 1, .before = DW_TEXT_INIT("0123456789abcdeg")},
        {.ticket = 1, .n = 1, .filter.since = DW_TEXT_INIT("now")},
        {.ticket = 1, .n = 1, .filter.event = {wide, DW__AUDIT_ASK_TEXT + 1}},
    };
    uint8_t bytes[DW__AUDIT_RECORD];

    (void)state;
    memset(wide, 'x', sizeof wide - 1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(dw__audit_ask_write(&wrong[i], bytes), 0);
}

static void a_place_has_one_spelling(void **state)
{
    static const char *const wrong[] = {"", ID, ID ".", ID ".x", "0123456789abcdeg.1", ID ":1", "0123.1"};
    dw_text chain;
    uint64_t seq;

    (void)state;
    assert_true(dw__audit_place_read(DW_TEXT(ID ".17"), &chain, &seq));
    assert_true(dw__text_is(chain, ID) && seq == 17);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(dw__audit_place_read(dw__text_of(wrong[i]), &chain, &seq));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_are_the_newest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(who_takes_no_more_is_told_that_there_is_more, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, setup, teardown),
        cmocka_unit_test(a_question_is_read_as_it_was_written),
        cmocka_unit_test(a_question_that_cannot_be_is_not_written),
        cmocka_unit_test(a_place_has_one_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
