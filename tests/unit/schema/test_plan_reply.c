/* Reading what was printed: the fields of a reply, no more and no fewer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "schema/bind.h"

DW_SCHEMA(inner, (int64_t, id, .read_only = true), (dw_secret, password, .write_only = true), (dw_text, name));
DW_LIST(inners, inner);
DW_SCHEMA(outer, (int64_t, size, DW_DEFAULT(3)), (dw_text, memo, .optional = true), (dw_text, next, .nullable = true), (inners, all));

static struct arena arena;

/* What binding `json` as a reply of `schema` comes to. */
static dw_err bound(const dw_schema *schema, const char *json, void *out)
{
    struct schema_plan *plan;
    struct bind_faults faults;
    struct buf why;
    dw_err err;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, 4096);
    assert_int_equal(dw__schema_compile_reply(schema, &plan, &why), DW_OK);
    dw__bind_init(&faults, &arena);
    memset(out, 0, plan->size);
    err = dw__bind_json(plan, dw__text_of(json), UINT64_MAX, out, &faults);
    if (err == DW_OK)
        err = dw__bind_end(plan, out, &faults);
    dw__schema_plan_free(plan);
    return err;
}

static dw_err as_outer(const char *json, outer *out)
{
    dw_err err = bound(&outer_schema, json, out);

    dw__arena_release(&arena);
    return err;
}

static void read_only_comes(void **state)
{
    outer out;

    (void)state;
    assert_int_equal(
        bound(&outer_schema, "{\"size\":1,\"next\":null,\"all\":[{\"id\":7,\"name\":\"x\"}]}", &out), DW_OK);
    assert_int_equal(out.all.n, 1);
    assert_int_equal(out.all.v[0].id, 7);
    assert_true(out.null.next);
    assert_false(out.has.memo);
    dw__arena_release(&arena);
}

enum { role_owner };
DW_SCHEMA(viewed, (int64_t, id), (int64_t, v, .visible_to = DW_ROLES(owner)));

/* Whether it is there depends on who asks. */
static void what_is_for_roles_may_come(void **state)
{
    viewed out;

    (void)state;
    assert_int_equal(bound(&viewed_schema, "{\"id\":1,\"v\":2}", &out), DW_OK);
    assert_true(out.has.v);
    assert_int_equal(out.v, 2);
    dw__arena_release(&arena);
    assert_int_equal(bound(&viewed_schema, "{\"id\":1}", &out), DW_OK);
    assert_false(out.has.v);
    dw__arena_release(&arena);
}

static void what_is_missing(void **state)
{
    outer out;

    (void)state;
    assert_int_equal(as_outer("{\"size\":1,\"next\":null,\"all\":[]}", &out), DW_OK);
    assert_int_equal(as_outer("{\"next\":null,\"all\":[]}", &out), DW_INVALID); /* a default is for clients */
    assert_int_equal(as_outer("{\"size\":1,\"all\":[]}", &out), DW_INVALID);
    assert_int_equal(as_outer("{\"size\":1,\"next\":null,\"all\":[{\"name\":\"x\"}]}", &out), DW_INVALID);
}

static void what_is_too_much(void **state)
{
    outer out;

    (void)state;
    assert_int_equal(as_outer("{\"size\":1,\"next\":null,\"all\":[],\"more\":1}", &out), DW_UNKNOWN_FIELDS);
    assert_int_equal(
        as_outer("{\"size\":1,\"next\":null,\"all\":[{\"id\":7,\"name\":\"x\",\"password\":\"p\"}]}", &out),
        DW_UNKNOWN_FIELDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_only_comes),
        cmocka_unit_test(what_is_for_roles_may_come),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(what_is_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
