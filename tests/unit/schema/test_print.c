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

enum { role_reader, role_writer, role_owner };
/* clang-format off */
DW_SCHEMA(seen_inner, (int64_t, a), (int64_t, b, .visible_to = DW_ROLES(owner)));
DW_LIST(seen_list, seen_inner);
DW_SCHEMA(seen,
    (int64_t, first, .visible_to = DW_ROLES(writer, owner)),
    (int64_t, id),
    (dw_text, note, .optional = true, .visible_to = DW_ROLES(writer)),
    (dw_text, rest, .nullable = true, .visible_to = DW_ROLES(owner)),
    (seen_inner, one),
    (seen_list, all));
/* clang-format on */

static char memory[4096];

static dw_text printed_for(const dw_schema *schema, const void *value, uint64_t roles, const char **unset)
{
    struct buf out;
    struct schema_plan *plan = compiled(schema);
    static char name[64];
    dw__buf_init_fixed(&out, memory, sizeof memory);
    dw__print_json(plan, value, roles, &out, NULL, unset);
    assert_false(out.failed);
    if (unset != NULL && *unset != NULL)
        *unset = strcpy(name, *unset);
    dw__schema_plan_free(plan);
    return (dw_text){memory, out.n};
}

static dw_text printed(const dw_schema *schema, const void *value, const char **unset)
{
    return printed_for(schema, value, DW__PRINT_ALL, unset);
}

static void shows_a_field_to_whom_it_is_for(void **state)
{
    static const struct {
        uint64_t roles;
        const char *json;
    } views[] = {
        {0, "{\"id\":2,\"one\":{\"a\":3},\"all\":[{\"a\":5}]}"},
        {1u << role_reader, "{\"id\":2,\"one\":{\"a\":3},\"all\":[{\"a\":5}]}"},
        {1u << role_writer, "{\"first\":1,\"id\":2,\"note\":\"n\",\"one\":{\"a\":3},\"all\":[{\"a\":5}]}"},
        {1u << role_owner | 1u << role_reader,
         "{\"first\":1,\"id\":2,\"rest\":null,\"one\":{\"a\":3,\"b\":4},\"all\":[{\"a\":5,\"b\":6}]}"},
        {DW__PRINT_ALL, "{\"first\":1,\"id\":2,\"note\":\"n\",\"rest\":null,\"one\":{\"a\":3,\"b\":4},"
                        "\"all\":[{\"a\":5,\"b\":6}]}"},
    };
    const seen_inner all = {.a = 5, .b = 6};
    const seen v = {.first = 1,
                    .id = 2,
                    .note = DW_TEXT("n"),
                    .has.note = true,
                    .one = {.a = 3, .b = 4},
                    .all = {&all, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        const dw_text json = printed_for(&seen_schema, &v, views[i].roles, NULL);

        if (!dw__text_eq(json, dw__text_of(views[i].json)))
            fail_msg("for %llx: %.*s", (unsigned long long)views[i].roles, DW_FMT(json));
    }
}

/* What the caller is not shown need not be set. */
static void poison_is_looked_for_in_what_is_shown(void **state)
{
    struct schema_plan *plan = compiled(&seen_schema);
    seen v;

    (void)state;
    dw__poison(plan, &v);
    v.id = 2;
    v.one.a = 3;
    v.all = (seen_list){NULL, 0};
    assert_null(dw__poison_find(plan, &v, 0));
    assert_string_equal(dw__poison_find(plan, &v, 1u << role_writer), "first");
    v.first = 1;
    assert_null(dw__poison_find(plan, &v, 1u << role_writer));
    assert_string_equal(dw__poison_find(plan, &v, 1u << role_owner), "b");
    dw__schema_plan_free(plan);
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
    t.null.note = t.null.qty = true; /* of which one can be null */
    assert_true(dw__text_is(printed(&thing_patch_schema, &t, NULL), "{\"note\":null}"));
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

struct gathering {
    struct print_sink sink;
    char text[4096];
    size_t n, flushes, most;
    bool refuse;
};

static bool gather(struct print_sink *sink, struct buf *printed)
{
    struct gathering *g = (struct gathering *)(void *)sink;

    memcpy(g->text + g->n, printed->p, printed->n);
    g->n += printed->n;
    g->most = printed->n > g->most ? printed->n : g->most;
    printed->n = 0;
    g->flushes++;
    return !g->refuse;
}

/* A list goes out in pieces that add up to the same text, whatever the size of a piece. */
static void long_lists_need_no_document(void **state)
{
    owner rows[50];
    page p = {.items = {rows, 50}};
    char whole[4096], pieces[512];
    struct schema_plan *plan = compiled(&page_schema);
    struct buf out;
    (void)state;
    for (size_t i = 0; i < 50; i++)
        rows[i] = (owner){.name = DW_TEXT("abcdefghij")};
    dw__buf_init_fixed(&out, whole, sizeof whole);
    dw__print_json(plan, &p, DW__PRINT_ALL, &out, NULL, NULL);
    dw_text all = {whole, out.n};
    for (size_t at = 1; at < 300; at += 13) {
        struct gathering g = {.sink = {gather, at}};
        dw__buf_init_fixed(&out, pieces, sizeof pieces);
        dw__print_json(plan, &p, DW__PRINT_ALL, &out, &g.sink, NULL);
        assert_false(out.failed);
        (void)gather(&g.sink, &out);
        assert_true(dw__text_eq(all, (dw_text){g.text, g.n}));
        assert_true(g.flushes > 1 && g.most < at + 64);
    }
    struct gathering g = {.sink = {gather, 1}, .refuse = true};
    dw__buf_init_fixed(&out, pieces, sizeof pieces);
    dw__print_json(plan, &p, DW__PRINT_ALL, &out, &g.sink, NULL);
    assert_true(out.failed);
    assert_int_equal(g.flushes, 1);
    dw__schema_plan_free(plan);
}

/* clang-format off */
DW_ENUM(colour, red);
DW_MAP(labels, dw_text);
DW_SCHEMA(values,
    (dw_decimal, d, DW_SCALE(2)), (dw_date, day), (dw_time, at), (colour, c), (dw_ip, ip), (dw_bytes, b),
    (int64_t, n, .as_text = true), (labels, m), (dw_email, mail), (dw_url, link));
/* clang-format on */

static void what_is_no_value_is_null(void **state)
{
    values v = {.d = {1, 30}, .day = {2023, 2, 29}, .at = {INT64_MAX, 0}, .c = (colour)2, .n = INT64_MIN};
    (void)state;
    assert_true(dw__text_is(printed(&values_schema, &v, NULL),
                            "{\"d\":null,\"day\":null,\"at\":null,\"c\":null,\"ip\":null,\"b\":\"\","
                            "\"n\":\"-9223372036854775808\",\"m\":{},\"mail\":\"\",\"link\":\"\"}"));
    v = (values){.d = {15, 1},
                 .day = {2024, 2, 29},
                 .c = colour_red,
                 .b = {(const uint8_t *)"\xff", 1},
                 .m = {(labels_entry[]){{DW_TEXT("a\""), DW_TEXT("\n")}, {DW_TEXT("b"), DW_TEXT("")}}, 2}};
    v.ip.version = 4;
    assert_true(
        dw__text_is(printed(&values_schema, &v, NULL),
                    "{\"d\":\"1.5\",\"day\":\"2024-02-29\",\"at\":\"1970-01-01T00:00:00Z\",\"c\":\"red\","
                    "\"ip\":\"0.0.0.0\",\"b\":\"_w\",\"n\":\"0\",\"m\":{\"a\\\"\":\"\\n\",\"b\":\"\"},"
                    "\"mail\":\"\",\"link\":\"\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_lists_need_no_document),
        cmocka_unit_test(what_is_no_value_is_null),
        cmocka_unit_test(shows_a_field_to_whom_it_is_for),
        cmocka_unit_test(poison_is_looked_for_in_what_is_shown),
        cmocka_unit_test(prints_in_declared_order),
        cmocka_unit_test(leaves_no_comma_behind),
        cmocka_unit_test(prints_flat_parts_and_pages),
        cmocka_unit_test(finds_what_was_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
