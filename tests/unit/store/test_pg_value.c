/* Values as PostgreSQL sends and takes them: whatever else comes is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../guard_page.h"
#include "store/pg_value.h"

static const unsigned every[] = {
    PG_BOOL, PG_BYTEA,  PG_NAME,    PG_INT8, PG_INT2,        PG_INT4,    PG_TEXT, PG_JSON,  700, PG_FLOAT8,
    PG_INET, PG_BPCHAR, PG_VARCHAR, PG_DATE, PG_TIMESTAMPTZ, PG_NUMERIC, PG_UUID, PG_JSONB, 0};

static const struct plan_type money = {.kind = DW_KIND_DECIMAL, .decimal.scale = 2};

static struct arena arena;
static char room[DW__PG_SPELT];

static struct plan_type type_of(dw_kind kind)
{
    if (kind == DW_KIND_JSON)
        return (struct plan_type){.kind = kind, .bytes.max = 40};
    return kind == DW_KIND_DECIMAL ? money : (struct plan_type){.kind = kind};
}

static bool decode_as(const struct plan_type *type, unsigned oid, const char *p, size_t n,
                      struct sql_value *value)
{
    char *copy = guard_page_copy(p, n);
    bool ok = dw__pg_decode(type, oid, copy, n, &arena, room, value);

    guard_page_free(copy);
    return ok;
}

static bool decode(unsigned oid, const char *p, size_t n, struct sql_value *value)
{
    const struct plan_type type = type_of(DW_KIND_TEXT);

    return decode_as(&type, oid, p, n, value);
}

static const char *encode(dw_kind kind, unsigned oid, const struct sql_value *value, struct pg_wire *wire)
{
    const struct plan_type type = type_of(kind);
    const struct sql_field field = {.type = &type};
    const struct sql_param param = {.source = SQL_FROM_FIELD, .field = &field};

    return dw__pg_encode(&param, oid, value, &arena, wire);
}

static struct sql_value integer(int64_t i)
{
    return (struct sql_value){.type = SQL_INT, .i = i};
}

static struct sql_value text(const char *t)
{
    return (struct sql_value){.type = SQL_TEXT, .t = {t, strlen(t)}};
}

static void there_and_back(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, 258, INT64_MAX, INT64_MIN};
    struct pg_wire wire;
    struct sql_value in, out;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        in = integer(numbers[i]);
        assert_null(encode(DW_KIND_INT64, PG_INT8, &in, &wire));
        assert_true(decode(PG_INT8, wire.p, (size_t)wire.n, &out));
        assert_true(out.type == SQL_INT && out.i == numbers[i]);
    }
    in = (struct sql_value){.type = SQL_REAL, .d = -0.1};
    assert_null(encode(DW_KIND_DOUBLE, PG_FLOAT8, &in, &wire));
    assert_true(decode(PG_FLOAT8, wire.p, (size_t)wire.n, &out));
    assert_true(out.type == SQL_REAL && out.d == -0.1);
    in = integer(1);
    assert_null(encode(DW_KIND_BOOL, PG_BOOL, &in, &wire));
    assert_int_equal(wire.n, 1);
    assert_true(decode(PG_BOOL, wire.p, 1, &out) && out.i == 1);
    in = text("h\xc3\xa9");
    assert_null(encode(DW_KIND_TEXT, PG_TEXT, &in, &wire));
    assert_ptr_equal(wire.p, in.t.p);
    assert_int_equal(wire.n, 3);
    in = text("");
    assert_null(encode(DW_KIND_TEXT, PG_TEXT, &in, &wire));
    assert_non_null(wire.p);
    in = (struct sql_value){.type = SQL_NULL};
    assert_null(encode(DW_KIND_INT64, PG_INT8, &in, &wire));
    assert_null(wire.p);
}

/* What jsonb would give back is what counts. */
static void jsonb_is_as_long_as_it_becomes(void **state)
{
    struct sql_value in = text("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"), out;
    struct pg_wire wire;

    (void)state;
    assert_null(encode(DW_KIND_JSON, PG_JSONB, &in, &wire));
    assert_true(decode(PG_JSONB, "\1{\"a b\": [1, 2]}", 16, &out));
    assert_int_equal(out.t.n, 13);
    assert_memory_equal(out.t.p, "{\"a b\":[1,2]}", 13);
    in = text("1e-40");
    assert_non_null(encode(DW_KIND_JSON, PG_JSONB, &in, &wire));
    assert_null(encode(DW_KIND_JSON, PG_JSON, &in, &wire));
    assert_null(encode(DW_KIND_LIST, PG_JSONB, &in, &wire));
    in = text(
        "[1e-16000,1e-16000,1e-16000,1e-16000,1e-130000,1e-130000,1e-130000,1e-130000,1e-130000,1e-130000,1e-"
        "130000,1e-130000]");
    assert_non_null(encode(DW_KIND_LIST, PG_JSONB, &in, &wire));
}

/* In each of PostgreSQL's own types. */
static void natively_there_and_back(void **state)
{
    static const struct {
        dw_kind kind;
        unsigned oid;
        int n;
        const char *text;
    } cases[] = {
        {DW_KIND_DATE, PG_DATE, 4, "0001-02-28"},
        {DW_KIND_TIME, PG_TIMESTAMPTZ, 8, "1969-12-31T23:59:59.999999Z"},
        {DW_KIND_UUID, PG_UUID, 16, "00112233-4455-4677-8899-aabbccddeeff"},
        {DW_KIND_IP, PG_INET, 20, "2001:db8::1"},
        {DW_KIND_BYTES, PG_BYTEA, 4, "AAECAw"},
        {DW_KIND_BYTES, PG_BYTEA, 0, ""},
        {DW_KIND_JSON, PG_JSONB, 3, "{}"},
        {DW_KIND_LIST, PG_JSON, 2, "[]"},
    };
    struct sql_value in, out;
    struct pg_wire wire;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct plan_type type = type_of(cases[i].kind);

        in = text(cases[i].text);
        assert_null(encode(cases[i].kind, cases[i].oid, &in, &wire));
        assert_int_equal(wire.n, cases[i].n);
        assert_non_null(wire.p);
        assert_true(dw__pg_decode(&type, cases[i].oid, wire.p, (size_t)wire.n, &arena, room, &out));
        assert_true(out.type == SQL_TEXT && out.t.n == in.t.n && memcmp(out.t.p, in.t.p, in.t.n) == 0);
        assert_null(encode(cases[i].kind, PG_TEXT, &in, &wire));
        assert_ptr_equal(wire.p, in.t.p);
    }
    in = integer(-1250);
    assert_null(encode(DW_KIND_DECIMAL, PG_NUMERIC, &in, &wire));
    assert_true(decode_as(&money, PG_NUMERIC, wire.p, (size_t)wire.n, &out));
    assert_true(out.type == SQL_INT && out.i == -1250);
}

static void a_decimal_is_units_in_an_integer_that_holds_them(void **state)
{
    static const struct {
        unsigned oid;
        int64_t least, most;
    } cases[] = {
        {PG_INT2, INT16_MIN, INT16_MAX}, {PG_INT4, INT32_MIN, INT32_MAX}, {PG_INT8, INT64_MIN, INT64_MAX}};
    struct sql_value in, out;
    struct pg_wire wire;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        in = integer(cases[i].least);
        assert_null(encode(DW_KIND_DECIMAL, cases[i].oid, &in, &wire));
        assert_true(decode_as(&money, cases[i].oid, wire.p, (size_t)wire.n, &out) && out.i == cases[i].least);
        in = integer(cases[i].most);
        assert_null(encode(DW_KIND_DECIMAL, cases[i].oid, &in, &wire));
        assert_true(decode_as(&money, cases[i].oid, wire.p, (size_t)wire.n, &out) && out.i == cases[i].most);
        in = integer((int64_t)((uint64_t)cases[i].most + 1));
        if (i < 2)
            assert_string_equal(encode(DW_KIND_DECIMAL, cases[i].oid, &in, &wire),
                                "is too large for the integer that PostgreSQL takes");
        in = integer((int64_t)((uint64_t)cases[i].least - 1));
        if (i < 2)
            assert_non_null(encode(DW_KIND_DECIMAL, cases[i].oid, &in, &wire));
    }
}

static void bytes_are_in_network_order(void **state)
{
    const struct sql_value in = {.type = SQL_INT, .i = 0x0102030405060708};
    struct sql_value out;
    struct pg_wire wire;

    (void)state;
    assert_null(encode(DW_KIND_INT64, PG_INT8, &in, &wire));
    assert_memory_equal(wire.p, "\1\2\3\4\5\6\7\10", 8);
    assert_true(decode(PG_INT4, "\xff\xff\xff\xfe", 4, &out) && out.i == -2);
    assert_true(decode(PG_INT2, "\x80\x00", 2, &out) && out.i == INT16_MIN);
}

/* How many bytes a value of that type has, each of them 0; -1: none has. -2: any number. */
static int zeros_of(unsigned oid)
{
    switch (oid) {
    case PG_INT8:
    case PG_FLOAT8:
    case PG_TIMESTAMPTZ: return 8;
    case PG_INT4:
    case PG_DATE: return 4;
    case PG_INT2: return 2;
    case PG_BOOL: return 1;
    case PG_UUID: return 16;
    case PG_TEXT:
    case PG_NAME:
    case PG_VARCHAR:
    case PG_BPCHAR:
    case PG_JSON:
    case PG_BYTEA: return -2;
    default: return -1;
    }
}

static void a_length_or_a_type_that_is_wrong_is_refused(void **state)
{
    static const char zeros[24];
    struct sql_value out;

    (void)state;
    for (size_t t = 0; t < sizeof every / sizeof *every; t++)
        for (size_t n = 0; n <= sizeof zeros; n++) {
            int wanted = zeros_of(every[t]);

            assert_int_equal(decode(every[t], zeros, n, &out), wanted == -2 || (int)n == wanted);
        }
    assert_false(decode(PG_BOOL, "\2", 1, &out));
    assert_false(decode(PG_JSONB, "\2{}", 3, &out));
    assert_false(decode(PG_JSONB, "\1", 1, &out));
    assert_false(decode(PG_JSONB, "\1 ", 2, &out));
    assert_false(decode(PG_NUMERIC, "\0\0\0\0\0\0\0\2", 8, &out)); /* for a field that is no decimal */
    assert_true(decode_as(&money, PG_NUMERIC, "\0\0\0\0\0\0\0\2", 8, &out) && out.i == 0);
}

static void a_value_is_not_sent_as_another_type(void **state)
{
    const struct sql_value word = text("1"), number = integer(1),
                           when = text("2024-01-01T00:00:00.000000001Z"), json = text("{}");
    struct pg_wire wire;

    (void)state;
    assert_non_null(encode(DW_KIND_TEXT, PG_INT8, &word, &wire));
    assert_non_null(encode(DW_KIND_INT64, PG_TEXT, &number, &wire));
    assert_non_null(encode(DW_KIND_INT64, PG_FLOAT8, &number, &wire));
    assert_non_null(encode(DW_KIND_INT64, PG_NUMERIC, &number, &wire));
    assert_non_null(encode(DW_KIND_DATE, PG_DATE, &word, &wire));
    assert_non_null(encode(DW_KIND_DATE, PG_TIMESTAMPTZ, &word, &wire));
    assert_non_null(encode(DW_KIND_DATE, PG_ASKED, &word, &wire));
    assert_non_null(encode(DW_KIND_BYTES, PG_BYTEA, &word, &wire));
    assert_non_null(encode(DW_KIND_TEXT, PG_JSONB, &json, &wire));
    assert_string_equal(encode(DW_KIND_TIME, PG_TIMESTAMPTZ, &when, &wire),
                        "has parts of a microsecond, which a timestamptz has not");
    assert_null(encode(DW_KIND_TIME, PG_TEXT, &when, &wire));
}

static void what_a_parameter_is(void **state)
{
    const struct sql_param me = {.source = SQL_FROM_ME}, now = {.source = SQL_FROM_NOW};
    const struct sql_value when = text("2024-01-01T00:00:00.500Z");
    struct pg_wire wire;

    (void)state;
    assert_int_equal(dw__pg_param_type(&me), PG_INT8);
    assert_int_equal(dw__pg_param_type(&now), PG_ASKED);
    assert_true(dw__pg_sends(&now, PG_TIMESTAMPTZ) && dw__pg_sends(&now, PG_TEXT));
    assert_false(dw__pg_sends(&now, PG_DATE));
    assert_false(dw__pg_sends(&me, PG_INT4));
    assert_null(dw__pg_encode(&now, PG_TIMESTAMPTZ, &when, &arena, &wire));
    assert_int_equal(wire.n, 8);
}

static const char *wants(dw_kind kind, unsigned oid)
{
    const struct plan_type type = type_of(kind);

    return dw__pg_wants(&type, oid, -1);
}

/* The modifier of a numeric(18, scale). */
static int numeric_of(int scale)
{
    return (18 << 16 | (scale & 0x7ff)) + 4;
}

static void what_a_field_wants(void **state)
{
    static const struct {
        dw_kind kind;
        unsigned own, other;
    } as_text[] = {
        {DW_KIND_DATE, PG_DATE, PG_TIMESTAMPTZ}, {DW_KIND_TIME, PG_TIMESTAMPTZ, 1114 /* timestamp */},
        {DW_KIND_UUID, PG_UUID, PG_BYTEA},       {DW_KIND_IP, PG_INET, 650 /* cidr */},
        {DW_KIND_BYTES, PG_BYTEA, PG_UUID},      {DW_KIND_LIST, PG_JSONB, 1016 /* bigint[] */},
        {DW_KIND_OBJECT, PG_JSON, PG_BYTEA},     {DW_KIND_MAP, PG_JSONB, PG_UUID},
        {DW_KIND_JSON, PG_JSON, PG_DATE},        {DW_KIND_ENUM, PG_TEXT, PG_JSON},
        {DW_KIND_EMAIL, PG_VARCHAR, PG_JSONB},   {DW_KIND_URL, PG_TEXT, PG_BYTEA},
    };

    (void)state;
    assert_null(wants(DW_KIND_INT64, PG_INT2));
    assert_null(wants(DW_KIND_DOUBLE, PG_INT8));
    assert_null(wants(DW_KIND_SECRET, PG_VARCHAR));
    assert_null(wants(DW_KIND_BOOL, PG_BOOL));
    assert_non_null(wants(DW_KIND_BOOL, PG_INT4));
    assert_non_null(wants(DW_KIND_INT64, PG_FLOAT8));
    assert_non_null(wants(DW_KIND_INT64, PG_NUMERIC));
    assert_non_null(wants(DW_KIND_DOUBLE, 700)); /* real, which would round what is written */
    assert_non_null(wants(DW_KIND_TEXT, PG_INT8));
    for (size_t i = 0; i < sizeof as_text / sizeof *as_text; i++) {
        assert_null(wants(as_text[i].kind, PG_TEXT));
        assert_null(wants(as_text[i].kind, as_text[i].own));
        assert_non_null(wants(as_text[i].kind, as_text[i].other));
        assert_non_null(wants(as_text[i].kind, PG_INT8));
    }
}

static void modifiers_are_looked_at(void **state)
{
    const struct plan_type when = type_of(DW_KIND_TIME);

    (void)state;
    assert_null(dw__pg_wants(&money, PG_INT8, -1));
    assert_null(dw__pg_wants(&money, PG_NUMERIC, numeric_of(2)));
    assert_non_null(dw__pg_wants(&money, PG_NUMERIC, -1)); /* what a sum of units is, too */
    assert_non_null(dw__pg_wants(&money, PG_NUMERIC, numeric_of(1)));
    assert_non_null(dw__pg_wants(&money, PG_NUMERIC, numeric_of(3)));
    assert_non_null(dw__pg_wants(&money, PG_NUMERIC, numeric_of(-2)));
    assert_null(dw__pg_wants(&when, PG_TIMESTAMPTZ, 6));
    assert_non_null(dw__pg_wants(&when, PG_TIMESTAMPTZ, 3));
}

static int begin(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 65536);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(natively_there_and_back),
        cmocka_unit_test(jsonb_is_as_long_as_it_becomes),
        cmocka_unit_test(a_decimal_is_units_in_an_integer_that_holds_them),
        cmocka_unit_test(bytes_are_in_network_order),
        cmocka_unit_test(a_length_or_a_type_that_is_wrong_is_refused),
        cmocka_unit_test(a_value_is_not_sent_as_another_type),
        cmocka_unit_test(what_a_parameter_is),
        cmocka_unit_test(what_a_field_wants),
        cmocka_unit_test(modifiers_are_looked_at),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
