/* Host names, by letters, digits and hyphens. */
#include "codec/host.h"

#include "codec/values.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void names(void **state)
{
    static const struct {
        dw_text name;
        size_t labels; /* 0: not valid */
    } rows[] = {
        {DW_TEXT_INIT("example.com"), 2},
        {DW_TEXT_INIT("localhost"), 1},
        {DW_TEXT_INIT("a"), 1},
        {DW_TEXT_INIT("3com.com"), 2},
        {DW_TEXT_INIT("xn--bcher-kva.example"), 2},
        {DW_TEXT_INIT("A-1.B-2.C"), 3},
        {DW_TEXT_INIT("1.2.3.4a"), 4},
        {DW_TEXT_INIT(L63 ".a"), 2},
        {DW_TEXT_INIT(L63 "." L63 "." L63 ".abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"),
         4},
        {DW_TEXT_INIT(L63 "." L63 "." L63 ".abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij"),
         0},
        {DW_TEXT_INIT(L63 "a.b"), 0},
        {DW_TEXT_INIT(""), 0},
        {DW_TEXT_INIT("."), 0},
        {DW_TEXT_INIT("a."), 0},
        {DW_TEXT_INIT(".a"), 0},
        {DW_TEXT_INIT("a..b"), 0},
        {DW_TEXT_INIT("-a.b"), 0},
        {DW_TEXT_INIT("a-.b"), 0},
        {DW_TEXT_INIT("a_b.c"), 0},
        {DW_TEXT_INIT("b\xc3\xbc"
                      "cher.example"),
         0},
        {DW_TEXT_INIT("a b"), 0},
        {DW_TEXT_INIT("a\0b"), 0},
        {DW_TEXT_INIT("1.2.3.4"), 0},
        {DW_TEXT_INIT("127.1"), 0},
        {DW_TEXT_INIT("2130706433"), 0},
        {DW_TEXT_INIT("0x7f000001"), 0},
        {DW_TEXT_INIT("a.0X"), 0},
        {DW_TEXT_INIT("a.0xg"), 2},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t labels = 9;
        if (READS(dw__host_name_valid, rows[i].name, &labels) != (rows[i].labels > 0))
            fail_msg("%.*s", DW_FMT(rows[i].name));
        if (rows[i].labels > 0)
            assert_int_equal(labels, rows[i].labels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
