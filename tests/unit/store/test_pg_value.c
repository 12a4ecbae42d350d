/* Values as PostgreSQL sends and takes them: whatever else comes is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../guard_page.h"
#include "store/pg_value.h"

static const unsigned every[] = {PG_BOOL,   PG_NAME,   PG_INT8,   PG_INT2,    PG_INT4, PG_TEXT,
                                 PG_FLOAT4, PG_FLOAT8, PG_BPCHAR, PG_VARCHAR, 1700,    0};

static bool decode(unsigned oid, const char *p, size_t n, struct sql_value *value)
{
    char *copy = guard_page_copy(p, n);
    bool ok = dw__pg_decode(oid, copy, n, value);

    guard_page_free(copy);
    return ok;
}

static void there_and_back(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, 258, INT64_MAX, INT64_MIN};
    struct pg_wire wire;
    struct sql_value in, out;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        in = (struct sql_value){.type = SQL_INT, .i = numbers[i]};
        assert_true(dw__pg_encode(PG_INT8, &in, &wire));
        assert_true(decode(PG_INT8, wire.p, (size_t)wire.n, &out));
        assert_true(out.type == SQL_INT && out.i == numbers[i]);
    }
    in = (struct sql_value){.type = SQL_REAL, .d = -0.1};
    assert_true(dw__pg_encode(PG_FLOAT8, &in, &wire));
    assert_true(decode(PG_FLOAT8, wire.p, (size_t)wire.n, &out));
    assert_true(out.type == SQL_REAL && out.d == -0.1);
    in = (struct sql_value){.type = SQL_INT, .i = 1};
    assert_true(dw__pg_encode(PG_BOOL, &in, &wire));
    assert_int_equal(wire.n, 1);
    assert_true(decode(PG_BOOL, wire.p, 1, &out) && out.i == 1);
    in = (struct sql_value){.type = SQL_TEXT, .t = {"h\xc3\xa9", 3}};
    assert_true(dw__pg_encode(PG_TEXT, &in, &wire));
    assert_ptr_equal(wire.p, in.t.p);
    assert_int_equal(wire.n, 3);
    in = (struct sql_value){.type = SQL_TEXT, .t = {"", 0}};
    assert_true(dw__pg_encode(PG_TEXT, &in, &wire));
    assert_non_null(wire.p);
    in = (struct sql_value){.type = SQL_NULL};
    assert_true(dw__pg_encode(PG_INT8, &in, &wire));
    assert_null(wire.p);
}

static void bytes_are_in_network_order(void **state)
{
    const struct sql_value in = {.type = SQL_INT, .i = 0x0102030405060708};
    struct sql_value out;
    struct pg_wire wire;

    (void)state;
    assert_true(dw__pg_encode(PG_INT8, &in, &wire));
    assert_memory_equal(wire.p, "\1\2\3\4\5\6\7\10", 8);
    assert_true(decode(PG_INT4, "\xff\xff\xff\xfe", 4, &out) && out.i == -2);
    assert_true(decode(PG_INT2, "\x80\x00", 2, &out) && out.i == INT16_MIN);
    assert_true(decode(PG_FLOAT4, "\x3f\x80\x00\x00", 4, &out) && out.d == 1.0);
}

static void a_length_or_a_type_that_is_wrong_is_refused(void **state)
{
    static const char zeros[16];
    struct sql_value out;

    (void)state;
    for (size_t t = 0; t < sizeof every / sizeof *every; t++)
        for (size_t n = 0; n <= 16; n++) {
            bool is_text =
                every[t] == PG_TEXT || every[t] == PG_NAME || every[t] == PG_VARCHAR || every[t] == PG_BPCHAR;
            size_t wanted = every[t] == PG_INT8 || every[t] == PG_FLOAT8   ? 8
                            : every[t] == PG_INT4 || every[t] == PG_FLOAT4 ? 4
                            : every[t] == PG_INT2                          ? 2
                            : every[t] == PG_BOOL                          ? 1
                                                                           : 99;

            assert_int_equal(decode(every[t], zeros, n, &out), is_text || n == wanted);
        }
    assert_false(decode(PG_BOOL, "\2", 1, &out));
}

static void a_value_is_not_sent_as_another_type(void **state)
{
    const struct sql_value text = {.type = SQL_TEXT, .t = {"1", 1}}, number = {.type = SQL_INT, .i = 1};
    struct pg_wire wire;

    (void)state;
    assert_false(dw__pg_encode(PG_INT8, &text, &wire));
    assert_false(dw__pg_encode(PG_TEXT, &number, &wire));
    assert_false(dw__pg_encode(PG_FLOAT8, &number, &wire));
}

static void what_a_field_wants(void **state)
{
    static const dw_kind as_text[] = {DW_KIND_DATE,  DW_KIND_TIME,   DW_KIND_UUID, DW_KIND_ENUM,
                                      DW_KIND_EMAIL, DW_KIND_URL,    DW_KIND_IP,   DW_KIND_BYTES,
                                      DW_KIND_LIST,  DW_KIND_OBJECT, DW_KIND_MAP,  DW_KIND_JSON};

    (void)state;
    assert_null(dw__pg_wants(DW_KIND_INT64, PG_INT2));
    assert_null(dw__pg_wants(DW_KIND_DOUBLE, PG_INT8));
    assert_null(dw__pg_wants(DW_KIND_SECRET, PG_VARCHAR));
    assert_null(dw__pg_wants(DW_KIND_BOOL, PG_BOOL));
    assert_non_null(dw__pg_wants(DW_KIND_BOOL, PG_INT4));
    assert_non_null(dw__pg_wants(DW_KIND_INT64, PG_FLOAT8));
    assert_non_null(dw__pg_wants(DW_KIND_INT64, 1700));
    assert_non_null(dw__pg_wants(DW_KIND_TEXT, PG_INT8));
    assert_null(dw__pg_wants(DW_KIND_DECIMAL, PG_INT8));
    assert_non_null(dw__pg_wants(DW_KIND_DECIMAL, 1700)); /* numeric */
    for (size_t i = 0; i < sizeof as_text / sizeof *as_text; i++) {
        assert_null(dw__pg_wants(as_text[i], PG_TEXT));
        assert_non_null(dw__pg_wants(as_text[i], PG_INT8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(bytes_are_in_network_order),
        cmocka_unit_test(a_length_or_a_type_that_is_wrong_is_refused),
        cmocka_unit_test(a_value_is_not_sent_as_another_type),
        cmocka_unit_test(what_a_field_wants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
