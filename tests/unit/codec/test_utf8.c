/* Every code point, every overlong form, and the beginnings and ends of the table of well-formed sequences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/utf8.h"
#include "guard_page.h"

static bool valid(const char *bytes, size_t n)
{
    char *p = guard_page_copy(bytes, n);
    bool good = dw__utf8_valid(p, n);
    guard_page_free(p);
    return good;
}
#define VALID(lit) valid(lit, sizeof(lit) - 1)

static void takes_every_character(void **state)
{
    (void)state;
    for (unsigned code = 0; code <= 0x10ffff; code++) {
        char c[4];
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        size_t n = dw__utf8_encode(code, c);
        assert_true(dw__utf8_valid(c, n));
        assert_int_equal(dw__utf8_sequence((unsigned char *)c, n), n);
        assert_int_equal(dw__utf8_chars(c, n), 1);
        if (n > 1) {
            assert_false(dw__utf8_valid(c, n - 1));
            assert_false(dw__utf8_valid(c + 1, n - 1));
        }
    }
}

static void refuses_what_is_not(void **state)
{
    (void)state;
    assert_false(VALID("\x80"));
    assert_false(VALID("\xc0\xaf"));
    assert_false(VALID("\xc1\xbf"));
    assert_false(VALID("\xe0\x9f\xbf"));
    assert_false(VALID("\xed\xa0\x80"));
    assert_false(VALID("\xed\xbf\xbf"));
    assert_false(VALID("\xf0\x8f\xbf\xbf"));
    assert_false(VALID("\xf4\x90\x80\x80"));
    assert_false(VALID("\xf5\x80\x80\x80"));
    assert_false(VALID("\xff"));
    assert_false(VALID("\xfe"));
    assert_false(VALID("\xe2\x82"));
    assert_false(VALID("\xc3("));
    assert_false(VALID("\xf0\x9f\x98("));
}

/* Every byte at every place of texts of every length up to three words, with nothing readable behind them. */
static void text_is_valid_and_has_no_nul(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 24; n++) {
        char *p = guard_page_copy("abcdefghijklmnopqrstuvwx", n);
        assert_true(dw__utf8_valid_text(p, n));
        for (size_t i = 0; i < n; i++)
            for (int c = 0; c < 256; c++) {
                char was = p[i];
                p[i] = (char)c;
                assert_int_equal(dw__utf8_valid_text(p, n), c > 0 && c < 0x80);
                p[i] = was;
            }
        guard_page_free(p);
    }
    assert_true(dw__utf8_valid_text("gr\xc3\xbc\xc3\x9f dich", 11));
    assert_false(dw__utf8_valid_text("gr\xc3\xbc\0\xc3\x9f dich", 12));
    assert_true(dw__utf8_valid_text(NULL, 0));
}

static void sees_a_bad_byte_at_every_place(void **state)
{
    char text[70];
    (void)state;
    for (size_t n = 1; n <= sizeof text; n++)
        for (size_t at = 0; at < n; at++) {
            memset(text, 'a', n);
            assert_true(valid(text, n));
            text[at] = (char)0xff;
            assert_false(valid(text, n));
        }
}

static void counts_characters(void **state)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z and then some more: \xc3\xa9";
    (void)state;
    assert_int_equal(dw__utf8_chars(text, sizeof text - 1), 5 + 21 + 1);
    assert_int_equal(dw__utf8_chars(NULL, 0), 0);
    char many[1000];
    for (size_t i = 0; i < sizeof many; i += 2)
        memcpy(many + i, "\xc3\xa9", 2);
    assert_int_equal(dw__utf8_chars(many, sizeof many), 500);
}

static void cuts_between_characters(void **state)
{
    dw_text t = DW_TEXT("ab\xe2\x82\xac");
    (void)state;
    assert_int_equal(dw__utf8_cut(t, 5).n, 5);
    assert_int_equal(dw__utf8_cut(t, 4).n, 2);
    assert_int_equal(dw__utf8_cut(t, 3).n, 2);
    assert_int_equal(dw__utf8_cut(t, 2).n, 2);
    assert_int_equal(dw__utf8_cut(t, 0).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_character),
        cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(text_is_valid_and_has_no_nul),
        cmocka_unit_test(sees_a_bad_byte_at_every_place),
        cmocka_unit_test(counts_characters),
        cmocka_unit_test(cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
