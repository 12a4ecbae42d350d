/* Plans: what a declaration becomes, and every declaration that is refused. */
#include <math.h>

#include "schema/shapes.h"

DW_PICK(again, thing_row, kind);
DW_SCHEMA(twice, (int64_t, id), (stamp, stamp, .flat = true), (int64_t, made));
DW_SCHEMA(same_wire, (int64_t, a), (int64_t, b, .wire = "a"));
DW_SCHEMA(no_wire, (int64_t, a, .wire = ""));
DW_SCHEMA(bad_pattern, (dw_text, a, .pattern = "[a-z"));
DW_SCHEMA(reversed_real, (double, a, DW_RANGE_REAL(2, 1)));
DW_SCHEMA(nan_real, (double, a, DW_RANGE_REAL(NAN, 1)));
DW_SCHEMA(flat_text, (dw_text, a, .flat = true));
DW_SCHEMA(flat_optional, (stamp, a, .flat = true, .optional = true));
DW_LIST(secrets, dw_secret);
DW_SCHEMA(secret_list, (secrets, a));
DW_SCHEMA(inner_secret, (dw_secret, key));
DW_LIST(inner_secrets, inner_secret);
DW_SCHEMA(outer_secret, (int64_t, id), (inner_secrets, keys));

static void names_and_places(void **state)
{
    struct schema_plan *plan = compiled(&thing_schema);
    (void)state;
    assert_int_equal(plan->n_fields, 11);
    assert_int_equal(plan->size, sizeof(thing));
    assert_int_equal(plan->required, 1);
    assert_true(plan->secret);
    for (size_t i = 0; i < plan->n_fields; i++) {
        assert_int_equal(dw__schema_field(plan, plan->fields[i].name), i);
        assert_int_equal(dw__schema_field_c(plan, plan->fields[i].c_name), i);
    }
    assert_int_equal(dw__schema_field(plan, DW_TEXT("@kind")), 10);
    assert_int_equal(dw__schema_field(plan, DW_TEXT("kind")), -1);
    assert_int_equal(dw__schema_field(plan, DW_TEXT("")), -1);
    assert_int_equal(dw__schema_field(plan, (dw_text){NULL, 0}), -1);
    assert_int_equal(dw__schema_field(plan, DW_TEXT("name\0")), -1);
    assert_int_equal(dw__schema_field(plan, DW_TEXT("a very long name that is no field of it")), -1);
    assert_int_equal(dw__schema_field_c(plan, "kind"), 10);
    assert_int_equal(dw__schema_field_c(plan, "nothing"), -1);
    assert_int_equal(plan->fields[2].at, offsetof(thing, qty));
    assert_int_equal(plan->fields[2].has_at, offsetof(thing, has.qty));
    assert_true(dw__text_is(plan->fields[10].prefix, ",\"@kind\":"));
    assert_true(dw__schema_field_from_text(plan, 0));
    assert_true(dw__schema_field_from_text(plan, 7));
    assert_false(dw__schema_field_from_text(plan, 8));
    assert_false(dw__schema_field_from_text(plan, 9));
    dw__schema_plan_free(plan);
}

static void derived_shapes(void **state)
{
    struct schema_plan *plan = compiled(&thing_patch_schema);
    (void)state;
    assert_int_equal(plan->required, 0);
    assert_true(plan->fields[0].optional);
    assert_int_equal(plan->fields[0].type.text.min, 3);
    dw__schema_plan_free(plan);

    plan = compiled(&again_schema);
    assert_int_equal(plan->n_fields, 1);
    assert_true(dw__text_is(plan->fields[0].name, "@kind"));
    assert_int_equal(plan->fields[0].at, offsetof(again, kind));
    dw__schema_plan_free(plan);

    plan = compiled(&stamped_schema);
    assert_int_equal(plan->n_fields, 4);
    assert_int_equal(dw__schema_field(plan, DW_TEXT("made")), 1);
    assert_int_equal(plan->fields[1].at, offsetof(stamped, stamp) + offsetof(stamp, made));
    assert_int_equal(plan->fields[1].has_at, offsetof(stamped, stamp) + offsetof(stamp, has.made));
    assert_int_equal(plan->flats[plan->fields[1].flat - 1].has_at, offsetof(stamped, has.stamp));
    dw__schema_plan_free(plan);
}

static void refused(const dw_schema *schema, const char *words)
{
    char text[512];
    struct buf why;
    struct schema_plan *plan = (void *)1;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__schema_compile(schema, &plan, &why), DW_INTERNAL);
    assert_null(plan);
    text[why.n] = '\0';
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static void refuses_what_cannot_be(void **state)
{
    static const dw_text_rules reversed_rules = {.len_min = 5, .len_max = 2};
    static const dw_field reversed_field = {"a", &dw_text_schema, 0, 16, &reversed_rules, NULL};
    static const dw_field *const reversed_fields[] = {&reversed_field};
    static const dw_schema reversed = {"reversed", DW_KIND_OBJECT, false, 24, reversed_fields, 1, NULL};
    (void)state;
    refused(&reversed, "schema reversed, field a: the length is reversed");
    refused(&twice_schema, "schema twice, field made: another field has the same name");
    refused(&same_wire_schema, "field b: another field");
    refused(&no_wire_schema, "field a: the name outside");
    refused(&bad_pattern_schema,
            "field a: the pattern does not compile at character 4: missing terminating ]");
    refused(&reversed_real_schema, "range is reversed");
    refused(&nan_real_schema, "not a number");
    refused(&flat_text_schema, "only a nested schema can be flat");
    refused(&flat_optional_schema, "cannot be optional");
    refused(&secret_list_schema, "a list cannot hold secrets");
    refused(&dw_text_schema, "only an object");
}

static void secrets_do_not_leave(void **state)
{
    char text[256];
    struct buf why;
    struct schema_plan *plan = compiled(&outer_secret_schema);
    (void)state;
    dw__buf_init_fixed(&why, text, sizeof text);
    assert_int_equal(dw__schema_check_output(plan, &why), DW_INTERNAL);
    assert_true(why.n > 0);
    dw__schema_plan_free(plan);
    plan = compiled(&thing_row_schema);
    assert_int_equal(dw__schema_check_output(plan, &why), DW_OK);
    dw__schema_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_places),
        cmocka_unit_test(derived_shapes),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(secrets_do_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
