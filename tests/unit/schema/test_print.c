/* Structs out, and poison that finds what a handler forgot. */
#include <math.h>

#include "schema/print.h"
#include "schema/shapes.h"

/* clang-format off */
DW_SCHEMA(reply,
    (int64_t, id),
    (dw_text, name, .wire = "na\"me"),
    (double, price),
    (bool, active),
    (owner, owner),
    (dw_text, next, .nullable = true),
    (dw_text, extra, .optional = true),
    (owners, others),
    (tags, tags));
/* clang-format on */
DW_PAGE(page, owner);

static char memory[4096];

static dw_text printed(const dw_schema *schema, const void *value, const char **unset)
{
    struct buf out;
    struct schema_plan *plan = compiled(schema);
    static char name[64];
    dw__buf_init_fixed(&out, memory, sizeof memory);
    dw__print_json(plan, value, &out, unset);
    assert_false(out.failed);
    if (unset != NULL && *unset != NULL)
        *unset = strcpy(name, *unset);
    dw__schema_plan_free(plan);
    return (dw_text){memory, out.n};
}

static void prints_in_declared_order(void **state)
{
    const owner others[] = {{.name = DW_TEXT("a")}, {.name = DW_TEXT("b"), .age = 2, .has.age = true}};
    reply r = {.id = -7,
               .name = DW_TEXT("x\n\xff"),
               .price = 0.1,
               .active = true,
               .owner = {.name = DW_TEXT("o")},
               .others = {others, 2}};
    (void)state;
    assert_true(dw__text_is(printed(&reply_schema, &r, NULL),
                            "{\"id\":-7,\"na\\\"me\":\"x\\n\xef\xbf\xbd\",\"price\":0.1,\"active\":true,"
                            "\"owner\":{\"name\":\"o\"},\"next\":null,"
                            "\"others\":[{\"name\":\"a\"},{\"name\":\"b\",\"age\":2}],\"tags\":[]}"));
    r.has.extra = r.has.next = true;
    r.extra = DW_TEXT("e");
    r.next = DW_TEXT("n");
    r.price = INFINITY;
    r.others.n = 0;
    r.tags = (tags){(int64_t[]){1, 2}, 2};
    assert_true(dw__text_is(printed(&reply_schema, &r, NULL),
                            "{\"id\":-7,\"na\\\"me\":\"x\\n\xef\xbf\xbd\",\"price\":null,\"active\":true,"
                            "\"owner\":{\"name\":\"o\"},\"next\":\"n\","
                            "\"extra\":\"e\",\"others\":[],\"tags\":[1,2]}"));
}

static void leaves_no_comma_behind(void **state)
{
    thing_patch t = {.has.qty = true, .qty = 3};
    (void)state;
    assert_true(dw__text_is(printed(&thing_patch_schema, &t, NULL), "{\"qty\":3}"));
    t.has.qty = false;
    assert_true(dw__text_is(printed(&thing_patch_schema, &t, NULL), "{}"));
}

static void prints_flat_parts_and_pages(void **state)
{
    const stamped s = {.id = 1, .stamp = {.made = 2}, .last = DW_TEXT("l"), .has.last = true};
    const page p = {.items = {(owner[]){{.name = DW_TEXT("a")}}, 1}};
    (void)state;
    assert_true(dw__text_is(printed(&stamped_schema, &s, NULL), "{\"id\":1,\"made\":2,\"last\":\"l\"}"));
    assert_true(dw__text_is(printed(&page_schema, &p, NULL), "{\"items\":[{\"name\":\"a\"}],\"next\":null}"));
}

static void finds_what_was_forgotten(void **state)
{
    reply r;
    const char *unset;
    struct schema_plan *plan = compiled(&reply_schema);
    (void)state;
    dw__poison(plan, &r);
    assert_false(r.has.next || r.has.extra || r.owner.has.age);
#define FORGOTTEN(field) (printed(&reply_schema, &r, &unset), assert_string_equal(unset, field))
    FORGOTTEN("id");
    r.id = 0;
    FORGOTTEN("na\"me");
    r.name = DW_TEXT("");
    FORGOTTEN("price");
    r.price = 0;
    FORGOTTEN("active");
    r.active = false;
    FORGOTTEN("name");
    r.owner.name = DW_TEXT("o");
    FORGOTTEN("others");
    r.others = (owners){NULL, 0};
    FORGOTTEN("tags");
    assert_int_equal(printed(&reply_schema, &r, &unset).n, 0);
    r.tags = (tags){NULL, 0};
    r.has.extra = true;
    FORGOTTEN("extra");
    r.extra = DW_TEXT("e");
    assert_true(printed(&reply_schema, &r, &unset).n > 0);
    assert_null(unset);
    dw__schema_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_in_declared_order),
        cmocka_unit_test(leaves_no_comma_behind),
        cmocka_unit_test(prints_flat_parts_and_pages),
        cmocka_unit_test(finds_what_was_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
