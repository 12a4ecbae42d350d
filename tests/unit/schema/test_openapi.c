/* Plans as JSON Schema: each kind, for what comes and for what goes. */
#include "base/arena.h"
#include "schema/openapi.h"
#include "schema/shapes.h"

/* clang-format off */
DW_SCHEMA(kinds,
    (dw_text, name, DW_LEN(3, 50), .pattern = "[a-z]+", .doc = "What it is called"),
    (dw_text, odd, .pattern = "(?=a).*", .doc = "Odd"),
    (dw_text, free),
    (dw_secret, password, DW_LEN(15, 128)),
    (int64_t, count, DW_RANGE(1, 9)),
    (int64_t, any, .nullable = true),
    (double, price, DW_RANGE_REAL(0.5, 2)),
    (double, real),
    (bool, on, .optional = true),
    (dw_json, extra),
    (tags, tags, DW_ITEMS(1, 3)),
    (tags, few, .nullable = true),
    (owner, owner, .doc = "Whose"),
    (owner, other, .nullable = true),
    (owners, owners));
DW_SCHEMA(reply,
    (int64_t, id),
    (dw_text, na, .wire = "na\"me"),
    (dw_text, next, .nullable = true),
    (dw_text, more, DW_LEN(1, 9), .optional = true),
    (owners, owners));
DW_SCHEMA(impossible, (dw_text, code, .pattern = "zq[0-9]{40}"));
DW_SCHEMA(maybe, (dw_text, code, .pattern = "zq[0-9]{40}", .optional = true), (dw_text, mail, .pattern = "[^@]+@[^@]+\\.com"));
/* clang-format on */

static struct arena arena;
static struct openapi_schemas schemas;
static struct buf out;

static int setup(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    dw__openapi_schemas_init(&schemas, &arena);
    dw__buf_init(&out, &arena, 1 << 18);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static void says(const char *want)
{
    assert_false(out.failed);
    if (!dw__text_eq((dw_text){out.p, out.n}, dw__text_of(want)))
        fail_msg("\n%.*s\nis not\n%s", (int)out.n, out.p, want);
    out.n = 0;
}

static void every_kind_that_comes(void **state)
{
    struct schema_plan *plan = compiled(&kinds_schema);

    (void)state;
    dw__openapi_fields(&schemas, plan, DW__OPENAPI_ALL, OPENAPI_INPUT, &out);
    says(
        "{\"type\":\"object\",\"properties\":{"
        "\"name\":{\"type\":\"string\",\"minLength\":3,\"maxLength\":50,\"pattern\":\"^(?:[a-z]+)$\","
        "\"description\":\"What it is called\"},"
        "\"odd\":{\"type\":\"string\",\"maxLength\":256,"
        "\"description\":\"Odd. The whole must match the PCRE2 pattern (?=a).*\"},"
        "\"free\":{\"type\":\"string\",\"maxLength\":256},"
        "\"password\":{\"type\":\"string\",\"format\":\"password\",\"writeOnly\":true,\"minLength\":15,"
        "\"maxLength\":128},"
        "\"count\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":9},"
        "\"any\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"},"
        "\"price\":{\"type\":\"number\",\"format\":\"double\",\"minimum\":0.5,\"maximum\":2},"
        "\"real\":{\"type\":\"number\",\"format\":\"double\"},"
        "\"on\":{\"type\":\"boolean\"},"
        "\"extra\":{},"
        "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"format\":\"int64\"},\"minItems\":1,"
        "\"maxItems\":3},"
        "\"few\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"integer\",\"format\":\"int64\"},"
        "\"maxItems\":100},"
        "\"owner\":{\"$ref\":\"#/components/schemas/owner\",\"description\":\"Whose\"},"
        "\"other\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/owner\"},{\"type\":\"null\"}]},"
        "\"owners\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/"
        "owner\"},\"maxItems\":100}},"
        "\"required\":[\"name\",\"odd\",\"free\",\"password\",\"count\",\"any\",\"price\",\"real\",\"extra\","
        "\"tags\",\"few\",\"owner\",\"other\",\"owners\"],\"additionalProperties\":false}");
    dw__openapi_components(&schemas, &out);
    says("\"owner\":{\"type\":\"object\",\"properties\":{"
         "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":10},"
         "\"age\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":150}},"
         "\"required\":[\"name\"],\"additionalProperties\":false}");
    dw__schema_plan_free(plan);
}

static void a_reply_is_its_shape(void **state)
{
    struct schema_plan *plan = compiled(&reply_schema);

    (void)state;
    dw__openapi_fields(&schemas, plan, DW__OPENAPI_ALL, OPENAPI_OUTPUT, &out);
    says("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"format\":\"int64\"},"
         "\"na\\\"me\":{\"type\":\"string\"},\"next\":{\"type\":[\"string\",\"null\"]},"
         "\"more\":{\"type\":\"string\"},"
         "\"owners\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/owner\"}}},"
         "\"required\":[\"id\",\"na\\\"me\",\"next\",\"owners\"],\"additionalProperties\":false}");
    dw__schema_plan_free(plan);
}

static void some_fields_of_it(void **state)
{
    struct schema_plan *plan = compiled(&thing_patch_schema), *flat = compiled(&stamped_schema);

    (void)state;
    dw__openapi_fields(&schemas, plan, 1 << 2 | 1 << 10, OPENAPI_INPUT, &out);
    says("{\"type\":\"object\",\"properties\":{"
         "\"qty\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":5},"
         "\"@kind\":{\"type\":\"string\",\"maxLength\":256}},\"additionalProperties\":false}");
    dw__openapi_fields(&schemas, flat, 0, OPENAPI_INPUT, &out);
    says("{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}");
    dw__openapi_parameter(&schemas, flat, 3, &out);
    says("{\"type\":\"string\",\"maxLength\":256}");
    dw__schema_plan_free(plan);
    dw__schema_plan_free(flat);
}

/* The same name for what says something else: a number. For what says the same: the same component. */
static void components_are_told_apart(void **state)
{
    struct schema_plan *a = compiled(&owner_schema), *b = compiled(&owner_schema);

    (void)state;
    dw__openapi_ref(&schemas, a, OPENAPI_INPUT, &out);
    says("{\"$ref\":\"#/components/schemas/owner\"}");
    dw__openapi_ref(&schemas, a, OPENAPI_OUTPUT, &out);
    says("{\"$ref\":\"#/components/schemas/owner_2\"}");
    dw__openapi_ref(&schemas, b, OPENAPI_OUTPUT, &out);
    says("{\"$ref\":\"#/components/schemas/owner_2\"}");
    dw__openapi_ref(&schemas, b, OPENAPI_INPUT, &out);
    says("{\"$ref\":\"#/components/schemas/owner\"}");
    dw__schema_plan_free(a);
    dw__schema_plan_free(b);
}

/* Without room nothing half is taken for whole. */
static void no_room_is_remembered(void **state)
{
    struct schema_plan *plan = compiled(&kinds_schema);
    struct openapi_schemas small_schemas;
    struct arena small;
    struct buf b;
    char room[8192];

    (void)state;
    dw__arena_init(&small, NULL, 16);
    dw__openapi_schemas_init(&small_schemas, &small);
    dw__buf_init_fixed(&b, room, sizeof room);
    dw__openapi_ref(&small_schemas, plan, OPENAPI_INPUT, &b);
    assert_true(b.failed);
    dw__arena_release(&small);
    dw__schema_plan_free(plan);
}

/* What is offered as an example binds. */
static void examples_bind(void **state)
{
    static const dw_schema *const inputs[] = {&kinds_schema,       &owner_schema,   &thing_schema,
                                              &thing_patch_schema, &stamped_schema, &maybe_schema};

    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct schema_plan *plan = compiled(inputs[i]);
        void *value = calloc(1, plan->size);
        struct bind_faults faults;

        out.n = 0;
        assert_true(dw__openapi_example(plan, DW__OPENAPI_ALL, &out));
        dw__bind_init(&faults, &arena);
        assert_int_equal(dw__bind_json(plan, (dw_text){out.p, out.n}, DW__OPENAPI_ALL, value, &faults),
                         DW_OK);
        if (dw__bind_end(plan, value, &faults) != DW_OK)
            fail_msg("%s: %.*s", plan->name, (int)out.n, out.p);
        free(value);
        dw__schema_plan_free(plan);
    }
    out.n = 0;
}

static void no_example_is_better_than_a_wrong_one(void **state)
{
    struct schema_plan *plan = compiled(&impossible_schema), *some = compiled(&maybe_schema);

    (void)state;
    dw__buf_lit(&out, "before");
    assert_false(dw__openapi_example(plan, DW__OPENAPI_ALL, &out));
    assert_false(dw__openapi_field_example(plan, 0, &out));
    says("before");
    assert_true(dw__openapi_example(some, DW__OPENAPI_ALL, &out));
    says("{\"mail\":\"reader@example.com\"}");
    dw__schema_plan_free(plan);
    dw__schema_plan_free(some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_that_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reply_is_its_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(some_fields_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(components_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(no_room_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(examples_bind, setup, teardown),
        cmocka_unit_test_setup_teardown(no_example_is_better_than_a_wrong_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
