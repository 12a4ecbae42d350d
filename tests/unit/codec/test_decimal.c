/* Decimals: what is one, what it is worth, and that no digit is ever lost. */
#include "codec/decimal.h"

#include "codec/values.h"

static void reads_and_writes(void **state)
{
    static const struct {
        dw_text text;
        int64_t units;
        uint32_t scale;
    } rows[] = {
        {DW_TEXT_INIT("0"), 0, 0},
        {DW_TEXT_INIT("7"), 7, 0},
        {DW_TEXT_INIT("12.50"), 1250, 2},
        {DW_TEXT_INIT("-0.01"), -1, 2},
        {DW_TEXT_INIT("-12"), -12, 0},
        {DW_TEXT_INIT("0.0"), 0, 1},
        {DW_TEXT_INIT("1000000.000001"), INT64_C(1000000000001), 6},
        {DW_TEXT_INIT("999999999999999999"), INT64_C(999999999999999999), 0},
        {DW_TEXT_INIT("-999999999999999999"), INT64_C(-999999999999999999), 0},
        {DW_TEXT_INIT("9999999999999999.99"), INT64_C(999999999999999999), 2},
        {DW_TEXT_INIT("0.000000000000000001"), 1, 18},
        {DW_TEXT_INIT("-0.999999999999999999"), INT64_C(-999999999999999999), 18},
    };
    struct memory m;
    dw_ctx *ctx = memory_init(&m);
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_decimal v;
        assert_true(READS(dw_decimal_read, rows[i].text, &v));
        assert_true(v.units == rows[i].units);
        assert_int_equal(v.scale, rows[i].scale);
        assert_true(dw__text_eq(dw_decimal_text(ctx, v), rows[i].text));
    }
    dw_decimal v;
    assert_true(READS(dw_decimal_read, DW_TEXT("-0"), &v) && v.units == 0);
    dw__arena_release(&m.arena);
}

static void refuses(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("-"),
        DW_TEXT_INIT("+1"),
        DW_TEXT_INIT("."),
        DW_TEXT_INIT(".5"),
        DW_TEXT_INIT("5."),
        DW_TEXT_INIT("-.5"),
        DW_TEXT_INIT("01"),
        DW_TEXT_INIT("00"),
        DW_TEXT_INIT("-00.1"),
        DW_TEXT_INIT("1e2"),
        DW_TEXT_INIT("1E2"),
        DW_TEXT_INIT("1,5"),
        DW_TEXT_INIT("1.5.5"),
        DW_TEXT_INIT(" 1"),
        DW_TEXT_INIT("1 "),
        DW_TEXT_INIT("0x10"),
        DW_TEXT_INIT("NaN"),
        DW_TEXT_INIT("1_000"),
        DW_TEXT_INIT("--1"),
        DW_TEXT_INIT("1.5\0"),
        DW_TEXT_INIT("1.-5"),
        DW_TEXT_INIT("1000000000000000000"),
        DW_TEXT_INIT("99999999999999999.99"),
        DW_TEXT_INIT("0.0000000000000000001"),
        DW_TEXT_INIT("1.000000000000000000"),
        DW_TEXT_INIT("99999999999999999999999999999999999999"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_decimal v = {7, 7};
        if (READS(dw_decimal_read, rows[i], &v))
            fail_msg("\"%.*s\" is no decimal", DW_FMT(rows[i]));
        assert_true(v.units == 0 && v.scale == 0);
    }
}

static void writes_nothing_for_none(void **state)
{
    char out[DW__DECIMAL_SIZE];
    (void)state;
    assert_int_equal(dw__decimal_write((dw_decimal){1, 19}, out), 0);
    assert_int_equal(dw__decimal_write((dw_decimal){INT64_MIN, 2}, out), 0);
    assert_int_equal(dw__decimal_write((dw_decimal){INT64_C(1000000000000000000), 0}, out), 0);
}

static void compares(void **state)
{
    const int64_t most = INT64_C(999999999999999999);
    (void)state;
    assert_true(dw_decimal_compare((dw_decimal){15, 1}, (dw_decimal){150, 2}) == 0);
    assert_true(dw_decimal_compare((dw_decimal){15, 1}, (dw_decimal){151, 2}) < 0);
    assert_true(dw_decimal_compare((dw_decimal){-15, 1}, (dw_decimal){-151, 2}) > 0);
    assert_true(dw_decimal_compare((dw_decimal){most, 0}, (dw_decimal){most, 18}) > 0);
    assert_true(dw_decimal_compare((dw_decimal){-most, 0}, (dw_decimal){most, 18}) < 0);
}

static void rescales(void **state)
{
    dw_decimal v;
    (void)state;
    assert_true(dw_decimal_rescale((dw_decimal){125, 1}, 3, &v) && v.units == 12500 && v.scale == 3);
    assert_true(dw_decimal_rescale((dw_decimal){1200, 3}, 1, &v) && v.units == 12 && v.scale == 1);
    assert_false(dw_decimal_rescale((dw_decimal){1250, 3}, 1, &v));
    assert_false(dw_decimal_rescale((dw_decimal){INT64_C(999999999999999999), 0}, 1, &v));
    assert_false(dw_decimal_rescale((dw_decimal){10, 0}, 18, &v));
    assert_false(dw_decimal_rescale((dw_decimal){1, 0}, 19, &v));
    assert_false(dw_decimal_rescale((dw_decimal){1, 30}, 1, &v));
}

static void adds(void **state)
{
    const int64_t most = INT64_C(999999999999999999);
    dw_decimal v;
    (void)state;
    assert_true(dw_decimal_add((dw_decimal){1, 1}, (dw_decimal){2, 1}, &v) && v.units == 3 && v.scale == 1);
    assert_true(dw_decimal_add((dw_decimal){1, 1}, (dw_decimal){-25, 2}, &v) && v.units == -15 &&
                v.scale == 2);
    assert_true(dw_decimal_add((dw_decimal){most, 0}, (dw_decimal){-most, 0}, &v) && v.units == 0);
    assert_false(dw_decimal_add((dw_decimal){most, 0}, (dw_decimal){1, 0}, &v));
    assert_false(dw_decimal_add((dw_decimal){most, 0}, (dw_decimal){1, 1}, &v));
    assert_true(v.units == 0 && v.scale == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(writes_nothing_for_none),
        cmocka_unit_test(compares),
        cmocka_unit_test(rescales),
        cmocka_unit_test(adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
