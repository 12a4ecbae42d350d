/* Statements as PostgreSQL takes them: numbers for names, types from the schemas. */
#include "store_fixture.h"

#include <stdlib.h>

#include "store/pg_inside.h"

DW_QUERY(pg_plain, note_in, note_id, "INSERT INTO notes (title, stars, memo) VALUES (:title, :stars, :title) RETURNING id");
DW_QUERY(pg_cast, note_key, dw_nothing, "SELECT 1 WHERE '{1}'::text[] IS NULL OR :id::text = ':id' LIMIT:id");
DW_QUERY(pg_types, note_in, dw_nothing, "DELETE FROM t WHERE a = :weight AND b = :pinned AND c = :me AND d = :now AND e = :memo");
DW_QUERY_ON(pg_own, note_key, note_id, "SELECT id FROM sqlite_schema WHERE rowid = :id",
            "(select id FROM pg_class WHERE oid = :id)");
DW_QUERY(pg_selector, note_key, note_id, "SELECTOR :id");

static void make(struct pg_statements *all, struct sql_inventory **inv, const dw_query *q)
{
    char text[1024];
    struct buf why;

    dw__buf_init_fixed(&why, text, sizeof text);
    assert_int_equal(dw__sql_inventory_for(inv, SQL_POSTGRES, &q, &q + 1, &why), DW_OK);
    assert_int_equal(dw__pg_statements_init(all, *inv), DW_OK);
    assert_int_equal(all->n, 1);
}

static void expect(const dw_query *q, const char *sql, const Oid *types, size_t n, bool selects)
{
    struct pg_statements all;
    struct sql_inventory *inv;

    make(&all, &inv, q);
    assert_string_equal(all.all[0].sql, sql);
    assert_int_equal(all.all[0].st->n_params, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(all.all[0].types[i], types[i]);
    assert_int_equal(all.all[0].selects, selects);
    assert_string_equal(all.all[0].name, "s0");
    dw__pg_statements_release(&all);
    dw__sql_inventory_free(inv);
}

static void names_become_numbers(void **state)
{
    (void)state;
    expect(&pg_plain, "INSERT INTO notes (title, stars, memo) VALUES ( $1,  $2,  $1) RETURNING id",
           (const Oid[]){PG_TEXT, PG_INT8}, 2, false);
    expect(&pg_cast, "SELECT 1 WHERE '{1}'::text[] IS NULL OR  $1::text = ':id' LIMIT $1",
           (const Oid[]){PG_INT8}, 1, true);
}

static void types_are_those_of_the_schema(void **state)
{
    (void)state;
    expect(&pg_types, "DELETE FROM t WHERE a =  $1 AND b =  $2 AND c =  $3 AND d =  $4 AND e =  $5",
           (const Oid[]){PG_FLOAT8, PG_BOOL, PG_INT8, PG_ASKED, PG_TEXT}, 5, false);
}

static void each_database_has_its_words(void **state)
{
    (void)state;
    expect(&pg_own, "(select id FROM pg_class WHERE oid =  $1)", (const Oid[]){PG_INT8}, 1, true);
    expect(&pg_selector, "SELECTOR  $1", (const Oid[]){PG_INT8}, 1, false);
    assert_string_equal(pg_own.sql, "SELECT id FROM sqlite_schema WHERE rowid = :id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_numbers),
        cmocka_unit_test(types_are_those_of_the_schema),
        cmocka_unit_test(each_database_has_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
