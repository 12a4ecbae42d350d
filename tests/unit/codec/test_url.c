/* One normal form of a path, or none; pairs of a query; form decoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/url.h"
#include "guard_page.h"

/* Input and output both end at a guard page. A path that stays as it is must be known for one without writing it. */
static dw_err normalise(dw_text raw, char *out, size_t *n)
{
    char *in = guard_page_copy(raw.p, raw.n);
    char *to = guard_page_copy(raw.p, raw.n);
    dw_err err = dw__path_normalise((dw_text){in, raw.n}, to, n);
    memcpy(out, to, *n);
    bool itself = err == DW_OK && dw__text_eq((dw_text){to, *n}, raw);
    assert_int_equal(dw__path_is_normal((dw_text){in, raw.n}), itself);
    guard_page_free(in);
    guard_page_free(to);
    return err;
}

static void decodes_paths(void **state)
{
    static const struct {
        dw_text raw, normal;
    } rows[] = {
        {DW_TEXT_INIT("/"), DW_TEXT_INIT("/")},
        {DW_TEXT_INIT("/api/items/7"), DW_TEXT_INIT("/api/items/7")},
        {DW_TEXT_INIT("/a/"), DW_TEXT_INIT("/a/")},
        {DW_TEXT_INIT("/%41%7a%7A"), DW_TEXT_INIT("/Azz")},
        {DW_TEXT_INIT("/a%20b"), DW_TEXT_INIT("/a b")},
        {DW_TEXT_INIT("/a+b"), DW_TEXT_INIT("/a+b")},
        {DW_TEXT_INIT("/%252f"), DW_TEXT_INIT("/%2f")},
        {DW_TEXT_INIT("/caf%C3%A9"), DW_TEXT_INIT("/caf\xc3\xa9")},
        {DW_TEXT_INIT("/...//"), DW_TEXT_INIT("")},
        {DW_TEXT_INIT("/.../.a/a./..a/.%41"), DW_TEXT_INIT("/.../.a/a./..a/.A")},
        {DW_TEXT_INIT("/-._~!$&'()*+,;=:@"), DW_TEXT_INIT("/-._~!$&'()*+,;=:@")},
        {DW_TEXT_INIT("/%3c%22%3E"), DW_TEXT_INIT("/<\">")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[64];
        size_t n;
        assert_int_equal(normalise(rows[i].raw, out, &n), rows[i].normal.n > 0 ? DW_OK : DW_BAD_REQUEST);
        assert_true(dw__text_eq((dw_text){out, n}, rows[i].normal));
    }
}

static void refuses_paths(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("a"),
        DW_TEXT_INIT("*"),
        DW_TEXT_INIT("http://h/"),
        DW_TEXT_INIT("//"),
        DW_TEXT_INIT("/a//b"),
        DW_TEXT_INIT("//evil"),
        DW_TEXT_INIT("/."),
        DW_TEXT_INIT("/.."),
        DW_TEXT_INIT("/a/./b"),
        DW_TEXT_INIT("/a/../b"),
        DW_TEXT_INIT("/a/.."),
        DW_TEXT_INIT("/%2e"),
        DW_TEXT_INIT("/%2e%2E/b"),
        DW_TEXT_INIT("/.%2e/b"),
        DW_TEXT_INIT("/%2e./"),
        DW_TEXT_INIT("/a%2fb"),
        DW_TEXT_INIT("/a%2Fb"),
        DW_TEXT_INIT("/..%2fadmin"),
        DW_TEXT_INIT("/a%5cb"),
        DW_TEXT_INIT("/a\\b"),
        DW_TEXT_INIT("/%00"),
        DW_TEXT_INIT("/a\0b"),
        DW_TEXT_INIT("/a\nb"),
        DW_TEXT_INIT("/%0d%0aSet-Cookie:x"),
        DW_TEXT_INIT("/%7f"),
        DW_TEXT_INIT("/%1F"),
        DW_TEXT_INIT("/a b"),
        DW_TEXT_INIT("/a?b"),
        DW_TEXT_INIT("/a#b"),
        DW_TEXT_INIT("/\xc3\xa9"),
        DW_TEXT_INIT("/%c0%af"),
        DW_TEXT_INIT("/%c3"),
        DW_TEXT_INIT("/%ed%a0%80"),
        DW_TEXT_INIT("/%"),
        DW_TEXT_INIT("/%4"),
        DW_TEXT_INIT("/%zz"),
        DW_TEXT_INIT("/%4g"),
        DW_TEXT_INIT("/%u0041"),
        DW_TEXT_INIT("/a|b"),
        DW_TEXT_INIT("/<a>"),
        DW_TEXT_INIT("/\"a\""),
        DW_TEXT_INIT("/{id}"),
        DW_TEXT_INIT("/%-1"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[64];
        size_t n = 1;
        assert_int_equal(normalise(rows[i], out, &n), DW_BAD_REQUEST);
        assert_int_equal(n, 0);
    }
}

static void takes_pairs(void **state)
{
    static const struct {
        dw_text name, value;
    } rows[] = {
        {DW_TEXT_INIT("a"), DW_TEXT_INIT("1")},  {DW_TEXT_INIT("b"), DW_TEXT_INIT("")},
        {DW_TEXT_INIT("c"), DW_TEXT_INIT("")},   {DW_TEXT_INIT(""), DW_TEXT_INIT("x")},
        {DW_TEXT_INIT("d"), DW_TEXT_INIT("=;")}, {DW_TEXT_INIT("e"), DW_TEXT_INIT("%26")},
    };
    dw_text rest = DW_TEXT("&a=1&b&&c=&=x&d==;&e=%26&");
    dw_text name, value;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(dw__query_next(&rest, &name, &value));
        assert_true(dw__text_eq(name, rows[i].name));
        assert_true(dw__text_eq(value, rows[i].value));
    }
    assert_false(dw__query_next(&rest, &name, &value));
    rest = (dw_text){NULL, 0};
    assert_false(dw__query_next(&rest, &name, &value));
}

static void decodes_forms(void **state)
{
    static const struct {
        dw_text raw, text;
        long at;
    } rows[] = {
        {DW_TEXT_INIT("a+b%20c%2B"), DW_TEXT_INIT("a b c+"), -1},
        {DW_TEXT_INIT(""), DW_TEXT_INIT(""), -1},
        {DW_TEXT_INIT("%C3%a9\n"), DW_TEXT_INIT("\xc3\xa9\n"), -1},
        {DW_TEXT_INIT("ab%"), DW_TEXT_INIT(""), 2},
        {DW_TEXT_INIT("ab%4"), DW_TEXT_INIT(""), 2},
        {DW_TEXT_INIT("a%4x"), DW_TEXT_INIT(""), 1},
        {DW_TEXT_INIT("a%00"), DW_TEXT_INIT(""), 1},
        {DW_TEXT_INIT("a\0"), DW_TEXT_INIT(""), 1},
        {DW_TEXT_INIT("%ff"), DW_TEXT_INIT(""), 0},
        {DW_TEXT_INIT("ab\xff"), DW_TEXT_INIT(""), 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *in = guard_page_copy(rows[i].raw.p, rows[i].raw.n);
        char out[32];
        size_t n, at = 99;
        bool good = dw__form_decode((dw_text){in, rows[i].raw.n}, out, &n, &at);
        guard_page_free(in);
        assert_int_equal(good, rows[i].at < 0);
        if (!good)
            assert_int_equal(at, rows[i].at);
        assert_true(dw__text_eq((dw_text){out, n}, rows[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_paths),
        cmocka_unit_test(refuses_paths),
        cmocka_unit_test(takes_pairs),
        cmocka_unit_test(decodes_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
