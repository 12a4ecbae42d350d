/* Patterns match the whole text, and never for long. */
#include <time.h>

#include "schema/pattern.h"
#include "schema/shapes.h"

static bool matches(const char *pattern, dw_text t)
{
    char text[256];
    struct buf why;
    struct plan_pattern *p;
    dw__buf_init_fixed(&why, text, sizeof text);
    assert_int_equal(dw__pattern_new(pattern, &p, &why), DW_OK);
    bool good = dw__pattern_matches(p, t);
    assert_int_equal(dw__pattern_matches(p, t), good);
    dw__pattern_free(p);
    return good;
}

static void matches_the_whole(void **state)
{
    (void)state;
    assert_true(matches("[a-z]+", DW_TEXT("abc")));
    assert_false(matches("[a-z]+", DW_TEXT("abc1")));
    assert_false(matches("[a-z]+", DW_TEXT("1abc")));
    assert_false(matches("[a-z]+", DW_TEXT("abc\n")));
    assert_false(matches("^[a-z]+$", DW_TEXT("abc\n")));
    assert_false(matches("a|ab", DW_TEXT("abc")));
    assert_true(matches("a|ab", DW_TEXT("ab")));
    assert_false(matches("", DW_TEXT("a")));
    assert_true(matches("", (dw_text){NULL, 0}));
    assert_true(matches("..", DW_TEXT("\xc3\xa9\xf0\x9f\x98\x80")));
    assert_false(matches("[a-z]+", DW_TEXT("a\0b")));
}

static void gives_up_in_time(void **state)
{
    char text[257];
    clock_t from = clock();
    (void)state;
    memset(text, 'a', sizeof text);
    text[256] = '!';
    assert_false(matches("(a+)+", (dw_text){text, 257}));
    assert_false(matches("(a|aa)+", (dw_text){text, 257}));
    assert_false(matches("(.*)*x", (dw_text){text, 257}));
    assert_true(clock() - from < CLOCKS_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(matches_the_whole),
                                       cmocka_unit_test(gives_up_in_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
