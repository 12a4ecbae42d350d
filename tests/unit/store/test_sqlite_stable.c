/* Which statements depend on nothing but the database and their values. */
#include "store_fixture.h"

#include "store/sqlite_handle.h"

static const dw_migration with_views[] = {
    {1, "notes",
     "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, stars INTEGER NOT NULL, memo TEXT);"
     "CREATE VIEW plain AS SELECT id, lower(title) AS title FROM notes;"
     "CREATE VIEW of_today AS SELECT id FROM notes WHERE memo = date('now');",
     sizeof "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, stars INTEGER NOT NULL, memo "
            "TEXT);"
            "CREATE VIEW plain AS SELECT id, lower(title) AS title FROM notes;"
            "CREATE VIEW of_today AS SELECT id FROM notes WHERE memo = date('now');" -
         1},
    {0, NULL, NULL, 0},
};

/* A handle on that database whose one statement is `q`. */
static struct sql_handle *open_with(const dw_query *q, struct sql_inventory **inv)
{
    const dw_query *const list[] = {q};
    struct sql_handle *h = NULL;
    char text[512] = "";
    struct buf why;
    int applied;

    dw__buf_init_fixed(&why, text, sizeof text - 1);
    if (dw__sql_inventory_new(inv, list, list + 1, &why) != DW_OK ||
        dw__sql_open(&h, "", SQL_MEMORY, &why) != DW_OK ||
        dw__migrate_up(h, with_views, &applied, &why) != DW_OK || dw__sql_prepare_all(h, *inv, &why) != DW_OK)
        fail_msg("%s: %s", q->sql, text);
    return h;
}

static void expect(const char *sql, bool stable)
{
    const dw_query q = {"q", sql, &note_key_schema, &note_id_schema};
    struct sql_inventory *inv;
    struct sql_handle *h = open_with(&q, &inv);

    if (dw__sqlite_is_stable(h, 0) != stable)
        fail_msg("%s", sql);
    dw__sql_close(h);
    dw__sql_inventory_free(inv);
}

static void reading_by_values_is_stable(void **state)
{
    (void)state;
    expect("SELECT id FROM notes WHERE id = :id", true);
    expect("SELECT id FROM plain WHERE id = :id", true);
    expect("SELECT count(*) AS id FROM notes WHERE title LIKE 'a%' AND coalesce(memo, '') = UPPER(title)",
           true);
    expect("SELECT max(id) AS id FROM notes WHERE stars = (SELECT min(stars) FROM notes)", true);
}

static void time_chance_and_the_caller_are_not(void **state)
{
    (void)state;
    expect("SELECT id FROM notes WHERE id = :id AND memo < :now", false);
    expect("SELECT id FROM notes WHERE id = :me", false);
    expect("SELECT id FROM notes WHERE memo < datetime('now')", false);
    expect("SELECT id FROM notes WHERE memo < CURRENT_TIMESTAMP", false);
    expect("SELECT id FROM notes WHERE memo < current_date", false);
    expect("SELECT id FROM notes WHERE memo < strftime('%s', 'now')", false);
    expect("SELECT random() AS id", false);
    expect("SELECT id FROM notes ORDER BY random()", false);
    expect("SELECT changes() AS id", false);
    expect("SELECT id FROM of_today", false);
    expect("SELECT id FROM notes WHERE id IN (SELECT id FROM of_today)", false);
    expect("SELECT schema_version AS id FROM pragma_schema_version", false);
    expect("SELECT count(*) AS id FROM pragma_database_list", false);
    expect("SELECT count(*) AS id FROM sqlite_schema", false);
}

static void writing_is_not(void **state)
{
    (void)state;
    expect("DELETE FROM notes WHERE id = :id RETURNING id", false);
}

/* SQLite compiles a statement anew when the schema has changed, and may find another view under the same name. */
static void what_becomes_volatile_is_noticed(void **state)
{
    static const dw_query q = {"q", "SELECT id FROM plain WHERE id = :id", &note_key_schema, &note_id_schema};
    struct sql_inventory *inv;
    struct sql_handle *h = open_with(&q, &inv);
    struct sql_value one = {.type = SQL_INT, .i = 1};
    struct sql_run run = {.values = &one};
    char trouble[DW__SQL_TROUBLE];

    (void)state;
    assert_int_equal(dw__sqlite_run(h, &run), DW_OK);
    assert_int_equal(dw__sqlite_exec(h, "DROP VIEW plain", NULL, 0, trouble), DW_OK);
    h->volatile_seen = false; /* dropping reads sqlite_schema */
    assert_int_equal(dw__sqlite_exec(h, "CREATE VIEW plain AS SELECT id FROM notes WHERE id <> random()",
                                     NULL, 0, trouble),
                     DW_OK);
    h->volatile_seen = false;
    assert_int_equal(dw__sqlite_run(h, &run), DW_OK);
    assert_true(h->volatile_seen);
    dw__sql_close(h);
    dw__sql_inventory_free(inv);
}

static void only_the_inventory_may_be_kept(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    fixture_open(&f, SQL_MEMORY);
    fixture_direct(&f);
    assert_true(dw__sql_may_keep(f.client, &note_by_id));
    assert_false(dw__sql_may_keep(f.client, &note_put));
    assert_false(dw__sql_may_keep(f.client, &(dw_query){0}));
    assert_int_equal(dw__sql_generation(f.client), 0);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_by_values_is_stable),
        cmocka_unit_test(time_chance_and_the_caller_are_not),
        cmocka_unit_test(writing_is_not),
        cmocka_unit_test(what_becomes_volatile_is_noticed),
        cmocka_unit_test(only_the_inventory_may_be_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
