/* test_docs_table.c -- the table of a collection: what makes it, and what is said when it is not there, in words that make it. */
#include "store_fixture.h"

#include "base/list.h"
#include "store/docs.h"

DW_SCHEMA(memo, (dw_text, title, DW_LEN(1, 80), .wire = "the title"), (int64_t, stars), (bool, done));
DW_COLLECTION(memos, memo, title, stars, done);
DW_SHARED_COLLECTION(signs, memo, stars);

static const dw_query *const queries[] = {
    &dw__docs_memos_get,     &dw__docs_memos_add, &dw__docs_memos_put, &dw__docs_memos_where_title,
    &dw__docs_memos_by_done, &dw__docs_signs_get, &dw__docs_signs_put};

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    dw__sql_inventory_free(f.inv);
    fixture_ok(&f,
               dw__sql_inventory_new(&f.inv, queries, queries + sizeof queries / sizeof queries[0], &f.why));
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    return 0;
}

static const char *table_sql(struct fixture *f, size_t i, enum sql_dialect dialect)
{
    static char text[4096];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text - 1);
    dw__docs_table_sql(dw__docs_at(f->inv, i), dialect, &b);
    text[b.n] = '\0';
    return text;
}

static void as_sql(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        table_sql(f, 0, SQL_SQLITE),
        "CREATE TABLE memos (\n    owner INTEGER NOT NULL,\n    id TEXT NOT NULL,\n    version INTEGER NOT "
        "NULL,\n"
        "    doc TEXT NOT NULL,\n    \"title\" TEXT,\n    \"stars\" INTEGER,\n    \"done\" INTEGER,\n"
        "    PRIMARY KEY (owner, id)\n) STRICT;\n"
        "CREATE INDEX memos_by_title ON memos (owner, \"title\", id);\n"
        "CREATE INDEX memos_by_stars ON memos (owner, \"stars\", id);\n"
        "CREATE INDEX memos_by_done ON memos (owner, \"done\", id);\n");
    assert_string_equal(
        table_sql(f, 1, SQL_POSTGRES),
        "CREATE TABLE signs (\n    id text NOT NULL,\n    version bigint NOT NULL,\n    doc jsonb NOT NULL,\n"
        "    \"stars\" bigint GENERATED ALWAYS AS ((doc ->> 'stars')::bigint) STORED,\n    PRIMARY KEY "
        "(id)\n);\n"
        "CREATE INDEX signs_by_stars ON signs (\"stars\", id);\n");
    assert_non_null(strstr(table_sql(f, 0, SQL_POSTGRES), "((doc ->> 'the title')::text) STORED"));
    assert_non_null(strstr(table_sql(f, 0, SQL_POSTGRES), "CREATE POLICY memos_owned ON memos"));
}

/* Opens a database that `sql` made, and prepares the statements. */
static dw_err prepare(struct fixture *f, const char *sql)
{
    const dw_migration list[] = {{1, "docs", sql, strlen(sql), NULL, 0}, {0}};
    int applied;
    dw_err err;

    fixture_why_clear(f);
    fixture_ok(f, dw__sql_open(&f->h, "", SQL_MEMORY, &f->why));
    fixture_ok(f, dw__migrate_up(f->h, list, &applied, &f->why));
    err = dw__sql_prepare_all(f->h, f->inv, &f->why);
    dw__sql_close(f->h);
    f->h = NULL;
    return err;
}

/* Both tables with `old` in place of `new`; what is said of it. */
static const char *said_of(struct fixture *f, const char *old, const char *new)
{
    char sql[8192], *at;
    size_t n = 0;

    n += (size_t)snprintf(sql, sizeof sql, "%s", table_sql(f, 0, SQL_SQLITE));
    n += (size_t)snprintf(sql + n, sizeof sql - n, "%s", table_sql(f, 1, SQL_SQLITE));
    at = strstr(sql, old);
    assert_non_null(at);
    memmove(at + strlen(new), at + strlen(old), strlen(at + strlen(old)) + 1);
    memcpy(at, new, strlen(new));
    return prepare(f, sql) == DW_OK ? "" : fixture_why(f);
}

static void a_line_for_what_is_missing(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(said_of(f, "memos", "memos"), "");
    assert_string_equal(said_of(f, "CREATE INDEX memos_by_stars ON memos (owner, \"stars\", id);\n", ""),
                        "collection memos: finding by `stars` has no index; in a migration: CREATE INDEX "
                        "memos_by_stars ON memos (owner, \"stars\", id)\n");
    assert_string_equal(said_of(f, "memos (owner, \"stars\", id)", "memos (\"stars\", owner, id)"),
                        "collection memos: finding by `stars` has no index; in a migration: CREATE INDEX "
                        "memos_by_stars ON memos (owner, \"stars\", id)\n");
    assert_string_equal(
        said_of(f, "ON memos (owner, \"stars\", id)", "ON memos (owner, \"stars\", id) WHERE stars > 1"),
        "collection memos: finding by `stars` has no index; in a migration: CREATE INDEX memos_by_stars ON "
        "memos (owner, \"stars\", id)\n");
    assert_string_equal(
        said_of(f, "    \"title\" TEXT,\n",
                "    title_of TEXT GENERATED ALWAYS AS (doc) VIRTUAL, \"title\" TEXT AS (doc),\n"),
        "collection memos: the table has no column `title`; in a migration: ALTER TABLE memos ADD COLUMN "
        "\"title\" TEXT; "
        "UPDATE memos SET \"title\" = json_extract(doc, '$.\"the title\"'); CREATE INDEX memos_by_title ON "
        "memos (owner, \"title\", id)\n");
    assert_string_equal(said_of(f, "version INTEGER", "revision INTEGER"),
                        "collection memos: table `memos` is not one of documents; the command `db "
                        "collections` prints what it must be\n");
}

static void no_table_is_one_line(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(prepare(f, table_sql(f, 1, SQL_SQLITE)), DW_INVALID);
    assert_string_equal(fixture_why(f), "collection memos: there is no table `memos`; the command `db "
                                        "collections` prints the migration that makes it\n");
}

/* What the line says to do does it. */
static void the_words_help(void **state)
{
    struct fixture *f = *state;
    char sql[8192];
    size_t n = (size_t)snprintf(
        sql, sizeof sql,
        "CREATE TABLE memos (owner INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, doc TEXT "
        "NOT NULL,"
        " \"stars\" INTEGER, \"done\" INTEGER, PRIMARY KEY (owner, id)) STRICT;"
        "CREATE INDEX a ON memos (owner, stars, id); CREATE INDEX b ON memos (owner, done, id); %s",
        table_sql(f, 1, SQL_SQLITE));
    const char *words;

    assert_int_equal(prepare(f, sql), DW_INVALID);
    words = strstr(fixture_why(f), "in a migration: ");
    assert_non_null(words);
    (void)snprintf(sql + n, sizeof sql - n, "%s", words + strlen("in a migration: "));
    fixture_ok(f, prepare(f, sql));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_sql, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_for_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_table_is_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_words_help, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
