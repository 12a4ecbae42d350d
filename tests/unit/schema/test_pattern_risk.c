/* Patterns that a text can make exponential, patterns that none can, and patterns that are not judged. */
#include "schema/pattern_risk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void all(const char *const *patterns, enum pattern_risk want)
{
    for (; *patterns != NULL; patterns++)
        if (dw__pattern_risk(*patterns) != want)
            fail_msg("%s: %d", *patterns, dw__pattern_risk(*patterns));
}

static void finds_exponential_ones(void **state)
{
    (void)state;
    all((const char *const[]){"(a+)+",
                              "(a*)*",
                              "(a+)*b",
                              "([a-z]+)*",
                              "(a|a)*",
                              "(a|aa)+",
                              "(a|ab|b)*",
                              "(?:\\w+\\s?)*",
                              "^(([a-z])+.)+[A-Z]([a-z])+$",
                              "(.*)*",
                              "(.*a)+x",
                              "(x+x+)+y",
                              "(?:[^@]+@?)+",
                              "(?<name>\\d+|[0-9a-f]+)*",
                              "(?'name'a*)+",
                              "(?P<name>(?:ab?)+b*)+",
                              "(?i:[A-Z]|[a-z])+",
                              "([a-z]+){1,20}",
                              "([a-z]{2,}){3,}",
                              "(\\x61|a)*",
                              "((?:a)+(?#why not)){2,9}",
                              "(\xc3\xa9|\xc3\xa8)*", /* others are one */
                              NULL},
        PATTERN_EXPONENTIAL);
}

static void leaves_others_alone(void **state)
{
    (void)state;
    all((const char *const[]){"",
                              "a",
                              "[a-z]+",
                              "[0-9]{13}",
                              "[A-Za-z0-9]+",
                              "-?(?:id|name)",
                              "[^@\\s]{1,64}@[^@\\s.]+(?:\\.[^@\\s.]+)+",
                              "[a-z0-9]+(?:-[a-z0-9]+)*",
                              "(?:[a-z0-9]{1,63}\\.)+[a-z]{2,63}",
                              "(ab)+",
                              "(a+b)+",
                              "(a?b)+",
                              "(a|b)*",
                              "(a|bc|d)*e",
                              "a*a*b", /* polynomial, which the limits of a match take care of */
                              "([0-9]{4}-){3}[0-9]{4}",
                              "(?:[A-F0-9]{2}:){5}[A-F0-9]{2}",
                              "\\p{Lu}\\p{Ll}+(?: \\p{Lu}\\p{Ll}+)*",
                              "(?:\\d+[a-z])+",
                              "^\\$[0-9]+(?:\\.[0-9]{2})?$",
                              "[[:digit:]]+(?:,[[:digit:]]+)*",
                              "[]a-]+\\]",
                              "(?i)[a-z]+(?-i)(?:B[a-z]?)?",
                              "a{2}b{0}c{,3}",
                              NULL},
        PATTERN_FINE);
}

static void does_not_pretend(void **state)
{
    (void)state;
    all((const char *const[]){"(?=a)a*", "(?!a).*", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?R)?a", "a(?1)(b)",
                              "(*UCP)a", "(?(1)a|b)", "\\Qa+\\E", "(?x) a", "\\Ka", "(a", "[a",
                              /* too large to look at */
                              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                              "aaaaaaaaaaaaaaaaaaaaa",
                              NULL},
        PATTERN_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_exponential_ones),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(does_not_pretend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
