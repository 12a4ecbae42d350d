/* test_docs.c -- documents set, found, merged and deleted on a handle of our own. */
#include "store_fixture.h"

#include "store/docs.h"

DW_SCHEMA(memo, (dw_text, title, DW_LEN(1, 80)), (int64_t, stars, DW_RANGE(0, 100)), (dw_text, note, .optional = true), (dw_date, day, .optional = true));
DW_PARTIAL(memo_part, memo);
DW_COLLECTION(memos, memo, title, stars, day);
DW_SCHEMA(other, (dw_text, title));
DW_COLLECTION(others, other, title); /* which the inventory does not have */

static const dw_owned owned[] = {DW_OWNED(memos, owner), {0}};
static const dw_principal ann = {.id = 1}, ben = {.id = 2};

static size_t all_queries(const dw_query **out)
{
    const dw_query *const ones[] = {memos.get, memos.add, memos.put, memos.put_at, memos.drop, memos.drop_at};
    size_t n = 0;

    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++)
        out[n++] = ones[i];
    for (size_t i = 0; i < memos.list->n; i++)
        out[n++] = memos.list->orders[i].first, out[n++] = memos.list->orders[i].next;
    for (size_t i = 0; i < memos.n_fields; i++)
        out[n++] = memos.fields[i]->where->orders[0].first, out[n++] = memos.fields[i]->where->orders[0].next;
    return n;
}

static int set_up(void **state)
{
    static const dw_query *queries[64];
    static struct fixture f;
    static char sql[4096];
    size_t n = all_queries(queries);
    dw_migration list[] = {{1, "docs", sql, 0, NULL, 0}, {0}};
    struct buf b;
    int applied;

    fixture_init(&f);
    dw__sql_inventory_free(f.inv);
    fixture_ok(&f, dw__sql_inventory_new(&f.inv, queries, queries + n, &f.why));
    fixture_ok(&f, dw__sql_inventory_own(f.inv, owned, &f.why));
    dw__buf_init_fixed(&b, sql, sizeof sql - 1);
    dw__docs_table_sql(dw__docs_at(f.inv, 0), SQL_SQLITE, &b);
    sql[b.n] = '\0';
    list[0].size = b.n;
    fixture_log_start(&f);
    fixture_ok(&f, dw__sql_open(&f.h, "", SQL_MEMORY, &f.why));
    fixture_ok(&f, dw__migrate_up(f.h, list, &applied, &f.why));
    fixture_ok(&f, dw__sql_prepare_all(f.h, f.inv, &f.why));
    fixture_direct(&f);
    f.ctx.principal = &ann;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    return 0;
}

static const memo one = {.title = {"one", 3}, .stars = 5};

static void from_first_to_last(void **state)
{
    struct fixture *f = *state;
    dw_text id = DW_TEXT("a");
    memos_doc made, doc;

    fixture_ok(f, DW_DOC_ADD(&f->ctx, memos, id, &one, &made));
    assert_int_equal(DW_DOC_ADD(&f->ctx, memos, id, &one, &doc), DW_CONFLICT);
    fixture_ok(f, DW_DOC_GET(&f->ctx, memos, id, &doc));
    assert_true(dw_text_is(doc.id, "a") && dw_text_is(doc.doc.title, "one") && doc.doc.stars == 5);
    assert_true(doc.version == made.version && doc.version > 0);
    fixture_ok(f, DW_DOC_SET(&f->ctx, memos, id, (&(memo){.title = DW_TEXT("two")}), &doc));
    assert_int_equal(doc.version, made.version + 1);
    fixture_ok(f, DW_DOC_MERGE(&f->ctx, memos, id, (&(memo_part){.stars = 7, .has.stars = true}), &doc));
    assert_true(dw_text_is(doc.doc.title, "two") && doc.doc.stars == 7 && doc.version == made.version + 2);
    assert_int_equal(DW_DOC_SET_AT(&f->ctx, memos, id, made.version, &one, &doc), DW_PRECONDITION_FAILED);
    assert_int_equal(DW_DOC_DELETE_AT(&f->ctx, memos, id, made.version), DW_PRECONDITION_FAILED);
    fixture_ok(f, DW_DOC_DELETE(&f->ctx, memos, id));
    assert_int_equal(DW_DOC_DELETE(&f->ctx, memos, id), DW_NOT_FOUND);
    assert_int_equal(DW_DOC_GET(&f->ctx, memos, id, &doc), DW_NOT_FOUND);
    assert_int_equal(DW_DOC_MERGE(&f->ctx, memos, id, (&(memo_part){.stars = 7, .has.stars = true}), &doc),
                     DW_NOT_FOUND);
}

/* A program's mistake is told as a client's would be. */
static void rules_are_kept(void **state)
{
    struct fixture *f = *state;
    memos_doc doc;

    assert_int_equal(DW_DOC_SET(&f->ctx, memos, DW_TEXT("a"), (&(memo){.stars = 5}), &doc), DW_INVALID);
    assert_non_null(f->ctx.faults);
    fixture_ok(f, DW_DOC_SET(&f->ctx, memos, DW_TEXT("a"), &one, &doc));
    f->ctx.faults = NULL;
    assert_int_equal(
        DW_DOC_MERGE(&f->ctx, memos, DW_TEXT("a"), (&(memo_part){.stars = 101, .has.stars = true}), &doc),
        DW_INVALID);
    assert_non_null(f->ctx.faults);
    fixture_ok(f, DW_DOC_GET(&f->ctx, memos, DW_TEXT("a"), &doc));
    assert_int_equal(doc.doc.stars, 5);
}

static void ids_are_ids(void **state)
{
    static const dw_text bad[] = {{"", 0}, {"a\nb", 3}, {"a\0b", 3}, {"\x7f", 1}, {"\xff", 1}, {NULL, 0}};
    struct fixture *f = *state;
    char long_id[DW_DOC_ID_MAX + 1];
    memos_doc doc;

    memset(long_id, 'x', sizeof long_id);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(DW_DOC_SET(&f->ctx, memos, bad[i], &one, &doc), DW_BAD_REQUEST);
        assert_int_equal(DW_DOC_GET(&f->ctx, memos, bad[i], &doc), DW_BAD_REQUEST);
        assert_int_equal(DW_DOC_DELETE(&f->ctx, memos, bad[i]), DW_BAD_REQUEST);
        assert_int_equal(DW_DOC_MERGE(&f->ctx, memos, bad[i], &one, &doc), DW_BAD_REQUEST);
    }
    assert_int_equal(DW_DOC_ADD(&f->ctx, memos, ((dw_text){long_id, sizeof long_id}), &one, &doc),
                     DW_BAD_REQUEST);
    fixture_ok(f, DW_DOC_ADD(&f->ctx, memos, ((dw_text){long_id, sizeof long_id - 1}), &one, &doc));
}

static void to_each_one_s_own(void **state)
{
    struct fixture *f = *state;
    memos_doc doc;
    memos_page page;

    fixture_ok(f, DW_DOC_SET(&f->ctx, memos, DW_TEXT("a"), &one, &doc));
    f->ctx.principal = &ben;
    assert_int_equal(DW_DOC_GET(&f->ctx, memos, DW_TEXT("a"), &doc), DW_NOT_FOUND);
    assert_int_equal(DW_DOC_DELETE(&f->ctx, memos, DW_TEXT("a")), DW_NOT_FOUND);
    fixture_ok(f, DW_DOC_ADD(&f->ctx, memos, DW_TEXT("a"), (&(memo){.title = DW_TEXT("ben's")}), &doc));
    fixture_ok(f, DW_DOCS_LIST(&f->ctx, memos, DW_TEXT(""), DW_TEXT(""), 10, &page));
    assert_true(page.items.n == 1 && dw_text_is(page.items.v[0].doc.title, "ben's"));
    f->ctx.principal = NULL;
    assert_int_equal(DW_DOC_GET(&f->ctx, memos, DW_TEXT("a"), &doc), DW_INTERNAL);
}

static dw_err count(void *self, const void *doc)
{
    const memos_doc *d = doc;

    *(int64_t *)self += d->doc.stars;
    return DW_OK;
}

static void found_and_ordered(void **state)
{
    struct fixture *f = *state;
    memos_doc doc;
    memos_page page;
    int64_t sum = 0;

    for (int i = 0; i < 40; i++) {
        const memo m = {.title = i % 2 ? DW_TEXT("odd") : DW_TEXT("even"),
                        .stars = i,
                        .day = {2026, 1, (uint8_t)(i % 4 + 1)},
                        .has.day = i < 20};

        fixture_ok(f, DW_DOC_SET(&f->ctx, memos, dw_format(&f->ctx, "%03d", 99 - i), &m, &doc));
    }
    fixture_ok(f, DW_DOCS_FIND(&f->ctx, memos, title, DW_TEXT("odd"), DW_TEXT(""), 15, &page));
    assert_true(page.items.n == 15 && page.has.next && dw_text_is(page.items.v[0].id, "060"));
    fixture_ok(f, DW_DOCS_FIND(&f->ctx, memos, title, DW_TEXT("odd"), page.next, 15, &page));
    assert_true(page.items.n == 5 && !page.has.next);
    fixture_ok(f, DW_DOCS_FIND(&f->ctx, memos, stars, 7, DW_TEXT(""), 15, &page));
    assert_true(page.items.n == 1 && dw_text_is(page.items.v[0].id, "092"));
    fixture_ok(f, DW_DOCS_FIND(&f->ctx, memos, day, ((dw_date){2026, 1, 3}), DW_TEXT(""), 15, &page));
    assert_int_equal(page.items.n, 5);
    assert_int_equal(DW_DOCS_FIND(&f->ctx, memos, day, ((dw_date){2026, 2, 31}), DW_TEXT(""), 15, &page),
                     DW_BAD_REQUEST);
    fixture_ok(f, DW_DOCS_LIST(&f->ctx, memos, DW_TEXT("-stars"), DW_TEXT(""), 2, &page));
    assert_true(page.items.v[0].doc.stars == 39 && page.items.v[1].doc.stars == 38);
    assert_int_equal(DW_DOCS_LIST(&f->ctx, memos, DW_TEXT("day"), DW_TEXT(""), 2, &page), DW_BAD_REQUEST);
    fixture_ok(f, DW_DOCS_EACH(&f->ctx, memos, DW_TEXT("stars"), count, &sum));
    assert_int_equal(sum, 39 * 40 / 2);
}

static void only_what_was_declared(void **state)
{
    struct fixture *f = *state;
    others_doc doc;
    others_page page;

    assert_int_equal(DW_DOC_GET(&f->ctx, others, DW_TEXT("a"), &doc), DW_INTERNAL);
    assert_int_equal(DW_DOC_SET(&f->ctx, others, DW_TEXT("a"), (&(other){.title = DW_TEXT("x")}), &doc),
                     DW_INTERNAL);
    assert_int_equal(DW_DOCS_FIND(&f->ctx, others, title, DW_TEXT("x"), DW_TEXT(""), 9, &page), DW_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_first_to_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_are_ids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(to_each_one_s_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(found_and_ordered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_was_declared, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
