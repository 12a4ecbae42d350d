/* Banned functions: a call becomes a name that says what to use; what only looks like one does not. */
#include "base/banned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Headers that declare banned names can be included afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_OF(x) TEXT_OF_(x)
#define TEXT_OF_(x) #x

static void calls_are_replaced(void **state)
{
    (void)state;
    assert_string_equal(TEXT_OF(strcpy(a, b)), "BANNED_strcpy_use_dw__buf_put");
    assert_string_equal(TEXT_OF(rand()), "BANNED_rand_use_dw_random");
    assert_string_equal(TEXT_OF(gmtime(&t)), "BANNED_gmtime_use_gmtime_r");
    assert_string_equal(TEXT_OF(sprintf(a, "%s", b)), "BANNED_sprintf_use_snprintf_or_dw__buf_format");
}

struct source {
    int random;
};

static void names_are_not(void **state)
{
    (void)state;
    struct source s = {.random = 7};
    assert_int_equal(s.random, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_replaced),
        cmocka_unit_test(names_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
