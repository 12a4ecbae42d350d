/* Names of files of the audit log: a time is read as it was written, and nothing else is; when one is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit_file.h"
#include "auth/audit_line.h"
#include "base/text.h"

static void a_time_is_read_as_it_was_written(void **state)
{
    static const int64_t times[] = {0,
                                    1,
                                    999,
                                    INT64_C(951782399999), /* 28th of February 2000 */
                                    INT64_C(951782400000), /* 29th */
                                    INT64_C(1700000000123),
                                    INT64_C(4107542399999), /* 2100, which has none */
                                    INT64_C(253402300799999)};
    char stamp[DW__AUDIT_STAMP], time[DW__AUDIT_TIME];
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        dw__audit_stamp(times[i], stamp);
        assert_true(dw__audit_stamp_read((dw_text){stamp, sizeof stamp}, &ms));
        assert_int_equal(ms, times[i]);
        dw__audit_time(times[i], time);
        assert_true(dw__audit_time_read((dw_text){time, sizeof time}, &ms));
        assert_int_equal(ms, times[i]);
    }
    for (int64_t day = 0; day < 40000; day++) { /* each day of a century */
        dw__audit_stamp(day * 86400000, stamp);
        assert_true(dw__audit_stamp_read((dw_text){stamp, sizeof stamp}, &ms));
        assert_int_equal(ms, day * 86400000);
    }
}

static void what_is_no_time_is_none(void **state)
{
    static const char *const wrong[] = {"",
                                        "20260131T120000000",
                                        "20260131T120000000z",
                                        "20260131 120000000Z",
                                        "2026013AT120000000Z",
                                        "20260231T120000000Z",
                                        "20260631T120000000Z",
                                        "20260131T240000000Z",
                                        "20260131T126000000Z",
                                        "20261331T120000000Z",
                                        "20260001T120000000Z",
                                        "20260100T120000000Z",
                                        "19691231T120000000Z",
                                        "99999999T999999999Z",
                                        "20260131T120000000ZZ"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(dw__audit_stamp_read(dw__text_of(wrong[i]), &ms));
}

static void a_file_is_of_its_log_and_of_no_other(void **state)
{
    const dw_text log = DW_TEXT("audit.log");
    dw_text stamp;

    (void)state;
    assert_true(dw__audit_file_read(DW_TEXT("audit.log.20260131T120000000Z"), log, &stamp));
    assert_true(dw__text_is(stamp, "20260131T120000000Z"));
    assert_false(dw__audit_file_read(log, log, &stamp));
    assert_false(dw__audit_file_read(DW_TEXT("audit.log.20260131T120000000Z.gz"), log, &stamp));
    assert_false(dw__audit_file_read(DW_TEXT("audit.log-20260131T120000000Z"), log, &stamp));
    assert_false(dw__audit_file_read(DW_TEXT("other.log.20260131T120000000Z"), log, &stamp));
    assert_false(dw__audit_file_read(DW_TEXT("audit.log.1"), log, &stamp));
    assert_false(dw__audit_file_read(DW_TEXT(".20260131T120000000Z"), DW_TEXT(""), &stamp));
}

static void a_file_is_full_by_size_or_by_time(void **state)
{
    const struct audit_bounds none = {0, 0}, size = {1000, 0}, age = {0, 60000};

    (void)state;
    assert_false(dw__audit_file_is_full(&none, UINT64_MAX, 0, INT64_MAX));
    assert_false(dw__audit_file_is_full(&size, 999, 0, INT64_MAX));
    assert_true(dw__audit_file_is_full(&size, 1000, 0, 0));
    assert_false(dw__audit_file_is_full(&age, 1, 60000, 119999));
    assert_true(dw__audit_file_is_full(&age, 1, 119999, 120000));
    assert_false(dw__audit_file_is_full(&age, 0, 0, 120000)); /* an empty one never is */
    assert_false(dw__audit_file_is_full(&age, 1, 120000, 0)); /* a clock that was put back */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_read_as_it_was_written),
        cmocka_unit_test(what_is_no_time_is_none),
        cmocka_unit_test(a_file_is_of_its_log_and_of_no_other),
        cmocka_unit_test(a_file_is_full_by_size_or_by_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
