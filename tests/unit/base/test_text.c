/* Texts: compared, cut and read, always ending at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "guard_page.h"

#define GUARDED(name, lit)                                        \
    char *name##_p = guard_page_copy("" lit "", sizeof(lit) - 1); \
    dw_text name = {name##_p, sizeof(lit) - 1}

static void eq_nocase_folds_ascii_letters_only(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            unsigned la = a >= 'A' && a <= 'Z' ? a + 32 : a;
            unsigned lb = b >= 'A' && b <= 'Z' ? b + 32 : b;
            /* Alone, and as the middle of a text that is compared eight bytes at a time. */
            char one = (char)a, two = (char)b;
            char x[] = "abcdefghijk", y[] = "ABCDEFGHIJK";
            x[5] = one;
            y[5] = two;
            assert_int_equal(dw__text_eq_nocase((dw_text){&one, 1}, (dw_text){&two, 1}), la == lb);
            assert_int_equal(dw__text_eq_nocase((dw_text){x, 11}, (dw_text){y, 11}), la == lb);
        }
    assert_false(dw__text_eq_nocase(DW_TEXT("abc"), DW_TEXT("abcd")));
    assert_true(dw__text_eq_nocase((dw_text){NULL, 0}, DW_TEXT("")));
}

static void eq_nocase_stays_inside(void **state)
{
    (void)state;
    const char *all = "Content-Length-And-More-Than-That";
    for (size_t n = 0; n <= strlen(all); n++) {
        char *p = guard_page_copy(all, n);
        assert_true(dw__text_eq_nocase((dw_text){p, n}, (dw_text){all, n}));
        assert_true(dw__text_eq((dw_text){p, n}, (dw_text){all, n}));
        guard_page_free(p);
    }
}

static void is_compares_with_a_literal(void **state)
{
    (void)state;
    assert_true(dw__text_is(DW_TEXT("GET"), "GET"));
    assert_false(dw__text_is(DW_TEXT("GET"), "get"));
    assert_false(dw__text_is(DW_TEXT("GETX"), "GET"));
    assert_true(dw__text_is(((dw_text){NULL, 0}), ""));
}

static void starts(void **state)
{
    (void)state;
    assert_true(dw__text_starts(DW_TEXT("Bearer x"), DW_TEXT("Bearer ")));
    assert_false(dw__text_starts(DW_TEXT("Bear"), DW_TEXT("Bearer ")));
    assert_true(dw__text_starts((dw_text){NULL, 0}, (dw_text){NULL, 0}));
}

static void of_a_string(void **state)
{
    (void)state;
    assert_int_equal(dw__text_of(NULL).n, 0);
    assert_true(dw__text_is(dw__text_of("abc"), "abc"));
}

static void trim_takes_spaces_and_tabs(void **state)
{
    (void)state;
    assert_true(dw__text_is(dw__text_trim(DW_TEXT(" \t a b\t ")), "a b"));
    assert_true(dw__text_is(dw__text_trim(DW_TEXT("\r a")), "\r a"));
    assert_int_equal(dw__text_trim(DW_TEXT(" \t ")).n, 0);
    assert_int_equal(dw__text_trim((dw_text){NULL, 0}).n, 0);
}

static void cut_at_the_first(void **state)
{
    (void)state;
    GUARDED(rest, "a,,b,");
    assert_true(dw__text_is(dw__text_cut(&rest, ','), "a"));
    assert_true(dw__text_is(dw__text_cut(&rest, ','), ""));
    assert_true(dw__text_is(dw__text_cut(&rest, ','), "b"));
    assert_non_null(rest.p); /* an empty last part is a part */
    assert_int_equal(rest.n, 0);
    assert_int_equal(dw__text_cut(&rest, ',').n, 0);
    assert_null(rest.p);
    guard_page_free(rest_p);
}

static void find_gives_a_place_or_the_length(void **state)
{
    (void)state;
    GUARDED(t, "a=b=c");
    assert_int_equal(dw__text_find(t, '='), 1);
    assert_int_equal(dw__text_find(t, ';'), 5);
    assert_int_equal(dw__text_find((dw_text){NULL, 0}, 'x'), 0);
    guard_page_free(t_p);
}

static void u64_reads_digits_and_nothing_else(void **state)
{
    (void)state;
    uint64_t v = 7;
    static const char *const bad[] = {"",
                                      "+4",
                                      "-1",
                                      " 1",
                                      "1 ",
                                      "0x4",
                                      "1_0",
                                      "4,4",
                                      "1e3",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "\xd9\xa1",
                                      "1\n",
                                      "1:",
                                      "1/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *p = guard_page_copy(bad[i], strlen(bad[i]));
        assert_false(dw__text_u64((dw_text){p, strlen(bad[i])}, &v));
        guard_page_free(p);
    }
    assert_int_equal(v, 7);
    assert_true(dw__text_u64(DW_TEXT("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_true(dw__text_u64(DW_TEXT("000000000000000000000000000012"), &v));
    assert_true(v == 12);
}

static void i64_reads_both_ends(void **state)
{
    (void)state;
    int64_t v = 7;
    assert_true(dw__text_i64(DW_TEXT("-9223372036854775808"), &v));
    assert_true(v == INT64_MIN);
    assert_true(dw__text_i64(DW_TEXT("9223372036854775807"), &v));
    assert_true(v == INT64_MAX);
    assert_false(dw__text_i64(DW_TEXT("9223372036854775808"), &v));
    assert_false(dw__text_i64(DW_TEXT("-9223372036854775809"), &v));
    assert_false(dw__text_i64(DW_TEXT("-"), &v));
    assert_false(dw__text_i64(DW_TEXT("--1"), &v));
    assert_false(dw__text_i64(DW_TEXT("+1"), &v));
    assert_true(dw__text_i64(DW_TEXT("-0"), &v));
    assert_true(v == 0);
}

static void size_knows_k_m_g(void **state)
{
    (void)state;
    uint64_t v = 0;
    assert_true(dw__text_size(DW_TEXT("64"), &v) && v == 64);
    assert_true(dw__text_size(DW_TEXT("64K"), &v) && v == 65536);
    assert_true(dw__text_size(DW_TEXT("16M"), &v) && v == 16777216);
    assert_true(dw__text_size(DW_TEXT("1G"), &v) && v == 1073741824);
    assert_true(dw__text_size(DW_TEXT("17179869183G"), &v));
    assert_false(dw__text_size(DW_TEXT("17179869184G"), &v));
    assert_false(dw__text_size(DW_TEXT("K"), &v));
    assert_false(dw__text_size(DW_TEXT("1KK"), &v));
    assert_false(dw__text_size(DW_TEXT("1k"), &v));
    assert_false(dw__text_size(DW_TEXT("1T"), &v));
    assert_false(dw__text_size((dw_text){NULL, 0}, &v));
}

static void digits_of_one(uint64_t v)
{
    char want[21], got[20];
    int n = snprintf(want, sizeof want, "%" PRIu64, v);
    assert_int_equal(dw__u64_digits(v, got), n);
    assert_memory_equal(got, want, (size_t)n);
}

static void digits_as_printf_writes_them(void **state)
{
    (void)state;
    uint64_t power = 1;
    for (unsigned i = 0; i < 20; i++, power *= 10) {
        digits_of_one(power - 1);
        digits_of_one(power);
        digits_of_one(power + 1);
    }
    for (uint64_t v = 0; v < 11000; v++)
        digits_of_one(v);
    for (unsigned i = 0; i < 64; i++)
        digits_of_one(UINT64_C(1) << i);
    digits_of_one(UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eq_nocase_folds_ascii_letters_only),
        cmocka_unit_test(eq_nocase_stays_inside),
        cmocka_unit_test(is_compares_with_a_literal),
        cmocka_unit_test(starts),
        cmocka_unit_test(of_a_string),
        cmocka_unit_test(trim_takes_spaces_and_tabs),
        cmocka_unit_test(cut_at_the_first),
        cmocka_unit_test(find_gives_a_place_or_the_length),
        cmocka_unit_test(u64_reads_digits_and_nothing_else),
        cmocka_unit_test(i64_reads_both_ends),
        cmocka_unit_test(size_knows_k_m_g),
        cmocka_unit_test(digits_as_printf_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
