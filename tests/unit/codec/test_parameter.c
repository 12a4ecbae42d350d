/* Parameters of field values: taken whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/parameter.h"
#include "guard_page.h"

/* The parameters of `value` as "name|value," and what is left behind them as "<rest>". */
static void expect(const char *value, const char *essence, const char *want)
{
    size_t length = strlen(value), n = 0;
    char *copy = guard_page_copy(value, length);
    dw_text rest, name, text;
    dw_text got = dw__parameter_begin((dw_text){copy, length}, &rest);
    char said[256];

    assert_int_equal(got.n, strlen(essence));
    assert_memory_equal(got.p, essence, got.n);
    while (dw__parameter_next(&rest, &name, &text))
        n += (size_t)snprintf(said + n, sizeof said - n, "%.*s|%.*s,", DW_FMT(name), DW_FMT(text));
    (void)snprintf(said + n, sizeof said - n, "<%.*s>", DW_FMT(rest));
    assert_string_equal(said, want);
    guard_page_free(copy);
}

static void reads_tokens_and_quotes(void **state)
{
    (void)state;
    expect("text/plain", "text/plain", "<>");
    expect("", "", "<>");
    expect(" a/b \t;x=1", "a/b", "x|1,<>");
    expect("a;x=1 ; y=\"\";z=\"; \xc3\xbc\t=\"", "a", "x|1,y|,z|; \xc3\xbc\t=,<>");
    expect("a;a!#$%&'*+-.^_`|~9Z=x", "a", "a!#$%&'*+-.^_`|~9Z|x,<>");
    expect("a;x=\"b\\c\\\\d\"", "a", "x|b\\c\\\\d,<>");
}

static void leaves_what_is_none(void **state)
{
    static const char *const bad[] = {";",         "; ",         ";x",          ";x=",         ";=1",
                                      ";x =1",     ";x= 1",      ";x=\"",       ";x=\"a",      ";x=a b",
                                      ";x=\"\\\"", ";x=\"a\n\"", ";x=\"\x7f\"", ";x=\"\\\"\"", ";;x=1",
                                      ";x=1;",     ";x=1 "};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char value[32];
        dw_text rest, name, text;
        size_t n = (size_t)snprintf(value, sizeof value, "a%s", bad[i]);
        char *copy = guard_page_copy(value, n);

        (void)dw__parameter_begin((dw_text){copy, n}, &rest);
        while (dw__parameter_next(&rest, &name, &text))
            continue;
        if (rest.n == 0)
            fail_msg("%s was taken", bad[i]);
        guard_page_free(copy);
    }
}

static void knows_tokens(void **state)
{
    (void)state;
    assert_true(dw__is_token(DW_TEXT("Content-Type")));
    assert_false(dw__is_token(DW_TEXT("")));
    assert_false(dw__is_token(DW_TEXT("a b")));
    assert_false(dw__is_token(DW_TEXT("a\0b")));
    assert_false(dw__is_token(DW_TEXT("\xc3\xbc")));
    assert_false(dw__is_token(DW_TEXT("a/b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tokens_and_quotes),
        cmocka_unit_test(leaves_what_is_none),
        cmocka_unit_test(knows_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
