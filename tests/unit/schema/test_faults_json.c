/* The members of the error shape, and which fault wins. */
#include "schema/bind_rules.h"
#include "schema/binding.h"

static void written(const struct bind_faults *faults, dw_err err, const char *want)
{
    char text[1024];
    struct buf out;
    dw__buf_init_fixed(&out, text, sizeof text - 1);
    assert_int_equal(dw__faults_json(faults, err, &out), want[0] != '\0');
    text[out.n] = '\0';
    assert_string_equal(text, want);
}

static void broken(struct bind_faults *faults, const char *name, const char *code, const char *says)
{
    dw__bind_fault_says(faults, &(struct bind_place){NULL, dw__text_of(name), 0}, NULL, code, says);
}

static void writes_members(void **state)
{
    struct arena arena;
    struct bind_faults faults;
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    dw__bind_init(&faults, &arena);
    written(&faults, DW_OK, "");
    written(&faults, DW_NOT_FOUND, "");
    broken(&faults, "a", "one", "One.");
    broken(&faults, "b", "two", "\"Two\".");
    broken(&faults, "a", "one", "Three.");
    dw__bind_unknown(&faults, DW_TEXT("x\"\xe2\x80\xa8"));
    faults.malformed_at = 17;
    written(&faults, DW_INVALID,
            "\"details\":{\"a\":[\"One.\",\"Three.\"],\"b\":[\"\\\"Two\\\".\"]},"
            "\"errors\":[{\"pointer\":\"/a\",\"code\":\"one\",\"detail\":\"One.\"},"
            "{\"pointer\":\"/b\",\"code\":\"two\",\"detail\":\"\\\"Two\\\".\"},"
            "{\"pointer\":\"/a\",\"code\":\"one\",\"detail\":\"Three.\"}]");
    written(&faults, DW_UNKNOWN_FIELDS,
            "\"invalid_fields\":[\"x\\\"\\u2028\"],"
            "\"errors\":[{\"pointer\":\"/x\\\"\\u2028\",\"code\":\"unknown\",\"detail\":\"There is no such "
            "field.\"}]");
    written(&faults, DW_MALFORMED, "\"position\":17");
    dw__arena_release(&arena);
}

static void malformed_then_unknown_then_broken(void **state)
{
    struct arena arena;
    struct bind_faults faults;
    struct schema_plan *plan = compiled(&owner_schema);
    owner out = {0};
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    dw__bind_init(&faults, &arena);
    faults.seen = UINT64_MAX;
    assert_int_equal(dw__bind_end(plan, &out, &faults), DW_OK);
    broken(&faults, "a", "one", "One.");
    assert_int_equal(dw__bind_end(plan, &out, &faults), DW_INVALID);
    dw__bind_unknown(&faults, DW_TEXT("x"));
    assert_int_equal(dw__bind_end(plan, &out, &faults), DW_UNKNOWN_FIELDS);
    faults.fatal = DW_MALFORMED;
    assert_int_equal(dw__bind_end(plan, &out, &faults), DW_MALFORMED);
    dw__schema_plan_free(plan);
    dw__arena_release(&arena);
}

static void without_memory_nothing_passes(void **state)
{
    struct arena none;
    struct bind_faults faults;
    struct schema_plan *plan = compiled(&owner_schema);
    owner out = {0};
    (void)state;
    dw__arena_init(&none, NULL, 0);
    for (int unknown = 0; unknown < 2; unknown++) {
        dw__bind_init(&faults, &none);
        faults.seen = UINT64_MAX;
        if (unknown)
            dw__bind_unknown(&faults, DW_TEXT("x"));
        else
            broken(&faults, "a", "one", "One.");
        assert_int_equal(dw__bind_end(plan, &out, &faults), DW_TOO_LARGE);
    }
    dw__schema_plan_free(plan);
    dw__arena_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_members),
        cmocka_unit_test(malformed_then_unknown_then_broken),
        cmocka_unit_test(without_memory_nothing_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
