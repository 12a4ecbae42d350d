/* RFC 4648's rows, every single byte, and one spelling only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base64.h"
#include "guard_page.h"

static bool url(const char *text, char *out, size_t cap, size_t *n)
{
    size_t len = strlen(text);
    char *p = guard_page_copy(text, len);
    bool good = dw__base64url_decode((dw_text){p, len}, out, cap, n);
    guard_page_free(p);
    return good;
}

static void agrees_with_rfc_4648(void **state)
{
    static const struct {
        const char *bytes, *url, *standard;
    } rows[] = {
        {"", "", ""},
        {"f", "Zg", "Zg=="},
        {"fo", "Zm8", "Zm8="},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg", "Zm9vYg=="},
        {"fooba", "Zm9vYmE", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "-__-", "+//+"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[16], bytes[16];
        size_t n = strlen(rows[i].bytes), len;
        assert_int_equal(dw__base64url_encode(rows[i].bytes, n, text), strlen(rows[i].url));
        assert_int_equal(DW__BASE64URL_SIZE(n), strlen(rows[i].url));
        assert_memory_equal(text, rows[i].url, strlen(rows[i].url));
        assert_true(url(rows[i].url, bytes, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(bytes, rows[i].bytes, n);
        assert_int_equal(dw__base64_encode(rows[i].bytes, n, text), strlen(rows[i].standard));
        assert_int_equal(DW__BASE64_SIZE(n), strlen(rows[i].standard));
        assert_memory_equal(text, rows[i].standard, strlen(rows[i].standard));
        assert_true(dw__base64_decode((dw_text){rows[i].standard, strlen(rows[i].standard)}, bytes, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(bytes, rows[i].bytes, n);
        if (n > 0)
            assert_false(url(rows[i].url, bytes, n - 1, &len));
    }
}

static void refuses_other_spellings(void **state)
{
    static const char *const bad_url[] = {"Z",     "Zg==",   "Zh",    "Zm9", "Zm+v",  "Zm/v",
                                          "Zm 9v", "Zm9v\n", "Zm9vY", "=",   "Zm9v=", "Z\x80",
                                          "~~~~",  "[[[[",   "@@@@",  "`{:/"};
    static const char *const bad_standard[] = {
        "Zg", "Zg=", "Zh==", "Zg===", "====", "=Zg=", "Z===", "Zm8", "Zm9=", "Zm-v", "Zg==Zg=="};
    char out[32];
    size_t n;
    (void)state;
    for (size_t i = 0; i < sizeof bad_url / sizeof bad_url[0]; i++) {
        n = 1;
        assert_false(url(bad_url[i], out, sizeof out, &n));
        assert_int_equal(n, 0);
    }
    for (size_t i = 0; i < sizeof bad_standard / sizeof bad_standard[0]; i++)
        assert_false(
            dw__base64_decode((dw_text){bad_standard[i], strlen(bad_standard[i])}, out, sizeof out, &n));
}

static void decodes_only_its_alphabet(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (void)state;
    for (int c = 0; c < 256; c++) {
        char text[4] = {'A', 'A', 'A', (char)c};
        uint8_t out[3];
        size_t n;
        const char *at = c != 0 ? strchr(alphabet, c) : NULL;
        assert_int_equal(dw__base64url_decode((dw_text){text, 4}, out, 3, &n), at != NULL);
        if (at != NULL)
            assert_int_equal(out[2], at - alphabet);
    }
}

static void hexadecimal(void **state)
{
    uint8_t all[256], back[256];
    char text[512];
    size_t n;
    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    dw__hex_encode(all, 256, text);
    assert_memory_equal(text, "000102", 6);
    assert_memory_equal(text + 508, "feff", 4);
    assert_true(dw__hex_decode((dw_text){text, 512}, back, 256, &n));
    assert_memory_equal(all, back, 256);
    assert_true(dw__hex_decode(DW_TEXT("aFB0"), back, 2, &n));
    assert_true(n == 2 && back[0] == 0xaf && back[1] == 0xb0);
    assert_false(dw__hex_decode(DW_TEXT("abc"), back, 2, &n));
    assert_false(dw__hex_decode(DW_TEXT("ab"), back, 0, &n));
    for (int c = 0; c < 256; c++) {
        char pair[2] = {'0', (char)c};
        bool digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;
        assert_int_equal(dw__hex_decode((dw_text){pair, 2}, back, 1, &n), digit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_rfc_4648),
        cmocka_unit_test(refuses_other_spellings),
        cmocka_unit_test(decodes_only_its_alphabet),
        cmocka_unit_test(hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
