/* Plans: what a declaration becomes, and every declaration that is refused. */
#include <math.h>

#include "schema/shapes.h"

static void never(int64_t v, dw_faults *faults)
{
    (void)v;
    DW_FAULT(faults, "never", "Never good.");
}

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

/* clang-format off */
DW_ENUM_AS(nameless, (a, ""));
DW_ENUM_AS(double_named, (a, "x"), (b, "x"));
DW_LIST(optional_elements, int64_t, .optional = true);
DW_LIST(named_elements, int64_t, .wire = "x");
DW_LIST(default_elements, int64_t, DW_DEFAULT(1));
DW_MAP(objects_by_name, stamp);
DW_MAP(lists_by_name, tags);
DW_MAP(secrets_by_name, dw_secret);
DW_MAP(numbers_by_name, int64_t);
DW_SCHEMA(no_scale, (dw_decimal, v));
DW_SCHEMA(fine_bound, (dw_decimal, v, DW_SCALE(1), DW_BETWEEN("0", "1.25")));
DW_SCHEMA(odd_bound, (dw_decimal, v, DW_SCALE(1), DW_BETWEEN("0", "ten")));
DW_SCHEMA(reversed_decimal, (dw_decimal, v, DW_SCALE(1), DW_BETWEEN("1", "0")));
DW_SCHEMA(multiple_of_none, (dw_decimal, v, DW_SCALE(1), .multiple_of = "0"));
DW_SCHEMA(negative_multiple, (int64_t, v, .multiple_of = -2));
DW_SCHEMA(odd_date, (dw_date, v, .least = "2023-02-29"));
DW_SCHEMA(reversed_date, (dw_date, v, DW_BETWEEN("2024-01-02", "2024-01-01")));
DW_SCHEMA(odd_time, (dw_time, v, .most = "2024-01-01"));
DW_SCHEMA(reversed_time, (dw_time, v, DW_BETWEEN("2024-01-01T00:00:01Z", "2024-01-01T00:00:00Z")));
DW_SCHEMA(uuid_9, (dw_uuid, v, .version = 9));
DW_SCHEMA(ip_5, (dw_ip, v, .version = 5));
DW_SCHEMA(script_url, (dw_url, v, DW_SCHEMES("https", "javascript")));
DW_SCHEMA(upper_url, (dw_url, v, DW_SCHEMES("HTTPS")));
DW_SCHEMA(nameless_enum, (nameless, v));
DW_SCHEMA(double_enum, (double_named, v));
DW_SCHEMA(reversed_bytes, (dw_text, v, .bytes_min = 2, .bytes_max = 1));
DW_SCHEMA(list_of_optional, (optional_elements, v));
DW_SCHEMA(list_of_named, (named_elements, v));
DW_SCHEMA(list_of_default, (default_elements, v));
DW_SCHEMA(unique_objects, (owners, v, .unique = true));
DW_SCHEMA(map_of_objects, (objects_by_name, v));
DW_SCHEMA(map_of_lists, (lists_by_name, v));
DW_SCHEMA(map_of_secrets, (secrets_by_name, v));
DW_SCHEMA(map_bad_keys, (numbers_by_name, v, .keys = "["));
DW_SCHEMA(default_breaks, (int64_t, v, DW_RANGE(1, 5), DW_DEFAULT(6)));
DW_SCHEMA(default_no_date, (dw_date, v, DW_DEFAULT("tomorrow")));
DW_SCHEMA(default_no_enum, (nameless, v, DW_DEFAULT(7)));
DW_SCHEMA(default_untrimmed, (dw_text, v, .trim = true, DW_DEFAULT(" x")));
DW_SCHEMA(default_checked, (int64_t, v, .check = never, DW_DEFAULT(1)));
DW_SCHEMA(example_breaks, (dw_text, v, DW_LEN(1, 3), .example = "four"));
DW_SCHEMA(example_no_json, (owner, v, .example = "{"));
DW_SCHEMA(example_unknown, (owner, v, .example = "{\"name\":\"a\",\"x\":1}"));
DW_SCHEMA(example_good, (owner, v, .example = "{\"name\":\"a\"}"), (tags, w, .example = "[1,2]"), (dw_date, x, .example = "2024-01-01"));
DW_SCHEMA(both_ways, (int64_t, v, .read_only = true, .write_only = true));
DW_SCHEMA(two_sources, (int64_t, v, .from_query = true, .from_header = "x-v"));
DW_SCHEMA(read_only_source, (int64_t, v, .from_query = true, .read_only = true));
enum { role_reader };
DW_SCHEMA(view_of_nobody, (int64_t, v, .visible_to = {.kind = DW_ALLOW_USER}));
DW_SCHEMA(view_of_no_role, (int64_t, v, .visible_to = {.kind = DW_ALLOW_ROLES}));
DW_SCHEMA(view_written, (int64_t, v, .visible_to = DW_ROLES(reader), .write_only = true));
DW_SCHEMA(view_default, (int64_t, v, .visible_to = DW_ROLES(reader), DW_DEFAULT(1)));
DW_SCHEMA(view_source, (int64_t, v, .visible_to = DW_ROLES(reader), .from_query = true));
DW_SCHEMA(view_flat, (owner, v, .visible_to = DW_ROLES(reader), .flat = true));
DW_SCHEMA(view_good, (int64_t, v, .visible_to = DW_ROLES(reader)), (int64_t, w));
DW_PARTIAL(view_part, view_good);
DW_PICK(view_pick, view_good, v);
DW_LIST(view_goods, view_good);
DW_SCHEMA(view_outer, (view_goods, all));
DW_SCHEMA(upper_header, (int64_t, v, .from_header = "X-V"));
DW_SCHEMA(odd_cookie, (int64_t, v, .from_cookie = "a b"));
DW_SCHEMA(credentials, (dw_text, v, .from_header = "authorization"));
DW_SCHEMA(sourced, (int64_t, v, .from_header = "x-v"));
DW_SCHEMA(inner_source, (sourced, v));
DW_SCHEMA(flat_source, (sourced, v, .flat = true));
DW_SCHEMA(dropping, (int64_t, v));
DW_OPTIONS(dropping, .unknown = DW_DROP("a reason that is long enough"));
DW_SCHEMA(flat_dropping, (dropping, v, .flat = true));
/* clang-format on */

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
    static const dw_field reversed_field = {"a", &dw_text_schema, 0, 16, 17, &reversed_rules, NULL};
    static const dw_field *const reversed_fields[] = {&reversed_field};
    static const dw_schema reversed = {
        .name = "reversed", .kind = DW_KIND_OBJECT, .size = 24, .fields = reversed_fields, .n_fields = 1};
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

static void refuses_what_types_cannot_be(void **state)
{
    (void)state;
    refused(&no_scale_schema, "schema no_scale, field v: a decimal says DW_SCALE(n)");
    refused(&fine_bound_schema, "no decimal with the digits of DW_SCALE");
    refused(&odd_bound_schema, "no decimal with the digits of DW_SCALE");
    refused(&reversed_decimal_schema, "the range is reversed");
    refused(&multiple_of_none_schema, ".multiple_of is a positive number");
    refused(&negative_multiple_schema, ".multiple_of is a positive number");
    refused(&odd_date_schema, "a bound is no date");
    refused(&reversed_date_schema, "the range is reversed");
    refused(&odd_time_schema, "a bound is no time");
    refused(&reversed_time_schema, "the range is reversed");
    refused(&uuid_9_schema, "a version from 1 to 8");
    refused(&ip_5_schema, "version 4 or 6");
    refused(&script_url_schema, "javascript, data, file");
    refused(&upper_url_schema, "in lower case");
    refused(&nameless_enum_schema, "a name of the enum is empty");
    refused(&double_enum_schema, "two values of the enum have the same name");
    refused(&reversed_bytes_schema, "the length is reversed");
    refused(&list_of_optional_schema, "never optional");
    refused(&list_of_named_schema, "an element has no name");
    refused(&list_of_default_schema, "no default");
    refused(&unique_objects_schema, "only scalars can be unique");
    refused(&map_of_objects_schema, "the values of a map are scalars");
    refused(&map_of_lists_schema, "the values of a map are scalars");
    refused(&map_of_secrets_schema, "cannot hold secrets");
    refused(&map_bad_keys_schema, "the pattern does not compile");
}

static void refuses_values_that_break_their_own_rules(void **state)
{
    (void)state;
    refused(&default_breaks_schema, "field v: the default does not keep the rules of its field: Must be "
                                    "greater than or equal to 1 and less");
    refused(&default_no_date_schema, "the default does not keep the rules of its field: Not a valid date.");
    refused(&default_no_enum_schema, "a name of the enum");
    refused(&default_untrimmed_schema, "the default is not trimmed");
    refused(&default_checked_schema, "the default does not keep the rules of its field: Never good.");
    refused(&example_breaks_schema,
            "the example does not keep the rules of its field: Length must be between 1 and 3.");
    refused(&example_no_json_schema, "the example does not keep the rules of its field: it is no JSON.");
    refused(&example_unknown_schema, "it has a field that is not declared.");
    dw__schema_plan_free(compiled(&example_good_schema));
}

static void refuses_what_fields_cannot_be(void **state)
{
    (void)state;
    refused(&both_ways_schema, "nobody could ever see it");
    refused(&two_sources_schema, "a field has one source");
    refused(&read_only_source_schema, "a field has one source");
    refused(&upper_header_schema, "in lower case");
    refused(&odd_cookie_schema, "the name of a cookie");
    refused(&credentials_schema, "holds credentials");
    refused(&inner_source_schema, "schema sourced, field v: only a field of the outermost schema");
    refused(&flat_dropping_schema, "a flat part drops nothing by itself");
    struct schema_plan *plan = compiled(&flat_source_schema);
    assert_int_equal(plan->fields[0].source, SOURCE_HEADER);
    assert_true(dw__text_is(plan->fields[0].source_name, "x-v"));
    dw__schema_plan_free(plan);
}

/* It is for replies: no client may send it, whatever was made of the shape. */
static void what_is_for_roles_is_not_taken(void **state)
{
    static const dw_schema *const shapes[] = {&view_good_schema, &view_part_schema, &view_pick_schema};

    (void)state;
    refused(&view_of_nobody_schema, ".visible_to names roles");
    refused(&view_of_no_role_schema, ".visible_to names roles");
    refused(&view_written_schema, "only sent, never taken");
    refused(&view_default_schema, "only sent, never taken");
    refused(&view_source_schema, "only sent, never taken");
    refused(&view_flat_schema, "its fields say .visible_to");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct schema_plan *plan = compiled(shapes[i]);

        assert_int_equal(plan->fields[0].visible_to, 1);
        assert_int_equal(plan->view_roles, 1);
        assert_int_equal((plan->inputs | plan->required) & 1, 0);
        dw__schema_plan_free(plan);
    }
    struct schema_plan *plan = compiled(&view_outer_schema);
    assert_int_equal(plan->view_roles, 1);
    dw__schema_plan_free(plan);
    plan = compiled(&thing_schema);
    assert_int_equal(plan->view_roles, 0);
    dw__schema_plan_free(plan);
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
        cmocka_unit_test(refuses_what_types_cannot_be),
        cmocka_unit_test(refuses_values_that_break_their_own_rules),
        cmocka_unit_test(refuses_what_fields_cannot_be),
        cmocka_unit_test(what_is_for_roles_is_not_taken),
        cmocka_unit_test(secrets_do_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
