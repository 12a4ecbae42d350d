/* The cursor: what each call reads, where it fails, and that it never looks behind the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "guard_page.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

/* Reads `text`, which ends at a guard page, as one string; says where it failed, or -1. */
static long read_string(dw_text text, dw_text *out)
{
    char *p = guard_page_copy(text.p, text.n);
    struct json_in in;
    dw__json_init(&in, (dw_text){p, text.n});
    bool good = dw__json_string(&in, &arena, out) && dw__json_end(&in);
    if (good)
        *out = dw__arena_text(&arena, *out);
    guard_page_free(p);
    assert_int_equal(good, in.err == DW_OK);
    return good ? -1 : (long)in.error_at;
}

static void reads_strings(void **state)
{
    static const struct {
        dw_text in, out;
    } rows[] = {
        {DW_TEXT_INIT("\"\""), DW_TEXT_INIT("")},
        {DW_TEXT_INIT(" \t\r\n\"plain\" "), DW_TEXT_INIT("plain")},
        {DW_TEXT_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), DW_TEXT_INIT("\"\\/\b\f\n\r\t")},
        {DW_TEXT_INIT("\"\\u0041\\u00e9\\u20AC\\uD83D\\ude00\""),
         DW_TEXT_INIT("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")},
        {DW_TEXT_INIT("\"a\\u0000b\""), DW_TEXT_INIT("a\0b")},
        {DW_TEXT_INIT("\"\\ud800\\udc00\\udbff\\udfff\""), DW_TEXT_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
        {DW_TEXT_INIT("\"more than sixteen plain characters, \xc3\xa9, and \\n more\""),
         DW_TEXT_INIT("more than sixteen plain characters, \xc3\xa9, and \n more")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dw_text out;
        assert_int_equal(read_string(rows[i].in, &out), -1);
        assert_true(dw__text_eq(out, rows[i].out));
    }
}

static void says_where_a_string_is_bad(void **state)
{
    static const struct {
        dw_text in;
        long at;
    } rows[] = {
        {DW_TEXT_INIT(""), 0},
        {DW_TEXT_INIT("  x"), 2},
        {DW_TEXT_INIT("\"abc"), 4},
        {DW_TEXT_INIT("\"a\nb\""), 2},
        {DW_TEXT_INIT("\"a\0b\""), 2},
        {DW_TEXT_INIT("\"ab\\x\""), 3},
        {DW_TEXT_INIT("\"ab\\"), 3},
        {DW_TEXT_INIT("\"\\u00g0\""), 1},
        {DW_TEXT_INIT("\"\\u00"), 1},
        {DW_TEXT_INIT("\"\\ud800\""), 1},
        {DW_TEXT_INIT("\"\\ud800\\n\""), 1},
        {DW_TEXT_INIT("\"\\ud800\\u0041\""), 1},
        {DW_TEXT_INIT("\"\\ud800\\udc0"), 1},
        {DW_TEXT_INIT("\"\\udc00\\ud800\""), 1},
        {DW_TEXT_INIT("\"ab\xff\""), 3},
        {DW_TEXT_INIT("\"ab\xed\xa0\x80\""), 3},
        {DW_TEXT_INIT("\"ab\xe2\x82"), 3},
        {DW_TEXT_INIT("\"\" x"), 3},
        {DW_TEXT_INIT("\xef\xbb\xbf\"\""), 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dw_text out;
        assert_int_equal(read_string(rows[i].in, &out), rows[i].at);
    }
}

/* A byte that ends the run of plain ones is found at every distance. */
static void sees_every_place(void **state)
{
    char text[80];
    dw_text out;
    (void)state;
    for (size_t n = 0; n + 2 < sizeof text; n++)
        for (size_t at = 0; at < n; at++) {
            memset(text, 'a', sizeof text);
            text[0] = text[n + 1] = '"';
            assert_int_equal(read_string((dw_text){text, n + 2}, &out), -1);
            assert_int_equal(out.n, n);
            text[at + 1] = 0x1f;
            assert_int_equal(read_string((dw_text){text, n + 2}, &out), (long)at + 1);
            text[at + 1] = (char)0x80;
            assert_int_equal(read_string((dw_text){text, n + 2}, &out), (long)at + 1);
        }
}

static void gives_slices_without_escapes(void **state)
{
    static const char text[] = "[\"abc\",\"a\\nc\",\"\xc3\xa9\"]";
    struct json_in in;
    dw_text t;
    (void)state;
    dw__json_init(&in, (dw_text){text, sizeof text - 1});
    assert_true(dw__json_array_begin(&in));
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_string(&in, &arena, &t));
    assert_ptr_equal(t.p, text + 2);
    assert_true(in.ascii && !in.escaped);
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_string(&in, &arena, &t));
    assert_true(t.p < text || t.p >= text + sizeof text);
    assert_true(in.ascii && in.escaped);
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_string(&in, NULL, &t));
    assert_true(!in.ascii && !in.escaped);
    assert_int_equal(dw__json_array_next(&in), JSON_DONE);
    assert_true(dw__json_end(&in));
}

static void walks_containers(void **state)
{
    struct json_in in;
    dw_text name;
    bool v;
    struct json_number number;
    (void)state;
    dw__json_init(&in, DW_TEXT(" { \"a\" : [ ] , \"b\" : [ 1 , true , null ] , \"c\":{} } "));
    assert_int_equal(dw__json_peek(&in), JSON_OBJECT);
    assert_true(dw__json_object_begin(&in));
    assert_int_equal(dw__json_object_next(&in, &arena, &name), JSON_MORE);
    assert_true(dw__text_is(name, "a"));
    assert_true(dw__json_array_begin(&in));
    assert_int_equal(in.depth, 2);
    assert_int_equal(dw__json_array_next(&in), JSON_DONE);
    assert_int_equal(dw__json_object_next(&in, &arena, &name), JSON_MORE);
    assert_true(dw__json_array_begin(&in));
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_number(&in, &number));
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_bool(&in, &v) && v);
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_null(&in));
    assert_int_equal(dw__json_array_next(&in), JSON_DONE);
    assert_int_equal(dw__json_object_next(&in, &arena, &name), JSON_MORE);
    assert_true(dw__json_skip(&in));
    assert_int_equal(dw__json_object_next(&in, &arena, &name), JSON_DONE);
    assert_int_equal(in.depth, 0);
    assert_true(dw__json_end(&in));
}

static void stays_failed(void **state)
{
    struct json_in in;
    dw_text t;
    (void)state;
    dw__json_init(&in, DW_TEXT("[1 2]"));
    assert_true(dw__json_array_begin(&in));
    assert_int_equal(dw__json_array_next(&in), JSON_MORE);
    assert_true(dw__json_skip(&in));
    assert_int_equal(dw__json_array_next(&in), JSON_FAILED);
    assert_int_equal(in.error_at, 3);
    assert_int_equal(in.err, DW_MALFORMED);
    assert_int_equal(dw__json_array_next(&in), JSON_FAILED);
    assert_false(dw__json_string(&in, &arena, &t));
    assert_int_equal(dw__json_peek(&in), JSON_BAD);
    assert_false(dw__json_end(&in));
    assert_int_equal(in.error_at, 3);
}

static void says_when_memory_is_out(void **state)
{
    struct arena none;
    struct json_in in;
    dw_text t;
    (void)state;
    dw__arena_init(&none, NULL, 0);
    dw__json_init(&in, DW_TEXT("\"\\n\""));
    assert_false(dw__json_string(&in, &none, &t));
    assert_int_equal(in.err, DW_TOO_LARGE);
    dw__arena_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_strings),           cmocka_unit_test(says_where_a_string_is_bad),
        cmocka_unit_test(sees_every_place),        cmocka_unit_test(gives_slices_without_escapes),
        cmocka_unit_test(walks_containers),        cmocka_unit_test(stays_failed),
        cmocka_unit_test(says_when_memory_is_out),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
