/* Patterns in ECMAScript: what means the same is said, what does not is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "schema/openapi_pattern.h"

static void same_meaning(void **state)
{
    static const char *const pairs[][2] = {
        {"[a-z]+", "^(?:[a-z]+)$"},
        {"", "^(?:)$"},
        {"a|b(c|d)?", "^(?:a|b(?:c|d)?)$"},
        {"-?(?:id|name)", "^(?:-?(?:id|name))$"},
        {"\\-\\_\\/x", "^(?:-_\\/x)$"},
        {"a{2}b{2,}c{2,3}?", "^(?:a{2}b{2,}c{2,3}?)$"},
        {"a.c", "^(?:a[^\\n]c)$"},
        {"\\s[^@\\s]\\S", "^(?:[\\t\\n\\v\\f\\r ][^@\\t\\n\\v\\f\\r ][^\\t\\n\\v\\f\\r ])$"},
        {"^\\d\\w$", "^(?:^\\d\\w$)$"},
        {"\\p{Lu}\\pL\\P{N}", "^(?:\\p{Lu}\\p{L}\\P{N})$"},
        {"[\\w.-]]}", "^(?:[\\w.\\-]\\]\\})$"},
        {"[-a-c-]", "^(?:[\\-a-c\\-])$"},
        {"[[^(.]", "^(?:[\\[\\^(.])$"},
        {"[!-\\/]", "^(?:[!-/])$"},
        {"[a-\\d]", "^(?:[a\\-\\d])$"},
        {"\xc3\xa9+", "^(?:\xc3\xa9+)$"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[256];
        struct buf b;

        dw__buf_init_fixed(&b, text, sizeof text);
        if (!dw__ecma_pattern(pairs[i][0], &b) || !dw__text_eq((dw_text){b.p, b.n}, dw__text_of(pairs[i][1])))
            fail_msg("%s: %.*s", pairs[i][0], (int)b.n, b.p);
    }
}

static void another_meaning_or_none(void **state)
{
    static const char *const refused[] = {
        "(?=a)b", "(?!a)b",     "(?<=a)b",  "(?i)a", "(?<n>a)", "(?>a)",       "(*UCP)a", "a++",
        "a*+",    "a?+",        "a{2}+",    "a{,2}", "a{x",     "\\1",         "\\x41",   "\\bx",
        "\\Aa",   "a\\z",       "\\Qa\\E",  "\\v",   "\\h",     "[[:alpha:]]", "[]a]",    "[\\w-a]",
        "[\\S]",  "\\p{Greek}", "\\p{Xan}", "\\",    "\\p{^L}", "[a",          "(a",      "a)",
        "*a",     "a**",        "\\R",      "\\K",   "\\pq",    "[\\b]",       "[a-z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char text[256];
        struct buf b;

        dw__buf_init_fixed(&b, text, sizeof text);
        dw__buf_lit(&b, "x");
        if (dw__ecma_pattern(refused[i], &b))
            fail_msg("%s: %.*s", refused[i], (int)b.n, b.p);
        assert_int_equal(b.n, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_meaning),
                                       cmocka_unit_test(another_meaning_or_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
