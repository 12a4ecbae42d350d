/* The error table: every row is what its readers rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "base/err.h"

static const dw_err all[] = {
#define NAME(name, number, status, code, text) DW_##name,
    DW_ERRORS(NAME)};
#define N (sizeof all / sizeof *all)

static void rows_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        assert_in_range(all[i], 1, 999);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(dw_err_code(all[i]), dw_err_code(all[k]));
    }
}

static void rows_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        assert_in_range(dw_err_status(all[i]), 400, 599);
        for (const char *p = dw_err_code(all[i]); *p != '\0'; p++)
            assert_true(islower((unsigned char)*p) || *p == '_');
        assert_true(isupper((unsigned char)dw_err_text(all[i])[0]));
    }
}

static void some_rows(void **state)
{
    (void)state;
    assert_int_equal(dw_err_status(DW_NOT_FOUND), 404);
    assert_string_equal(dw_err_code(DW_NOT_FOUND), "not_found");
    assert_int_equal(dw_err_status(DW_TIMEOUT), 503);
    assert_string_equal(dw_err_text(DW_DENIED), "Insufficient permissions");
    assert_int_equal(dw_err_status(DW_OK), 200);
}

static void a_number_in_no_table_tells_nothing(void **state)
{
    (void)state;
    static const int strange[] = {-1, 29, 999, DW_ERR_APP_FIRST, DW_ERR_APP_LAST, 5000};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        assert_int_equal(dw_err_status((dw_err)strange[i]), 500);
        assert_string_equal(dw_err_code((dw_err)strange[i]), "internal");
        assert_string_equal(dw_err_text((dw_err)strange[i]), "An unexpected error occurred");
    }
}

static void an_application_s_own_are_as_good(void **state)
{
    static const dw_app_error own[] = {{1000, 409, "sold_out", "There is none left"},
                                       {1999, 503, "closed", "The shop is closed"}};
    (void)state;
    assert_false(dw__err_is_known((dw_err)1000));
    dw__err_use(own, 2);
    assert_true(dw__err_is_known((dw_err)1000));
    assert_int_equal(dw_err_status((dw_err)1000), 409);
    assert_string_equal(dw_err_code((dw_err)1999), "closed");
    assert_string_equal(dw_err_text((dw_err)1000), "There is none left");
    assert_false(dw__err_is_known((dw_err)1001));
    assert_int_equal(dw_err_status((dw_err)1001), 500);
    assert_string_equal(dw_err_code((dw_err)1001), "internal");
    assert_string_equal(dw_err_code(DW_NOT_FOUND), "not_found");
    dw__err_use(NULL, 0);
    assert_int_equal(dw_err_status((dw_err)1000), 500);
    assert_false(dw__err_is_known(DW_OK));
    assert_true(dw__err_is_known(DW_NOT_FOUND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_told_apart),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(some_rows),
        cmocka_unit_test(a_number_in_no_table_tells_nothing),
        cmocka_unit_test(an_application_s_own_are_as_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
