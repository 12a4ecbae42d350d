/* The error table: every row is what its readers rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include <dw/err.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_told_apart),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(some_rows),
        cmocka_unit_test(a_number_in_no_table_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
