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
DW_ENUM(colour, red, green);
DW_LIST(codes, dw_text, .pattern = "[a-z]+", DW_LEN(1, 5));
DW_MAP(rates, double, DW_RANGE_REAL(0, 1));

static void never_red(unsigned value, dw_faults *faults)
{
    if (value == colour_red)
        DW_FAULT(faults, "red", "Not red.");
}

DW_SCHEMA(values,
    (dw_uuid, id, .read_only = true),
    (dw_text, size, DW_ONE_OF("s", "l"), .nullable = true, .optional = true),
    (dw_text, note, .trim = true, .nfc = true, DW_BYTES(1, 80), DW_DEFAULT("none"), .example = "Emma"),
    (dw_secret, pin, .pattern = "[0-9]{4}", DW_DEFAULT("0000")),
    (int64_t, big, .as_text = true, DW_RANGE(-9, 90), .multiple_of = 3),
    (int64_t, step, DW_ONE_OF_INT(10, 20), .nullable = true),
    (int64_t, even, DW_RANGE(3, INT64_MAX), .multiple_of = 2, DW_DEFAULT(8)),
    (dw_decimal, price, DW_SCALE(2), DW_BETWEEN("0.01", "500"), .multiple_of = "0.05"),
    (dw_decimal, whole, DW_SCALE(0), DW_DEFAULT("7")),
    (dw_date, day, .least = "2030-01-01"),
    (dw_time, at, DW_BETWEEN("2020-01-01T00:00:00Z", "2020-12-31T00:00:00Z"), .nullable = true),
    (dw_uuid, key, .version = 7),
    (colour, colour, DW_DEFAULT(colour_green), .check = never_red, .nullable = true),
    (dw_email, mail, .dotted = true, .write_only = true),
    (dw_email, boss, .dotted = true, .pattern = "a.*"),
    (dw_url, site, DW_SCHEMES("ftp", "git+ssh")),
    (dw_ip, host),
    (dw_ip, peer, .version = 6),
    (dw_bytes, raw, DW_BYTES(2, 4)),
    (dw_json, any, .levels = 2),
    (codes, codes, .unique = true),
    (rates, rates, .keys = "[A-Z]{3}", DW_ITEMS(1, 9), .nullable = true),
    (rates, odd, .keys = "(?=a).*"));
DW_OPTIONS(values, .unknown = DW_DROP("to see what is said"), .doc = "All of them");

DW_PARTIAL(some_values, values);

DW_SCHEMA(span, (dw_date, from, .example = "2026-02-01"), (dw_date, to));
static void span_check(const span *s, dw_faults *faults)
{
    if (dw_date_compare(s->from, s->to) > 0)
        DW_FAULT_AT(faults, s->to, "order", "Not before `from`.");
}
DW_CHECK(span, span_check);
/* clang-format on */

static struct arena arena;
static struct openapi_schemas schemas;
static struct buf out;

enum { role_reader, role_writer };
DW_SCHEMA(viewed, (int64_t, id), (int64_t, v, .visible_to = DW_ROLES(writer), .doc = "Not for all"), (int64_t, w, .visible_to = DW_ROLES(reader, writer)));

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

static void who_is_shown_a_field(void **state)
{
    static const char *const roles[] = {"reader", "writer", NULL};
    struct schema_plan *plan = compiled(&viewed_schema);

    (void)state;
    schemas.roles = roles;
    dw__openapi_fields(&schemas, plan, DW__OPENAPI_ALL, OPENAPI_OUTPUT, &out);
    says("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"format\":\"int64\"},"
         "\"v\":{\"type\":\"integer\",\"format\":\"int64\",\"readOnly\":true,\"x-visible-to\":[\"writer\"],"
         "\"description\":\"Not for all\"},"
         "\"w\":{\"type\":\"integer\",\"format\":\"int64\",\"readOnly\":true,\"x-visible-to\":[\"reader\","
         "\"writer\"]}},"
         "\"required\":[\"id\"],\"additionalProperties\":false}");
    dw__openapi_fields(&schemas, plan, DW__OPENAPI_ALL, OPENAPI_INPUT, &out);
    says("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"format\":\"int64\"}},"
         "\"required\":[\"id\"],\"additionalProperties\":false}");
    dw__schema_plan_free(plan);
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
        "\"password\":{\"type\":\"string\",\"format\":\"password\",\"minLength\":15,"
        "\"maxLength\":128,\"writeOnly\":true},"
        "\"count\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":9},"
        "\"any\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"},"
        "\"price\":{\"type\":\"number\",\"format\":\"double\",\"minimum\":0.5,\"maximum\":2},"
        "\"real\":{\"type\":\"number\",\"format\":\"double\"},"
        "\"on\":{\"type\":\"boolean\"},"
        "\"extra\":{\"x-maxBytes\":16384,\"x-levels\":16},"
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

static void every_rule_that_comes(void **state)
{
    struct schema_plan *plan = compiled(&values_schema);

    (void)state;
    dw__openapi_fields(&schemas, plan, DW__OPENAPI_ALL, OPENAPI_INPUT, &out);
    says("{\"type\":\"object\",\"properties\":{\"size\":{\"type\":[\"string\",\"null\"],\""
         "maxLength\":256,\"enum\":[\"s\",\"l\",null]},"
         "\"note\":{\"type\":\"string\",\"maxLength\":256,\"x-minBytes\":1,\"x-maxBytes\":"
         "80,\"x-normalise\":[\"trim\",\"nfc\"],\"default\":\"none\",\"examples\":[\"Emma\"]},"
         "\"pin\":{\"type\":\"string\",\"format\":\"password\",\"maxLength\":256,\"pattern"
         "\":\"^(?:[0-9]{4})$\",\"writeOnly\":true},"
         "\"big\":{\"type\":\"string\",\"format\":\"int64\",\"pattern\":\"^-?(?:0|[1-9][0-"
         "9]*)$\",\"x-minimum\":\"-9\",\"x-maximum\":\"90\",\"x-multipleOf\":\"3\"},"
         "\"step\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\",\"enum\":[10,20,null]},"
         "\"even\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":3,\"multipleOf\""
         ":2,\"default\":8},"
         "\"price\":{\"type\":\"string\",\"format\":\"decimal\",\"pattern\":\"^-?(?:0|[1-9"
         "][0-9]*)(?:\\\\.[0-9]{1,2}0*)?$\",\"x-minimum\":\"0.01\",\"x-maximum\":\"500.00"
         "\",\"x-multipleOf\":\"0.05\"},"
         "\"whole\":{\"type\":\"string\",\"format\":\"decimal\",\"pattern\":\"^-?(?:0|[1-9"
         "][0-9]*)(?:\\\\.0+)?$\",\"default\":\"7\"},"
         "\"day\":{\"type\":\"string\",\"format\":\"date\",\"x-minimum\":\"2030-01-01\"},"
         "\"at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\",\"x-minimum\":\""
         "2020-01-01T00:00:00Z\",\"x-maximum\":\"2020-12-31T00:00:00Z\"},"
         "\"key\":{\"type\":\"string\",\"format\":\"uuid\",\"pattern\":\"^.{14}7.{4}[89abAB]\"},"
         "\"colour\":{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"green\",null],\"d"
         "efault\":\"green\"},"
         "\"mail\":{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254,\"pattern\""
         ":\"@[^@\\\\[\\\\]]+\\\\.[^@\\\\[\\\\]]+$\",\"writeOnly\":true},"
         "\"boss\":{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254,\"pattern\""
         ":\"^(?:a[^\\\\n]*)$\",\"allOf\":[{\"pattern\":\"@[^@\\\\[\\\\]]+\\\\.[^@\\\\["
         "\\\\]]+$\"}]},"
         "\"site\":{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2048,\"pattern\":"
         "\"^(?:ftp|git\\\\+ssh):\\\\/\\\\/\"},"
         "\"host\":{\"type\":\"string\",\"anyOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]},"
         "\"peer\":{\"type\":\"string\",\"format\":\"ipv6\"},"
         "\"raw\":{\"type\":\"string\",\"contentEncoding\":\"base64url\",\"minLength\":3,"
         "\"maxLength\":6,\"pattern\":\"^(?:[A-Za-z0-9_\\\\-]{4})*(?:[A-Za-z0-9_\\\\-]{2,3})?$\"},"
         "\"any\":{\"x-maxBytes\":16384,\"x-levels\":2},"
         "\"codes\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1,\"m"
         "axLength\":5,\"pattern\":\"^(?:[a-z]+)$\"},"
         "\"maxItems\":100,\"uniqueItems\":true},"
         "\"rates\":{\"type\":[\"object\",\"null\"],\"additionalProperties\":{\"type\":\"n"
         "umber\",\"format\":\"double\",\"minimum\":0,\"maximum\":1},"
         "\"minProperties\":1,\"maxProperties\":9,\"propertyNames\":{\"minLength\":1,\"max"
         "Length\":64,\"pattern\":\"^(?:[A-Z]{3})$\"}},"
         "\"odd\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\",\"for"
         "mat\":\"double\",\"minimum\":0,\"maximum\":1},"
         "\"maxProperties\":100,\"propertyNames\":{\"minLength\":1,\"maxLength\":64},"
         "\"description\":\"Each name must match the PCRE2 pattern (?=a).*\"}},"
         "\"required\":[\"big\",\"step\",\"price\",\"day\",\"at\",\"key\",\"mail\",\"boss"
         "\",\"site\",\"host\",\"peer\",\"raw\",\"any\",\"codes\",\"rates\",\"odd\"],\"add"
         "itionalProperties\":true,\"description\":\"All of them\"}");
    dw__schema_plan_free(plan);
}

static void every_type_that_goes(void **state)
{
    struct schema_plan *plan = compiled(&values_schema);

    (void)state;
    dw__openapi_fields(&schemas, plan, DW__OPENAPI_ALL, OPENAPI_OUTPUT, &out);
    says("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\",\"format\":\"uu"
         "id\",\"readOnly\":true},"
         "\"size\":{\"type\":[\"string\",\"null\"]},"
         "\"note\":{\"type\":\"string\",\"examples\":[\"Emma\"]},"
         "\"pin\":{\"type\":\"string\",\"format\":\"password\"},"
         "\"big\":{\"type\":\"string\",\"format\":\"int64\"},"
         "\"step\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"},"
         "\"even\":{\"type\":\"integer\",\"format\":\"int64\"},"
         "\"price\":{\"type\":\"string\",\"format\":\"decimal\"},"
         "\"whole\":{\"type\":\"string\",\"format\":\"decimal\"},"
         "\"day\":{\"type\":\"string\",\"format\":\"date\"},"
         "\"at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"
         "\"key\":{\"type\":\"string\",\"format\":\"uuid\"},"
         "\"colour\":{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"green\",null]},"
         "\"boss\":{\"type\":\"string\",\"format\":\"email\"},"
         "\"site\":{\"type\":\"string\",\"format\":\"uri\"},"
         "\"host\":{\"type\":\"string\",\"anyOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]},"
         "\"peer\":{\"type\":\"string\",\"anyOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]},"
         "\"raw\":{\"type\":\"string\",\"contentEncoding\":\"base64url\"},"
         "\"any\":{},"
         "\"codes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
         "\"rates\":{\"type\":[\"object\",\"null\"],\"additionalProperties\":{\"type\":\"n"
         "umber\",\"format\":\"double\"}},"
         "\"odd\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\",\"for"
         "mat\":\"double\"}}},"
         "\"required\":[\"id\",\"note\",\"pin\",\"big\",\"step\",\"even\",\"price\",\"whol"
         "e\",\"day\",\"at\",\"key\",\"colour\",\"boss\",\"site\",\"host\",\"peer\",\"raw"
         "\",\"any\",\"codes\",\"rates\",\"odd\"],\"additionalProperties\":false,\"descrip"
         "tion\":\"All of them\"}");
    dw__schema_plan_free(plan);
}

/* A partial has no defaults, and needs nothing. */
static void a_part_promises_nothing(void **state)
{
    struct schema_plan *plan = compiled(&some_values_schema);

    (void)state;
    dw__openapi_fields(&schemas, plan, 1 << 6, OPENAPI_INPUT, &out);
    says("{\"type\":\"object\",\"properties\":{\"even\":{\"type\":\"integer\",\"format\":\"int64\","
         "\"minimum\":3,"
         "\"multipleOf\":2}},\"additionalProperties\":true}");
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
    static const dw_schema *const inputs[] = {&kinds_schema,       &owner_schema,      &thing_schema,
                                              &thing_patch_schema, &stamped_schema,    &maybe_schema,
                                              &values_schema,      &some_values_schema};

    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct schema_plan *plan = compiled(inputs[i]);
        void *value = calloc(1, plan->size);
        struct bind_faults faults;

        out.n = 0;
        if (!dw__openapi_example(plan, DW__OPENAPI_ALL, OPENAPI_INPUT, &out))
            fail_msg("%s has no example", plan->name);
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
    struct schema_plan *spans = compiled(&span_schema);

    (void)state;
    dw__buf_lit(&out, "before");
    assert_false(dw__openapi_example(plan, DW__OPENAPI_ALL, OPENAPI_INPUT, &out));
    assert_false(dw__openapi_field_example(plan, 0, &out));
    says("before");
    assert_true(dw__openapi_example(some, DW__OPENAPI_ALL, OPENAPI_INPUT, &out));
    says("{\"mail\":\"reader@example.com\"}");
    assert_false(dw__openapi_example(spans, DW__OPENAPI_ALL, OPENAPI_INPUT, &out));
    assert_true(dw__openapi_example(spans, 1 << 1, OPENAPI_INPUT, &out));
    says("{\"to\":\"2026-01-31\"}");
    dw__schema_plan_free(plan);
    dw__schema_plan_free(some);
    dw__schema_plan_free(spans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_shown_a_field, setup, teardown),
        cmocka_unit_test_setup_teardown(every_kind_that_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(every_rule_that_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(every_type_that_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_part_promises_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reply_is_its_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(some_fields_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(components_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(no_room_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(examples_bind, setup, teardown),
        cmocka_unit_test_setup_teardown(no_example_is_better_than_a_wrong_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
