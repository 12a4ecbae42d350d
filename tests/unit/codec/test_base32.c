/* RFC 4648's rows, every last character, one spelling only, and what people make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base32.h"
#include "guard_page.h"

static bool decode(const char *text, char *out, size_t cap, size_t *n)
{
    size_t len = strlen(text);
    char *p = guard_page_copy(text, len);
    bool good = dw__base32_decode((dw_text){p, len}, out, cap, n);
    guard_page_free(p);
    return good;
}

static void agrees_with_rfc_4648(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""},
                {"f", "MY"},
                {"fo", "MZXQ"},
                {"foo", "MZXW6"},
                {"foob", "MZXW6YQ"},
                {"fooba", "MZXW6YTB"},
                {"foobar", "MZXW6YTBOI"},
                {"12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[40], bytes[40];
        size_t n = strlen(rows[i].bytes), len;
        const char *want = rows[i].text;
        assert_int_equal(dw__base32_encode(rows[i].bytes, n, text), strlen(want));
        assert_int_equal(DW__BASE32_SIZE(n), strlen(want));
        assert_memory_equal(text, want, strlen(want));
        assert_true(decode(want, bytes, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(bytes, rows[i].bytes, n);
        if (n > 0)
            assert_false(decode(want, bytes, n - 1, &len));
    }
}

static void refuses_other_spellings(void **state)
{
    static const char *const bad[] = {"M",         "MZX",   "MZXW6Y",  "my",      "MY======", "MZ",
                                      "MZXR",      "MZXW7", "MZXW6YR", "M1",      "M8",       "M0",
                                      "M9",        "@Z",    "[A",      "M\x80",   "MZXW 6YT", "MZXW-YTB",
                                      "MZXW\nYTB", "1A",    "M/",      "{{{{{{{{"};
    char out[16];
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        n = 7;
        if (decode(bad[i], out, sizeof out, &n))
            fail_msg("\"%s\"", bad[i]);
        assert_int_equal(n, 0);
    }
}

static void every_value_comes_back(void **state)
{
    uint8_t bytes[3], back[3];
    char text[5];
    size_t n;

    (void)state;
    for (unsigned v = 0; v < 0x10000; v++) {
        bytes[0] = (uint8_t)(v >> 8), bytes[1] = (uint8_t)v, bytes[2] = (uint8_t)(v * 7);
        assert_int_equal(dw__base32_encode(bytes, 3, text), 5);
        assert_true(dw__base32_decode((dw_text){text, 5}, back, 3, &n));
        assert_memory_equal(bytes, back, 3);
    }
}

static bool fold(const char *typed, char *out, size_t cap, size_t *n)
{
    size_t len = strlen(typed);
    char *p = guard_page_copy(typed, len);
    bool good = dw__base32_fold((dw_text){p, len}, out, cap, n);
    guard_page_free(p);
    return good;
}

static void folds_what_people_type(void **state)
{
    char out[16];
    size_t n;

    (void)state;
    assert_true(fold(" jbsw-y3DP ehpk3pxp== ", out, 16, &n));
    assert_int_equal(n, 16);
    assert_memory_equal(out, "JBSWY3DPEHPK3PXP", 16);
    assert_false(fold("jbsw-y3DP ehpk3pxpA", out, 16, &n));
    assert_int_equal(n, 0);
    assert_true(fold("", out, 0, &n));
    assert_true(fold("-= =", out, 16, &n));
    assert_int_equal(n, 0);
    assert_true(fold("A=B", out, 16, &n)); /* a sign in the middle stays, and does not decode */
    assert_int_equal(n, 3);
    assert_true(fold("{z`@[\xe9", out, 16, &n));
    assert_memory_equal(out, "{Z`@[\xe9", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_rfc_4648), cmocka_unit_test(refuses_other_spellings),
        cmocka_unit_test(every_value_comes_back), cmocka_unit_test(folds_what_people_type)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
