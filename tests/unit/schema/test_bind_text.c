/* Path segments, queries and forms into a struct. */
#include "schema/binding.h"

static void query_says(dw_text query, dw_err want, const char *said)
{
    struct binding b;
    binding_init(&b, &thing_schema);
    assert_int_equal(dw__bind_query(b.plan, query, UINT64_MAX, &b.out, &b.faults),
                     want == DW_BAD_REQUEST ? want : DW_OK);
    assert_int_equal(binding_end(&b), want);
    assert_string_equal(b.said, said);
    binding_release(&b);
}

static void fills_the_struct(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &thing_schema);
    assert_int_equal(dw__bind_query(b.plan,
                                    DW_TEXT("name=a+b%20c&qty=5&price=1.5e1&active=false&password=12345678&"
                                            "note=&tags=1&tags=2&tags=3&%40kind=k"),
                                    UINT64_MAX, &b.out, &b.faults),
                     DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    const thing *t = &b.out;
    assert_true(dw__text_is(t->name, "a b c"));
    assert_true(t->qty == 5 && t->price == 15.0 && t->has.active && !t->active);
    assert_true(t->password.n == 8 && memcmp(t->password.p, "12345678", 8) == 0);
    assert_true(t->has.note && t->note.n == 0);
    assert_true(t->has.tags && t->tags.n == 3 && t->tags.v[2] == 3);
    assert_true(dw__text_is(t->kind, "k"));
    binding_release(&b);
}

static void names_broken_rules(void **state)
{
    (void)state;
#define BROKEN(query, details) query_says(DW_TEXT(query), DW_INVALID, "\"details\":{" details "}")
    BROKEN("", "\"name\":[\"Missing data for required field.\"]");
    BROKEN("name=ab", "\"name\":[\"Length must be between 3 and 100.\"]");
    BROKEN("name=%C3%A9%C3%A9", "\"name\":[\"Length must be between 3 and 100.\"]");
    BROKEN("name=abc&slug=A", "\"slug\":[\"Invalid format.\"]");
    BROKEN("name=abc&qty=", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=%2B3", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=03", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=+3", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=3+", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=3.0", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=0x3", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&qty=9", "\"qty\":[\"Must be greater than or equal to 1 and less than or equal to 5.\"]");
    BROKEN("name=abc&price=NaN", "\"price\":[\"Not a valid number.\"]");
    BROKEN("name=abc&price=1e999", "\"price\":[\"Not a valid number.\"]");
    BROKEN("name=abc&price=0",
           "\"price\":[\"Must be greater than or equal to 0.5 and less than or equal to 99.5.\"]");
    BROKEN("name=abc&active=1", "\"active\":[\"Not a valid boolean.\"]");
    BROKEN("name=abc&active=True", "\"active\":[\"Not a valid boolean.\"]");
    BROKEN("name=abc&owner=x", "\"owner\":[\"Not a valid object.\"]");
    BROKEN("name=abc&others=x", "\"others\":[\"Not a valid list.\"]");
    BROKEN("name=abc&tags=1&tags=x", "\"tags.1\":[\"Not a valid integer.\"]");
    BROKEN("name=abc&tags=1&tags=2&tags=3&tags=4&tags=5", "\"tags\":[\"Must have between 1 and 3 items.\"]");
}

static void refuses_repetition(void **state)
{
    (void)state;
    BROKEN("name=abc&name=abc", "\"name\":[\"May be given only once.\"]");
    BROKEN("name=a&name=abc&qty=9",
           "\"name\":[\"Length must be between 3 and 100.\",\"May be given only once.\"],"
           "\"qty\":[\"Must be greater than or equal to 1 and less than or equal to 5.\"]");
}

static void names_unknown_fields(void **state)
{
    (void)state;
    query_says(DW_TEXT("name=abc&isAdmin=1&x&x&=1"), DW_UNKNOWN_FIELDS,
               "\"invalid_fields\":[\"isAdmin\",\"x\",\"x\",\"\"]");
    query_says(DW_TEXT("name=ab&isAdmin=1"), DW_UNKNOWN_FIELDS, "\"invalid_fields\":[\"isAdmin\"]");
}

static void refuses_bad_queries(void **state)
{
    (void)state;
    query_says(DW_TEXT("name=%zz"), DW_BAD_REQUEST, "");
    query_says(DW_TEXT("name=abc%00"), DW_BAD_REQUEST, "");
    query_says(DW_TEXT("name=abc%ff"), DW_BAD_REQUEST, "");
}

DW_SCHEMA(two_lists, (tags, a, DW_ITEMS(2, 3)), (tags, b, DW_ITEMS(2, 3), .optional = true));

static void short_lists_are_found_at_the_end(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &two_lists_schema);
    assert_int_equal(dw__bind_query(b.plan, DW_TEXT("a=1"), UINT64_MAX, &b.out, &b.faults), DW_OK);
    assert_int_equal(binding_end(&b), DW_INVALID);
    assert_string_equal(b.said, "\"details\":{\"a\":[\"Must have between 2 and 3 items.\"]}");
    binding_release(&b);
}

static void forms_keep_to_their_fields(void **state)
{
    struct binding b;
    struct form form;
    (void)state;
    binding_init(&b, &thing_schema);
    assert_int_equal(dw__form_parse(DW_TEXT("name=abc&qty=1"), &b.arena, &form), DW_OK);
    dw__bind_form(b.plan, &form, 1, &b.out, &b.faults);
    assert_int_equal(binding_end(&b), DW_UNKNOWN_FIELDS);
    assert_string_equal(b.said, "\"invalid_fields\":[\"qty\"]");
    binding_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_the_struct),           cmocka_unit_test(names_broken_rules),
        cmocka_unit_test(refuses_repetition),         cmocka_unit_test(names_unknown_fields),
        cmocka_unit_test(refuses_bad_queries),        cmocka_unit_test(short_lists_are_found_at_the_end),
        cmocka_unit_test(forms_keep_to_their_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
