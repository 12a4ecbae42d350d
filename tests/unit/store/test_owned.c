/* test_owned.c -- which statements on an owned table are held to the caller, and which are refused. */
#include "store_fixture.h"

#include "store/owned.h"

DW_SCHEMA(item_row, (int64_t, id));
static const dw_owned items = DW_OWNED(items, owner);
static const dw_owned owned[] = {DW_OWNED(items, owner), {0}};

static enum owned_verdict judge_as(enum sql_dialect dialect, const char *sql)
{
    struct arena arena;
    enum owned_verdict verdict;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    verdict = dw__owned_judge(dialect, (dw_text){sql, strlen(sql)}, &items, &arena);
    dw__arena_release(&arena);
    return verdict;
}

static void expect(enum owned_verdict verdict, const char *sql)
{
    enum owned_verdict sqlite = judge_as(SQL_SQLITE, sql), postgres = judge_as(SQL_POSTGRES, sql);

    if (sqlite != verdict || postgres != verdict)
        fail_msg("%s: %d and %d, not %d", sql, sqlite, postgres, verdict);
}

static void held(void **state)
{
    static const char *const statements[] = {
        "SELECT id FROM items WHERE owner = :me",
        "SELECT id FROM items WHERE :me = owner AND id = :id",
        "select id from ITEMS where Owner=:me",
        "SELECT id FROM \"items\" WHERE \"owner\" = :me",
        "SELECT id FROM main.items WHERE items.owner = :me",
        "SELECT id FROM items WHERE id = :id AND owner = :me ORDER BY name, id LIMIT :n",
        "SELECT id FROM items WHERE id BETWEEN 1 AND 2 AND owner = :me",
        "SELECT id FROM items WHERE (name = :a OR name = :b) AND owner = :me",
        "SELECT id FROM items WHERE CASE WHEN a OR b THEN 1 ELSE 0 END AND owner = :me",
        "SELECT i.id FROM items AS i WHERE i.owner = :me",
        "SELECT i.id FROM items i JOIN users u ON u.id = i.owner WHERE i.owner = :me",
        "SELECT u.id FROM users u LEFT JOIN items ON items.owner = u.id OR 1 WHERE items.owner = :me",
        "SELECT a.id FROM items a, items b WHERE a.owner = :me AND b.owner = :me",
        "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM items WHERE owner = :me) OR admin",
        "SELECT id FROM items WHERE owner = :me UNION SELECT id FROM items WHERE :me = owner",
        "WITH mine AS (SELECT id FROM items WHERE owner = :me) SELECT id FROM mine",
        "SELECT id /* FROM items */ FROM items -- items\n WHERE owner = /* x */ :me;",
        "UPDATE items SET name = :name WHERE id = :id AND owner = :me RETURNING id",
        "UPDATE items SET name = (SELECT name FROM other WHERE a OR b) WHERE owner = :me",
        "UPDATE users SET n = n + 1 WHERE id IN (SELECT owner FROM items WHERE owner = :me)",
        "DELETE FROM items WHERE owner = :me",
        "INSERT INTO items (owner, name) VALUES (:me, :name) RETURNING id",
        "INSERT INTO items (name, owner) VALUES (upper(:name, 'a,b'), :me), ('x', :me)",
        "INSERT INTO items (name, owner) SELECT name, :me FROM drafts WHERE a OR b",
        "INSERT INTO items (name, owner) SELECT name, :me AS owner FROM items WHERE owner = :me",
        "INSERT INTO items (owner, name) VALUES (:me, :name) ON CONFLICT DO NOTHING",
        "INSERT INTO items (owner, name) VALUES (:me, :name) ON CONFLICT (name) DO UPDATE SET n = excluded.n "
        "WHERE items.owner = :me",
        "INSERT INTO items AS i (owner, name) VALUES (:me, :name) ON CONFLICT (name) DO UPDATE SET n = 1 "
        "WHERE i.owner = :me",
        "SELECT items.id FROM items WHERE items.owner = :me GROUP BY items.name HAVING count(*) > 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        expect(OWNED_HELD, statements[i]);
    expect(OWNED_UNUSED, "SELECT id FROM users WHERE name = :items -- items");
    assert_int_equal(judge_as(SQL_SQLITE, "SELECT id FROM `items` WHERE [owner] = :me"), OWNED_HELD);
    assert_int_equal(
        judge_as(SQL_POSTGRES,
                 "SELECT id::text FROM items /* a /* b */ WHERE owner = :me */ WHERE owner = :me"),
        OWNED_HELD);
}

static void not_held(void **state)
{
    static const char *const statements[] = {
        "SELECT id FROM items",
        "SELECT id FROM items WHERE id = :id",
        "SELECT id FROM items WHERE owner = :id",
        "SELECT id FROM items WHERE owner <= :me",
        "SELECT id FROM items WHERE owner = :me + 1",
        "SELECT id FROM items WHERE NOT owner = :me",
        "SELECT id FROM items WHERE owner = :me OR :any",
        "SELECT id FROM items WHERE :any OR id = :id AND owner = :me",
        "SELECT id FROM items WHERE (owner = :me OR :any)",
        "SELECT id FROM items WHERE 'owner' = :me",
        "SELECT id FROM items WHERE id BETWEEN 1 AND owner = :me",
        "SELECT id FROM items WHERE CASE WHEN a THEN b AND owner = :me AND c END",
        "SELECT id FROM items AS i WHERE items.owner = :me",
        "SELECT i.id FROM items i JOIN users u ON u.id = i.owner WHERE u.owner = :me",
        "SELECT i.id FROM items i LEFT JOIN users u ON i.owner = :me",
        "SELECT a.id FROM items a, items b WHERE a.owner = :me",
        "SELECT id FROM items WHERE id IN (SELECT id FROM other WHERE owner = :me)",
        "SELECT id FROM users WHERE owner = :me AND EXISTS (SELECT 1 FROM items)",
        "SELECT id FROM items WHERE owner = :me UNION SELECT id FROM items",
        "SELECT id FROM items UNION SELECT id FROM other WHERE owner = :me",
        "SELECT id FROM items WHERE id = :id ORDER BY owner = :me",
        "SELECT id FROM items WHERE id = :id GROUP BY id HAVING owner = :me",
        "SELECT id FROM items -- WHERE owner = :me",
        "UPDATE items SET name = :name WHERE id = :id",
        "UPDATE items SET name = :name",
        "DELETE FROM items WHERE id = :id",
        "INSERT INTO log (x) SELECT id FROM items ON CONFLICT (x) DO UPDATE SET x = 1 WHERE owner = :me",
        "INSERT INTO items (owner, name) VALUES (:me, :name) ON CONFLICT (name) DO UPDATE SET n = 1",
        "INSERT INTO items (owner) VALUES (:me) ON CONFLICT (name) WHERE owner = :me DO UPDATE SET n = 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        expect(OWNED_NO_WHERE, statements[i]);
}

static void of_nobody(void **state)
{
    static const char *const statements[] = {
        "INSERT INTO items (name) VALUES (:name)",
        "INSERT INTO items VALUES (:me, :name)",
        "INSERT INTO items DEFAULT VALUES",
        "INSERT INTO items SELECT * FROM drafts",
        "INSERT INTO items (owner, name) VALUES (:id, :me)",
        "INSERT INTO items (owner, name) VALUES (:me + 1, :name)",
        "INSERT INTO items (name, owner) VALUES ('a', :me), ('b', :id)",
        "INSERT INTO items (owner, name) SELECT :id, :me",
        "INSERT INTO items (owner, name) SELECT :me, 'a' UNION SELECT :id, 'b'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        expect(OWNED_NO_OWNER, statements[i]);
    expect(OWNED_GIVES_AWAY, "UPDATE items SET owner = :id WHERE owner = :me");
    expect(OWNED_GIVES_AWAY, "UPDATE items SET name = :name, owner = :id WHERE owner = :me");
    expect(OWNED_GIVES_AWAY, "UPDATE items SET (name, owner) = (:name, :id) WHERE owner = :me");
    expect(OWNED_GIVES_AWAY, "INSERT INTO items (owner, name) VALUES (:me, 'a') ON CONFLICT (name) DO UPDATE "
                             "SET owner = :me WHERE owner = :me");
}

static void not_understood(void **state)
{
    static const char *const statements[] = {
        "REPLACE INTO items (owner, name) VALUES (:me, :name)",
        "INSERT OR REPLACE INTO items (owner, name) SELECT :me, items FROM x",
        "UPDATE OR REPLACE items SET name = :name WHERE owner = :me",
        "WITH items AS (SELECT 1) SELECT id FROM items WHERE owner = :me",
        "SELECT x.items FROM x",
        "SELECT id FROM items AS i (owner2, owner) WHERE owner = :me",
        "TRUNCATE items",
        "items",
    };

    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        if (judge_as(SQL_SQLITE, statements[i]) < OWNED_NO_WHERE ||
            judge_as(SQL_POSTGRES, statements[i]) < OWNED_NO_WHERE)
            fail_msg("%s", statements[i]);
    assert_int_equal(judge_as(SQL_SQLITE, "SELECT id FROM 'items'"), OWNED_NO_WHERE);
}

/* ---- with a database ---- */

#define SQL                                                                           \
    "CREATE TABLE items (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, name TEXT);" \
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"                         \
    "CREATE VIEW all_items AS SELECT id, owner FROM items;"                           \
    "CREATE VIEW all_names AS SELECT id FROM items;"                                  \
    "CREATE TRIGGER gone AFTER DELETE ON users BEGIN DELETE FROM items WHERE owner = old.id; END;"

static const char *prepare(const char *sql, const dw_owned *list, const char *reason)
{
    static const dw_migration migrations[] = {{.number = 1, .name = "a", .sql = SQL, .size = sizeof SQL - 1},
                                              {0}};
    static char text[1024];
    const dw_query q = {
        .name = "q", .sql = sql, .in = &note_key_schema, .out = &item_row_schema, .not_owned = reason};
    const dw_query *const queries[] = {&q};
    struct sql_inventory *inv;
    struct sql_handle *h;
    struct buf why;
    int applied;
    dw_err err;

    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__sql_inventory_new(&inv, queries, queries + 1, &why), DW_OK);
    assert_int_equal(dw__sql_open(&h, "", SQL_MEMORY, &why), DW_OK);
    assert_int_equal(dw__migrate_up(h, migrations, &applied, &why), DW_OK);
    err = dw__sql_inventory_own(inv, list, &why);
    if (err == DW_OK)
        err = dw__sql_prepare_all(h, inv, &why);
    assert_int_equal(err == DW_OK, why.n == 0);
    text[why.n] = '\0';
    dw__sql_close(h);
    dw__sql_inventory_free(inv);
    return text;
}

static void start_up_says_what_to_do(void **state)
{
    static const dw_owned views[] = {DW_OWNED(items, owner), DW_OWNED(all_items, owner), {0}};
    static const dw_owned no_column[] = {DW_OWNED(items, ownr), {0}},
                          no_number[] = {DW_OWNED(items, name), {0}};

    (void)state;
    assert_string_equal(prepare("SELECT id FROM items WHERE id = :id AND owner = :me", owned, NULL), "");
    assert_string_equal(prepare("SELECT id FROM items WHERE id = :id", NULL, NULL), "");
    assert_string_equal(prepare("SELECT id FROM items WHERE id = :id", owned, NULL),
                        "statement q: rows of `items` belong to their `owner`, and it takes anybody's; add "
                        "`owner = :me` to the WHERE, "
                        "joined by AND to the rest, or say .not_owned = \"reason\"\n");
    assert_string_equal(prepare("SELECT id FROM items WHERE id = :id", owned, "admins see all"), "");
    assert_string_equal(
        prepare("SELECT id FROM items WHERE id = :id", owned, "because"),
        "statement q: .not_owned is the reason why it may see rows of others, of at least 8 characters\n");
    assert_non_null(strstr(prepare("SELECT id FROM all_items WHERE owner = :me", owned, NULL),
                           "uses `items` through `all_items`"));
    assert_string_equal(prepare("SELECT id FROM all_items WHERE owner = :me", views, NULL), "");
    assert_non_null(strstr(prepare("SELECT id FROM all_items WHERE id = :id", views, NULL),
                           "rows of `all_items` belong"));
    assert_non_null(strstr(prepare("SELECT id FROM all_names WHERE id = :id", views, NULL),
                           "uses `items` through `all_names`"));
    assert_non_null(strstr(prepare("DELETE FROM users WHERE id = :id RETURNING id", owned, NULL),
                           "uses `items` through `gone`"));
    assert_string_equal(
        prepare("DELETE FROM users WHERE id = :id RETURNING id", owned, "an account goes with all it had"),
        "");
    assert_non_null(strstr(prepare("SELECT id FROM users WHERE id = :id", no_column, NULL),
                           "DW_OWNED(items, ownr): there is no such column"));
    assert_non_null(strstr(prepare("SELECT id FROM users WHERE id = :id", no_number, NULL),
                           "DW_OWNED(items, name): the column must be INTEGER"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held),
        cmocka_unit_test(not_held),
        cmocka_unit_test(of_nobody),
        cmocka_unit_test(not_understood),
        cmocka_unit_test(start_up_says_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
