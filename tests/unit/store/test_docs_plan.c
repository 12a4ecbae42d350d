/* test_docs_plan.c -- which schemas can be documents, and what is said of the others. */
#include "store_fixture.h"

#include "store/docs.h"

DW_ENUM(phase, open, closed);
DW_SCHEMA(good, (dw_text, title, DW_LEN(1, 80)), (int64_t, stars), (phase, phase, .optional = true), (dw_url, link, .optional = true));
DW_COLLECTION(goods, good, title, stars, phase, link);
DW_SHARED_COLLECTION(commons, good, title);

DW_SCHEMA(hidden, (dw_text, title), (dw_secret, key, .write_only = true));
DW_COLLECTION(hiddens, hidden, title);
DW_SCHEMA(fixed, (dw_text, title), (dw_text, made, .read_only = true, .optional = true));
DW_COLLECTION(fixeds, fixed, title);
DW_SCHEMA(outer, (dw_text, title), (hidden, inner));
DW_COLLECTION(outers, outer, title);
DW_SCHEMA(settled, (dw_text, title), (int64_t, n, DW_DEFAULT(1), .nullable = true));
DW_COLLECTION(settleds, settled, title);
DW_SCHEMA(around, (dw_text, title), (settled, inner));
DW_COLLECTION(arounds, around, title);
DW_SCHEMA(loose, (dw_text, title), (dw_json, more));
DW_COLLECTION(looses, loose, title);
DW_SCHEMA(lengthy, (dw_text, title, DW_LEN(0, 4000)));
DW_COLLECTION(lengthies, lengthy, title);
DW_SCHEMA(bounded, (dw_text, title, DW_LEN(0, 4000), DW_BYTES(0, 2048)));
DW_COLLECTION(boundeds, bounded, title);
DW_SCHEMA(ours, (dw_text, owner));
DW_COLLECTION(ourses, ours, owner);
DW_SCHEMA(keyed, (dw_text, id), (dw_text, title));
DW_COLLECTION(keyeds, keyed, title);
DW_SCHEMA(quoted, (dw_text, title, .wire = "it's"));
DW_COLLECTION(quoteds, quoted, title);

static void check(const dw_collection *c, const dw_owned *owned, const char *wanted)
{
    const dw_query *const queries[] = {c->get, c->add, c->put, c->put_at, c->drop, c->drop_at};
    struct sql_inventory *inv;
    struct fixture f;
    dw_err err;

    fixture_why_clear(&f);
    err = dw__sql_inventory_new(&inv, queries, queries + 6, &f.why);
    if (err == DW_OK)
        err = dw__sql_inventory_own(inv, owned, &f.why);
    if (wanted == NULL)
        fixture_ok(&f, err);
    else if (err == DW_OK || strstr(fixture_why(&f), wanted) == NULL)
        fail_msg("collection %s: %s, not: %s", c->name, err == DW_OK ? "nothing" : fixture_why(&f), wanted);
    if (err == DW_OK)
        assert_ptr_equal(dw__docs_of(inv, c)->c, c);
    dw__sql_inventory_free(inv);
}

static void what_can_be(void **state)
{
    static const dw_owned owned[] = {
        DW_OWNED(goods, owner), DW_OWNED(boundeds, owner), DW_OWNED(settleds, owner), {0}};

    (void)state;
    check(&goods, owned, NULL);
    check(&boundeds, owned, NULL);
    check(&settleds, owned, NULL);
    check(&commons, owned, NULL);
    check(&commons, NULL, NULL);
}

static void whose_they_are_is_said(void **state)
{
    static const dw_owned other[] = {DW_OWNED(goods, keeper), DW_OWNED(good, owner), {0}};

    (void)state;
    check(&goods, NULL, "put DW_OWNED(goods, owner) into the application's .owned");
    check(&goods, other, "put DW_OWNED(goods, owner) into the application's .owned");
}

static void what_cannot_be(void **state)
{
    (void)state;
    check(&hiddens, NULL, "field `key` of hidden is read-only, write-only");
    check(&hiddens, NULL, "field `key` is a dw_secret");
    check(&fixeds, NULL, "field `made` of fixed is read-only");
    check(&outers, NULL, "field `key` of hidden is read-only, write-only");
    check(&arounds, NULL, "field `n` of settled has a default and is nullable");
    check(&looses, NULL, "field `more` is a dw_json");
    check(&lengthies, NULL, "field `title` can be longer than the 2048 bytes");
    check(&ourses, NULL, "a column `owner` of its own");
    check(&keyeds, NULL, "field `id` of keyed: a document has an id and a version of its own");
    check(&quoteds, NULL, "field `title` has a quote");
}

static void statements_are_held_to_the_caller(void **state)
{
    static const dw_owned owned[] = {DW_OWNED(commons, owner), {0}};

    (void)state;
    check(&commons, owned, "rows of `commons` belong to their `owner`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be),
        cmocka_unit_test(whose_they_are_is_said),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(statements_are_held_to_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
