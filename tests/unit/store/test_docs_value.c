/* test_docs_value.c -- documents as JSON and back, and a part put over a whole as RFC 7396 says. */
#include "store_fixture.h"

#include "schema/plan.h"
#include "store/docs_value.h"

DW_SCHEMA(place, (dw_text, street, .optional = true), (dw_text, town));
DW_SCHEMA(area, (dw_text, town), (int64_t, zip, DW_DEFAULT(7)));
DW_LIST(words, dw_text, DW_LEN(1, 20));
DW_SCHEMA(thing, (dw_text, name, DW_LEN(1, 200000)), (int64_t, n, DW_RANGE(0, 9)), (dw_text, note, .optional = true),
          (dw_text, hint, .nullable = true), (dw_text, both, .optional = true, .nullable = true),
          (place, at, .optional = true), (area, in, .optional = true), (words, words, .optional = true), (double, weight, .optional = true));
DW_PARTIAL(thing_part, thing);

struct fx {
    struct arena arena;
    struct schema_plan *whole, *part;
    struct plan_type type;
};

static int set_up(void **state)
{
    static struct fx f;
    static char text[256];
    struct buf why;

    dw__buf_init_fixed(&why, text, sizeof text);
    dw__arena_init(&f.arena, NULL, (size_t)16 << 20);
    assert_int_equal(dw__schema_compile(&thing_schema, &f.whole, &why), DW_OK);
    assert_int_equal(dw__schema_compile(&thing_part_schema, &f.part, &why), DW_OK);
    f.type = (struct plan_type){
        .kind = DW_KIND_OBJECT, .size = sizeof(thing), .schema = &thing_schema, .object = f.whole};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fx *f = *state;

    dw__schema_plan_free(f->whole);
    dw__schema_plan_free(f->part);
    dw__arena_release(&f->arena);
    return 0;
}

static dw_text text_of(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static dw_err bind(struct fx *f, struct schema_plan *plan, const char *json, thing *out)
{
    struct bind_faults faults;
    const struct plan_type type = {
        .kind = DW_KIND_OBJECT, .size = sizeof(thing), .schema = plan->schema, .object = plan};

    memset(out, 0, sizeof *out);
    dw__bind_init(&faults, &f->arena);
    return dw__doc_bind(&type, text_of(json), out, &faults);
}

/* What `value` becomes by `patch`. */
static void expect(struct fx *f, const char *value, const char *patch, const char *wanted)
{
    thing whole, part;
    dw_text json;

    assert_int_equal(bind(f, f->whole, value, &whole), DW_OK);
    assert_int_equal(bind(f, f->part, patch, &part), DW_OK);
    assert_true(dw__doc_merge(f->whole, &whole, &part));
    assert_int_equal(dw__doc_print(&f->type, &whole, &f->arena, &json), DW_OK);
    if (!dw_text_eq(json, text_of(wanted)))
        fail_msg("%s + %s is %.*s, not %s", value, patch, DW_FMT(json), wanted);
}

static void a_part_over_a_whole(void **state)
{
    static const struct {
        const char *value, *patch, *wanted;
    } cases[] = {
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}", "{}", "{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}", "{\"n\":2}", "{\"name\":\"a\",\"n\":2,\"hint\":\"h\"}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}", "{\"note\":\"x\"}",
         "{\"name\":\"a\",\"n\":1,\"note\":\"x\",\"hint\":\"h\"}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}", "{\"hint\":null}",
         "{\"name\":\"a\",\"n\":1,\"hint\":null}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":null}", "{\"hint\":\"i\"}",
         "{\"name\":\"a\",\"n\":1,\"hint\":\"i\"}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"both\":\"b\"}", "{\"both\":null}",
         "{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"words\":[\"x\",\"y\"]}", "{\"words\":[\"z\"]}",
         "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"words\":[\"z\"]}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"at\":{\"street\":\"s\",\"town\":\"t\"}}",
         "{\"at\":{\"town\":\"u\"}}",
         "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"at\":{\"street\":\"s\",\"town\":\"u\"}}"},
        {"{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}", "{\"at\":{\"town\":\"u\"}}",
         "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"at\":{\"town\":\"u\"}}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(*state, cases[i].value, cases[i].patch, cases[i].wanted);
}

/* What stands in a part because nobody sent it is no change, but where there was nothing. */
static void a_default_replaces_nothing(void **state)
{
    static const char was[] = "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"in\":{\"town\":\"t\",\"zip\":3}}";
    static const char none[] = "{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}";

    expect(*state, was, "{\"in\":{\"town\":\"u\"}}",
           "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"in\":{\"town\":\"u\",\"zip\":3}}");
    expect(*state, was, "{\"in\":{\"town\":\"t\",\"zip\":7}}",
           "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"in\":{\"town\":\"t\",\"zip\":7}}");
    expect(*state, none, "{\"in\":{\"town\":\"u\"}}",
           "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"in\":{\"town\":\"u\",\"zip\":7}}");
}

/* A program may say what no client can. */
static void what_must_stay_cannot_go(void **state)
{
    struct fx *f = *state;
    thing value, part = {.null.name = true};

    assert_int_equal(bind(f, f->whole, "{\"name\":\"a\",\"n\":1,\"hint\":\"h\"}", &value), DW_OK);
    assert_false(dw__doc_merge(f->whole, &value, &part));
    part = (thing){.null.note = true};
    value.note = DW_TEXT("x");
    value.has.note = true;
    assert_true(dw__doc_merge(f->whole, &value, &part));
    assert_false(value.has.note);
}

static void rules_are_kept(void **state)
{
    static const char *const bad[] = {"{\"name\":\"a\",\"n\":10,\"hint\":\"h\"}",
                                      "{\"name\":\"a\",\"hint\":\"h\"}",
                                      "{\"name\":\"a\",\"n\":1,\"hint\":\"h\",\"more\":1}",
                                      "[]",
                                      "{",
                                      ""};
    struct fx *f = *state;
    thing out;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(bind(f, f->whole, bad[i], &out), DW_INVALID);
}

static void a_document_is_bounded(void **state)
{
    struct fx *f = *state;
    char *long_name = calloc(1, DW_DOC_MAX);
    thing value = {.name = {long_name, DW_DOC_MAX - 100}};
    struct arena small;
    dw_text json;

    assert_non_null(long_name);
    memset(long_name, 'a', DW_DOC_MAX);
    assert_int_equal(dw__doc_print(&f->type, &value, &f->arena, &json), DW_OK);
    value.name.n = DW_DOC_MAX;
    assert_int_equal(dw__doc_print(&f->type, &value, &f->arena, &json), DW_TOO_LARGE);
    value.name.n = DW_DOC_MAX - 100;
    dw__arena_init(&small, NULL, (size_t)32 << 10);
    assert_int_equal(dw__doc_print(&f->type, &value, &small, &json), DW_UNAVAILABLE);
    dw__arena_release(&small);
    free(long_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_part_over_a_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_default_replaces_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_must_stay_cannot_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_document_is_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
