/* test_pg_json.c -- how long JSON becomes in a jsonb, and what is left of it without spaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../guard_page.h"
#include "store/pg_json.h"

static size_t size_of(const char *s)
{
    char *copy = guard_page_copy(s, strlen(s));
    size_t n = dw__pg_json_size((dw_text){copy, strlen(s)});

    guard_page_free(copy);
    return n;
}

static void expect_packed(const char *s, const char *wanted)
{
    char *copy = guard_page_copy(s, strlen(s)), out[256];
    size_t n = dw__pg_json_pack((dw_text){copy, strlen(s)}, out);

    assert_int_equal(n, strlen(wanted));
    assert_memory_equal(out, wanted, n);
    guard_page_free(copy);
}

static void how_long_it_becomes(void **state)
{
    static const struct {
        const char *json;
        size_t size;
    } cases[] = {
        {"", 0},
        {"null", 4},
        {"[true,false]", 12},
        {"[1, 2,\t-3]", 8},
        {"{\"a b\": \"c \\\" 1e9\"}", 18},
        {"1.50", 4},
        {"1e3", 3 + 3 + 2},
        {"[1E+16000]", 10 + 16000 + 2},
        {"[1e-16000,-2e-16000]", 20 + 2 * (16000 + 2)},
        {"1e0000000000000000000000000000000005", 36 + 5 + 2},
        {"{\"1e9\":1}", 9},
        {"\"\\\\\" ", 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (size_of(cases[i].json) != cases[i].size)
            fail_msg("%s: %zu, not %zu", cases[i].json, size_of(cases[i].json), cases[i].size);
    assert_in_range(size_of("1e99999999999999999999999999"), 200000, 10000000);
}

static void without_spaces(void **state)
{
    (void)state;
    expect_packed("{\"a\": 1, \"b c\": [1, 2, \" \\\" , \"]}", "{\"a\":1,\"b c\":[1,2,\" \\\" , \"]}");
    expect_packed(" \t\r\n1 ", "1");
    expect_packed("   ", "");
    expect_packed("\"a b", "\"a b"); /* what is no JSON */
    expect_packed("\"a \\", "\"a \\");
    expect_packed("\"", "\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_long_it_becomes),
        cmocka_unit_test(without_spaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
