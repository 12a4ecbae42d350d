/* Days and instants of RFC 3339: its own examples, its edges, and every day of the calendar. */
#include "codec/date.h"

#include <time.h>

#include "codec/values.h"

static void reads_dates(void **state)
{
    static const struct {
        dw_text text;
        int64_t days;
    } rows[] = {
        {DW_TEXT_INIT("1970-01-01"), 0},       {DW_TEXT_INIT("1969-12-31"), -1},
        {DW_TEXT_INIT("1985-04-12"), 5580},    {DW_TEXT_INIT("2000-02-29"), 11016},
        {DW_TEXT_INIT("2024-02-29"), 19782},   {DW_TEXT_INIT("0000-02-29"), -719469},
        {DW_TEXT_INIT("0000-01-01"), -719528}, {DW_TEXT_INIT("9999-12-31"), 2932896},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_date v;
        char out[DW__DATE_SIZE];
        assert_true(READS(dw_date_read, rows[i].text, &v));
        assert_true(dw_date_days(v) == rows[i].days);
        assert_int_equal(dw__date_write(v, out), DW__DATE_SIZE);
        assert_memory_equal(out, rows[i].text.p, DW__DATE_SIZE);
    }
}

static void refuses_dates(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("2023-02-29"),
        DW_TEXT_INIT("1900-02-29"),
        DW_TEXT_INIT("2024-02-30"),
        DW_TEXT_INIT("2024-04-31"),
        DW_TEXT_INIT("2024-00-10"),
        DW_TEXT_INIT("2024-13-01"),
        DW_TEXT_INIT("2024-01-00"),
        DW_TEXT_INIT("2024-01-32"),
        DW_TEXT_INIT("2024-1-01"),
        DW_TEXT_INIT("2024-01-1"),
        DW_TEXT_INIT("24-01-01"),
        DW_TEXT_INIT("20240101"),
        DW_TEXT_INIT("2024/01/01"),
        DW_TEXT_INIT("2024-01-01T"),
        DW_TEXT_INIT("2024-01-01Z"),
        DW_TEXT_INIT(" 2024-01-01"),
        DW_TEXT_INIT("2024-01-01 "),
        DW_TEXT_INIT("+024-01-01"),
        DW_TEXT_INIT("-024-01-01"),
        DW_TEXT_INIT("2024-W01-1"),
        DW_TEXT_INIT("2024-001"),
        DW_TEXT_INIT("2024-0a-01"),
        DW_TEXT_INIT("\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1-1"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_date v = {1, 1, 1};
        if (READS(dw_date_read, rows[i], &v))
            fail_msg("\"%.*s\" is no date", DW_FMT(rows[i]));
        assert_int_equal(v.month, 0);
    }
    char out[DW__DATE_SIZE];
    assert_int_equal(dw__date_write((dw_date){2023, 2, 29}, out), 0);
    assert_int_equal(dw__date_write((dw_date){-1, 1, 1}, out), 0);
    assert_int_equal(dw__date_write((dw_date){0, 0, 0}, out), 0);
}

/* Each day follows the one before, and the C library agrees. */
static void every_day(void **state)
{
    dw_date before = {0, 1, 1};
    (void)state;
    for (int64_t days = -719528; days <= 2932896; days++) {
        dw_date v = dw_date_from_days(days);
        assert_true(dw__date_ok(v) && dw_date_days(v) == days);
        assert_true(days == -719528 || dw_date_compare(before, v) < 0);
        before = v;
        if (days % 397 != 0)
            continue;
        time_t t = (time_t)days * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        assert_true(tm.tm_year + 1900 == v.year && tm.tm_mon + 1 == v.month && tm.tm_mday == v.day);
    }
    assert_int_equal(dw_date_from_days(-719529).month, 0);
    assert_int_equal(dw_date_from_days(INT64_MAX).month, 0);
}

static void reads_times(void **state)
{
    static const struct {
        dw_text text;
        int64_t s;
        uint32_t ns;
        const char *canonical;
    } rows[] = {
        /* RFC 3339 §5.8 */
        {DW_TEXT_INIT("1985-04-12T23:20:50.52Z"), 482196050, 520000000, "1985-04-12T23:20:50.520Z"},
        {DW_TEXT_INIT("1996-12-19T16:39:57-08:00"), 851042397, 0, "1996-12-20T00:39:57Z"},
        {DW_TEXT_INIT("1990-12-31T23:59:60Z"), 662688000, 0, "1991-01-01T00:00:00Z"},
        {DW_TEXT_INIT("1990-12-31T15:59:60-08:00"), 662688000, 0, "1991-01-01T00:00:00Z"},
        {DW_TEXT_INIT("1937-01-01T12:00:27.87+00:20"), -1041337173, 870000000, "1937-01-01T11:40:27.870Z"},
        /* and its edges */
        {DW_TEXT_INIT("1970-01-01t00:00:00z"), 0, 0, "1970-01-01T00:00:00Z"},
        {DW_TEXT_INIT("1970-01-01T00:00:00-00:00"), 0, 0, "1970-01-01T00:00:00Z"},
        {DW_TEXT_INIT("1969-12-31T23:59:59.999999999Z"), -1, 999999999, "1969-12-31T23:59:59.999999999Z"},
        {DW_TEXT_INIT("2024-02-29T00:00:00.000001+23:59"), 1709078460, 1000, "2024-02-28T00:01:00.000001Z"},
        {DW_TEXT_INIT("2024-01-01T00:00:00.0Z"), 1704067200, 0, "2024-01-01T00:00:00Z"},
        {DW_TEXT_INIT("0000-01-01T00:00:00Z"), INT64_C(-62167219200), 0, "0000-01-01T00:00:00Z"},
        {DW_TEXT_INIT("9999-12-31T23:59:59Z"), INT64_C(253402300799), 0, "9999-12-31T23:59:59Z"},
        {DW_TEXT_INIT("1998-12-31T23:59:60.5Z"), 915148800, 500000000, "1999-01-01T00:00:00.500Z"},
    };
    struct memory m;
    dw_ctx *ctx = memory_init(&m);
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_time v;
        if (!READS(dw_time_read, rows[i].text, &v))
            fail_msg("%.*s", DW_FMT(rows[i].text));
        assert_true(v.s == rows[i].s);
        assert_int_equal(v.ns, rows[i].ns);
        assert_true(dw__text_eq(dw_time_text(ctx, v), dw__text_of(rows[i].canonical)));
    }
    dw__arena_release(&m.arena);
}

static void refuses_times(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("1985-04-12"),
        DW_TEXT_INIT("1985-04-12T23:20:50"),
        DW_TEXT_INIT("1985-04-12 23:20:50Z"),
        DW_TEXT_INIT("1985-04-12T23:20Z"),
        DW_TEXT_INIT("1985-04-12T24:00:00Z"),
        DW_TEXT_INIT("1985-04-12T23:60:00Z"),
        DW_TEXT_INIT("1985-04-12T23:20:61Z"),
        DW_TEXT_INIT("1985-04-12T23:20:60Z"),
        DW_TEXT_INIT("1998-12-31T22:59:60Z"),
        DW_TEXT_INIT("1998-12-31T23:58:60Z"),
        DW_TEXT_INIT("1998-12-30T23:59:60Z"),
        DW_TEXT_INIT("1998-12-31T23:59:60+01:00"),
        DW_TEXT_INIT("1985-04-12T23:20:50,5Z"),
        DW_TEXT_INIT("1985-04-12T23:20:50.Z"),
        DW_TEXT_INIT("1985-04-12T23:20:50.1234567890Z"),
        DW_TEXT_INIT("1985-04-12T23:20:50+24:00"),
        DW_TEXT_INIT("1985-04-12T23:20:50+01:60"),
        DW_TEXT_INIT("1985-04-12T23:20:50+0100"),
        DW_TEXT_INIT("1985-04-12T23:20:50+01"),
        DW_TEXT_INIT("1985-04-12T23:20:50 01:00"),
        DW_TEXT_INIT("1985-04-12T23:20:50ZZ"),
        DW_TEXT_INIT("1985-04-12T23:20:50Z "),
        DW_TEXT_INIT("1985-04-12T2a:20:50Z"),
        DW_TEXT_INIT("1985-02-29T23:20:50Z"),
        DW_TEXT_INIT("0000-01-01T00:00:00+00:01"),
        DW_TEXT_INIT("9999-12-31T23:59:59-00:01"),
        DW_TEXT_INIT("9999-12-31T23:59:60Z"),
        DW_TEXT_INIT("1985-04-12T23:20:50.5"),
        DW_TEXT_INIT("1985-04-12T23-20-50Z"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_time v = {5, 5};
        if (READS(dw_time_read, rows[i], &v))
            fail_msg("\"%.*s\" is no time", DW_FMT(rows[i]));
        assert_true(v.s == 0 && v.ns == 0);
    }
    char out[DW__TIME_SIZE];
    assert_int_equal(dw__time_write((dw_time){INT64_MAX, 0}, out), 0);
    assert_int_equal(dw__time_write((dw_time){0, 1000000000}, out), 0);
}

static void orders(void **state)
{
    (void)state;
    assert_true(dw_time_compare((dw_time){1, 5}, (dw_time){1, 6}) < 0);
    assert_true(dw_time_compare((dw_time){2, 0}, (dw_time){1, 6}) > 0);
    assert_true(dw_time_compare((dw_time){2, 1}, (dw_time){2, 1}) == 0);
    assert_true(dw_date_compare((dw_date){2024, 2, 1}, (dw_date){2024, 1, 31}) > 0);
    assert_true(dw_date_compare((dw_date){2023, 12, 31}, (dw_date){2024, 1, 1}) < 0);
    assert_true(dw_date_compare((dw_date){2024, 1, 1}, (dw_date){2024, 1, 1}) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_dates), cmocka_unit_test(refuses_dates), cmocka_unit_test(every_day),
        cmocka_unit_test(reads_times), cmocka_unit_test(refuses_times), cmocka_unit_test(orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
