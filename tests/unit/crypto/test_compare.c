/* Equality that looks at everything, and wiping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/compare.h"
#include "guard_page.h"

static void finds_a_difference_anywhere(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 70; n++) {
        char zeros[70] = {0};
        char *a = guard_page_copy(zeros, n), *b = guard_page_copy(zeros, n);
        assert_true(dw__equal(a, b, n));
        for (size_t bit = 0; bit < n * 8; bit++) {
            a[bit / 8] = (char)(1 << bit % 8);
            assert_false(dw__equal(a, b, n));
            a[bit / 8] = 0;
        }
        guard_page_free(a);
        guard_page_free(b);
    }
}

static void lengths_are_part_of_a_secret(void **state)
{
    (void)state;
    assert_true(dw__secret_eq((dw_secret){"abc", 3}, (dw_secret){"abc", 3}));
    assert_false(dw__secret_eq((dw_secret){"abc", 3}, (dw_secret){"abc", 2}));
    assert_false(dw__secret_eq((dw_secret){"abc", 3}, (dw_secret){"abd", 3}));
    assert_true(dw__secret_eq((dw_secret){NULL, 0}, (dw_secret){NULL, 0}));
    assert_false(dw__secret_eq((dw_secret){NULL, 0}, (dw_secret){"", 1}));
}

static void wipes_exactly(void **state)
{
    (void)state;
    char text[8] = "secrets";
    dw__wipe(text + 1, 3);
    assert_memory_equal(text, "s\0\0\0ets", 8);
    dw__wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_a_difference_anywhere),
                                       cmocka_unit_test(lengths_are_part_of_a_secret),
                                       cmocka_unit_test(wipes_exactly)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
