/* Every type as a value of SQL and back, and what is no value of it. */
#include "store/row_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/text.h"

/* clang-format off */
DW_ENUM(colour, red, green);
DW_LIST(numbers, int64_t, DW_RANGE(0, 9));
DW_MAP(labels, dw_text);
DW_SCHEMA(point, (int64_t, x), (int64_t, y, .optional = true));
DW_SCHEMA(all,
    (dw_text,    text),
    (dw_secret,  secret),
    (int64_t,    n),
    (double,     real),
    (bool,       truth),
    (dw_decimal, price, DW_SCALE(2)),
    (dw_date,    day),
    (dw_time,    at),
    (dw_uuid,    id),
    (dw_ip,      ip),
    (colour,     colour),
    (dw_email,   mail),
    (dw_url,     link),
    (dw_bytes,   bytes),
    (dw_json,    any),
    (numbers,    list),
    (labels,     map),
    (point,      object));
/* clang-format on */

struct setting {
    struct arena arena;
    struct schema_plan *plan;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    struct buf why;

    dw__arena_init(&s->arena, NULL, 1 << 20);
    dw__buf_init(&why, &s->arena, 1000);
    assert_int_equal(dw__schema_compile(&all_schema, &s->plan, &why), DW_OK);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__schema_plan_free(s->plan);
    dw__arena_release(&s->arena);
    free(s);
    return 0;
}

static const struct plan_type *type_of(const struct setting *s, const char *name)
{
    return &s->plan->fields[dw__schema_field_c(s->plan, name)].type;
}

static const all example = {
    .text = DW_TEXT_INIT("t"),
    .secret = {"s", 1},
    .n = -7,
    .real = 0.5,
    .truth = true,
    .price = {125, 1},
    .day = {2024, 2, 29},
    .at = {1709208000, 500000000},
    .id = {{0x91}},
    .ip = {{192, 0, 2, 1}, 4},
    .colour = colour_green,
    .mail = DW_TEXT_INIT("a@example.com"),
    .link = DW_TEXT_INIT("https://a.example/"),
    .bytes = {(const uint8_t *)"\0\1\xff", 3},
    .any = {"{\"a\": 1}", 8},
    .list = {(const int64_t[]){1, 2}, 2},
    .map = {(const labels_entry[]){{DW_TEXT_INIT("k"), DW_TEXT_INIT("v")}}, 1},
    .object = {.x = 3},
};

static void there_and_back(void **state)
{
    static const struct {
        enum sql_type type;
        int64_t i;
        const char *text;
    } rows[] = {
        {SQL_TEXT, 0, "t"},
        {SQL_TEXT, 0, "s"},
        {SQL_INT, -7, NULL},
        {SQL_REAL, 0, NULL},
        {SQL_INT, 1, NULL},
        {SQL_INT, 1250, NULL},
        {SQL_TEXT, 0, "2024-02-29"},
        {SQL_TEXT, 0, "2024-02-29T12:00:00.500Z"},
        {SQL_TEXT, 0, "91000000-0000-0000-0000-000000000000"},
        {SQL_TEXT, 0, "192.0.2.1"},
        {SQL_TEXT, 0, "green"},
        {SQL_TEXT, 0, "a@example.com"},
        {SQL_TEXT, 0, "https://a.example/"},
        {SQL_TEXT, 0, "AAH_"},
        {SQL_TEXT, 0, "{\"a\": 1}"},
        {SQL_TEXT, 0, "[1,2]"},
        {SQL_TEXT, 0, "{\"k\":\"v\"}"},
        {SQL_TEXT, 0, "{\"x\":3}"},
    };
    const struct setting *s = *state;
    struct arena *a = &((struct setting *)*state)->arena;
    all back = {0};

    for (size_t i = 0; i < s->plan->n_fields; i++) {
        const struct plan_field *f = &s->plan->fields[i];
        struct sql_value v = dw__value_from(&f->type, (const char *)&example + f->at, a);
        assert_int_equal(v.type, rows[i].type);
        if (v.type == SQL_INT)
            assert_true(v.i == rows[i].i);
        if (v.type == SQL_TEXT && !dw__text_eq(v.t, dw__text_of(rows[i].text)))
            fail_msg("%s: %.*s", f->c_name, DW_FMT(v.t));
        assert_null(dw__value_fault(&f->type, &v));
        assert_int_equal(dw__value_into(&f->type, &v, a, (char *)&back + f->at), DW_OK);
    }
    assert_true(back.secret.n == 1 && back.secret.p[0] == 's' && back.real == 0.5 && back.truth);
    assert_true(dw_decimal_compare(back.price, example.price) == 0 && back.price.scale == 2);
    assert_memory_equal(&back.day, &example.day, sizeof back.day);
    assert_true(dw_time_compare(back.at, example.at) == 0 && dw_uuid_compare(back.id, example.id) == 0);
    assert_true(dw_ip_compare(back.ip, example.ip) == 0 && back.colour == colour_green);
    assert_true(back.bytes.n == 3 && memcmp(back.bytes.p, "\0\1\xff", 3) == 0);
    assert_true(back.list.n == 2 && back.list.v[1] == 2 && back.map.n == 1 && back.object.x == 3 &&
                !back.object.has.y);
}

static void refuses_what_is_none(void **state)
{
    static const struct {
        const char *field;
        struct sql_value v;
        dw_err err; /* DW_OK: already its type of SQL is wrong */
    } rows[] = {
        {"text", {.type = SQL_INT}, DW_OK},
        {"text", {.type = SQL_TEXT, .t = DW_TEXT_INIT("\xff")}, DW_OK},
        {"text", {.type = SQL_TEXT, .t = DW_TEXT_INIT("a\0")}, DW_OK},
        {"n", {.type = SQL_TEXT, .t = DW_TEXT_INIT("7")}, DW_OK},
        {"truth", {.type = SQL_INT, .i = 2}, DW_OK},
        {"price", {.type = SQL_REAL, .d = 12.5}, DW_OK},
        {"price", {.type = SQL_TEXT, .t = DW_TEXT_INIT("12.50")}, DW_OK},
        {"price", {.type = SQL_INT, .i = INT64_MAX}, DW_INTERNAL},
        {"day", {.type = SQL_INT, .i = 20240229}, DW_OK},
        {"day", {.type = SQL_TEXT, .t = DW_TEXT_INIT("29.2.2024")}, DW_INTERNAL},
        {"at", {.type = SQL_TEXT, .t = DW_TEXT_INIT("2024-02-29 12:00:00")}, DW_INTERNAL},
        {"id", {.type = SQL_TEXT, .t = DW_TEXT_INIT("7")}, DW_INTERNAL},
        {"ip", {.type = SQL_TEXT, .t = DW_TEXT_INIT("7")}, DW_INTERNAL},
        {"colour", {.type = SQL_TEXT, .t = DW_TEXT_INIT("blue")}, DW_INTERNAL},
        {"bytes", {.type = SQL_TEXT, .t = DW_TEXT_INIT("A")}, DW_INTERNAL},
        {"any", {.type = SQL_TEXT, .t = DW_TEXT_INIT("{")}, DW_INTERNAL},
        {"list", {.type = SQL_TEXT, .t = DW_TEXT_INIT("{}")}, DW_INTERNAL},
        {"list", {.type = SQL_TEXT, .t = DW_TEXT_INIT("[10]")}, DW_INTERNAL},
        {"map", {.type = SQL_TEXT, .t = DW_TEXT_INIT("{\"a\":1}")}, DW_INTERNAL},
        {"object", {.type = SQL_TEXT, .t = DW_TEXT_INIT("{\"x\":1,\"z\":2}")}, DW_INTERNAL},
    };
    struct setting *s = *state;
    char at[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct plan_type *type = type_of(s, rows[i].field);
        const char *fault = dw__value_fault(type, &rows[i].v);
        if ((fault != NULL) != (rows[i].err == DW_OK))
            fail_msg("row %zu: %s", i, fault != NULL ? fault : "no fault");
        if (fault == NULL)
            assert_int_equal(dw__value_into(type, &rows[i].v, &s->arena, at), rows[i].err);
    }
}

static void c_values_that_are_none(void **state)
{
    struct setting *s = *state;
    const all odd = {.price = {1, 3}, .colour = (colour)9, .day = {2023, 2, 29}};
    struct sql_value v = dw__value_from(type_of(s, "price"), (const char *)&odd.price, &s->arena);

    assert_non_null(dw__value_fault(type_of(s, "price"), &v)); /* a digit too many is not cut off */
    v = dw__value_from(type_of(s, "colour"), (const char *)&odd.colour, &s->arena);
    assert_int_equal(v.type, SQL_NULL);
    v = dw__value_from(type_of(s, "day"), (const char *)&odd.day, &s->arena);
    assert_int_equal(v.type, SQL_NULL);
}

static void without_memory(void **state)
{
    struct setting *s = *state;
    struct arena none;
    char at[64];
    const struct sql_value text = {.type = SQL_TEXT, .t = DW_TEXT_INIT("AAH_")};
    const struct sql_value list = {.type = SQL_TEXT, .t = DW_TEXT_INIT("[1]")};

    dw__arena_init(&none, NULL, 0);
    assert_int_equal(dw__value_into(type_of(s, "text"), &text, &none, at), DW_UNAVAILABLE);
    assert_int_equal(dw__value_into(type_of(s, "bytes"), &text, &none, at), DW_UNAVAILABLE);
    assert_int_equal(dw__value_into(type_of(s, "list"), &list, &none, at), DW_UNAVAILABLE);
    struct sql_value v = dw__value_from(type_of(s, "day"), (const char *)&example.day, &none);
    assert_int_equal(v.type, SQL_NULL);
    v = dw__value_from(type_of(s, "list"), (const char *)&example.list, &none);
    assert_int_equal(v.type, SQL_NULL);
    dw__arena_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(c_values_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
