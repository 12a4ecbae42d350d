/* INSERTs that are run without RETURNING give what they would have given with it; and which are. */
#include "store_fixture.h"

#include "base/text.h"
#include "store/sqlite_handle.h"

DW_SCHEMA(pair_in, (int64_t, a, .optional = true), (dw_text, b));
DW_SCHEMA(pair_id, (int64_t, id), (dw_text, more, .optional = true));
DW_SCHEMA(pair_code, (dw_text, b));
DW_SCHEMA(pair_whole, (int64_t, id), (double, r), (int64_t, upper), (dw_text, more), (int64_t, n, .nullable = true),
          (dw_text, b, .optional = true));

#define ADD(table) "INSERT INTO " table " (id, b) VALUES (:a, :b) RETURNING id"
DW_QUERY(add_plain, pair_in, pair_id, ADD("plain"));
DW_QUERY(add_counted, pair_in, pair_id, "INSERT INTO counted (b) VALUES (:b) RETURNING id");
DW_QUERY(add_strange, pair_in, pair_id, "insert into STRANGE (b) values (:b) returning id -- done");
DW_QUERY(add_ignored, pair_in, pair_id, ADD("ignored"));
DW_QUERY(add_int, pair_in, pair_id, ADD("with_int"));
DW_QUERY(add_falling, pair_in, pair_id, ADD("falling"));
DW_QUERY(add_rowless, pair_in, pair_id, ADD("rowless"));
DW_QUERY(add_composite, pair_in, pair_id, ADD("composite"));
DW_QUERY(add_triggered, pair_in, pair_id, ADD("triggered"));
DW_QUERY(add_viewed, pair_in, pair_id, ADD("viewed"));
DW_QUERY(add_other, pair_in, pair_code, "INSERT INTO plain (id, b) VALUES (:a, :b) RETURNING b");
DW_QUERY(add_whole, pair_in, pair_whole,
         "INSERT INTO whole (b, r) VALUES (:b, :a) RETURNING r, /* all */ upper, b || '!' AS more, -- of it\n whole.id, n");
DW_QUERY(add_misfit, pair_in, pair_whole, "INSERT INTO whole (b) VALUES (:b) RETURNING id, NULL AS r, upper, b AS more, n");
DW_QUERY(add_two, pair_in, pair_id, "INSERT INTO plain (b) VALUES (:b), (:b || '2') RETURNING id");

static const dw_query *const pair_queries[] = {
    &add_plain,     &add_counted,   &add_strange, &add_ignored, &add_int, &add_falling, &add_rowless,
    &add_composite, &add_triggered, &add_viewed,  &add_other,   &add_two, &add_whole,   &add_misfit};
#define PAIR_QUERIES (sizeof pair_queries / sizeof pair_queries[0])

static const char pair_sql[] =
    "CREATE TABLE plain (id INTEGER PRIMARY KEY, b TEXT);"
    "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT) STRICT;"
    "CREATE TABLE Strange (b TEXT, id integer PRIMARY KEY);"
    "CREATE TABLE ignored (id INTEGER PRIMARY KEY, b TEXT UNIQUE ON CONFLICT IGNORE);"
    "CREATE TABLE with_int (id INT PRIMARY KEY, b TEXT);"
    "CREATE TABLE falling (id INTEGER PRIMARY KEY DESC, b TEXT);"
    "CREATE TABLE rowless (id INTEGER PRIMARY KEY, b TEXT) WITHOUT ROWID;"
    "CREATE TABLE whole (id INTEGER PRIMARY KEY, b TEXT, r REAL DEFAULT 7, n INTEGER, upper INTEGER AS (r * "
    "2));"
    "CREATE TABLE composite (id INTEGER, b TEXT, PRIMARY KEY (id, b));"
    "CREATE TABLE triggered (id INTEGER PRIMARY KEY, b TEXT);"
    "CREATE TRIGGER t BEFORE INSERT ON Triggered WHEN new.b = 'no' BEGIN SELECT raise(ignore); END;"
    "CREATE VIEW viewed AS SELECT id, b FROM plain;"
    "CREATE TRIGGER v INSTEAD OF INSERT ON viewed BEGIN INSERT INTO plain (b) VALUES ('from ' || new.b); "
    "END;";
static const dw_migration pair_migrations[] = {{1, "pairs", pair_sql, sizeof pair_sql - 1},
                                               {0, NULL, NULL, 0}};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    int applied;

    fixture_init(f);
    dw__sql_inventory_free(f->inv);
    fixture_ok(f, dw__sql_inventory_new(&f->inv, pair_queries, pair_queries + PAIR_QUERIES, &f->why));
    fixture_ok(f, dw__sql_open(&f->h, f->path, SQL_READ_WRITE, &f->why));
    fixture_ok(f, dw__migrate_up(f->h, pair_migrations, &applied, &f->why));
    fixture_ok(f, dw__sql_prepare_all(f->h, f->inv, &f->why));
    fixture_direct(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    free(*state);
    return 0;
}

static bool is_brief(const struct fixture *f, const dw_query *q)
{
    return f->h->prepared[dw__sql_index(f->inv, q)].brief != NULL;
}

/* A row with the number 7, and one that is there already. */
#define GIVES_NUMBERS(f, query)                                                    \
    do {                                                                           \
        pair_id given = {0};                                                       \
        fixture_ok(f, DW_ONE(&(f)->ctx, query, &seventh, &given));                 \
        assert_int_equal(given.id, 7);                                             \
        assert_false(given.has.more);                                              \
        assert_int_equal(DW_ONE(&(f)->ctx, query, &seventh, &given), DW_CONFLICT); \
    } while (0)

static const pair_in seventh = {.a = 7, .has = {.a = true}, .b = DW_TEXT_INIT("one")};

static void gives_the_number(void **state)
{
    struct fixture *f = *state;
    pair_in in = {.b = DW_TEXT("x")};
    pair_id got;
    int64_t changes;

    GIVES_NUMBERS(f, add_plain);
    GIVES_NUMBERS(f, add_int);
    GIVES_NUMBERS(f, add_falling);
    GIVES_NUMBERS(f, add_rowless);
    GIVES_NUMBERS(f, add_composite);
    GIVES_NUMBERS(f, add_triggered);
    assert_true(is_brief(f, &add_plain));
    for (int64_t i = 1; i < 4; i++) {
        fixture_ok(f, DW_ONE(&f->ctx, add_counted, &in, &got));
        assert_int_equal(got.id, i);
        fixture_ok(f, DW_ONE(&f->ctx, add_strange, &in, &got));
        assert_int_equal(got.id, i);
    }
    assert_true(is_brief(f, &add_counted) && is_brief(f, &add_strange));
    fixture_ok(f, DW_EXEC(&f->ctx, add_counted, &in, &changes));
    assert_int_equal(changes, 1);
}

/* Of the row as it is in the table: with its defaults and affinities. */
static void gives_the_row(void **state)
{
    struct fixture *f = *state;
    pair_in in = {.a = 4, .has.a = true, .b = DW_TEXT("x")};
    pair_whole row;

    for (int64_t i = 1; i < 4; i++) {
        fixture_ok(f, DW_ONE(&f->ctx, add_whole, &in, &row));
        assert_int_equal(row.id, i);
        assert_true(row.r == 4.0);
        assert_int_equal(row.upper, 8);
        assert_true(dw__text_is(row.more, "x!"));
        assert_false(row.has.n || row.has.b);
    }
    assert_int_equal(DW_ONE(&f->ctx, add_misfit, &in, &row), DW_INTERNAL);
    assert_int_equal(DW_EXEC(&f->ctx, add_whole, &in, NULL), DW_OK);
    fixture_ok(f, DW_ONE(&f->ctx, add_whole, &in, &row));
    assert_int_equal(row.id, 5); /* what did not fit is not there */
    assert_true(is_brief(f, &add_whole) && is_brief(f, &add_misfit));
}

static void only_where_that_is_the_same(void **state)
{
    struct fixture *f = *state;
    pair_in in = {.b = DW_TEXT("x")}, no = {.b = DW_TEXT("no")};
    pair_code code;
    pair_id got;

    fixture_ok(f, DW_ONE(&f->ctx, add_other, &in, &code));
    assert_true(dw__text_is(code.b, "x"));
    fixture_ok(f, DW_ONE(&f->ctx, add_two, &in, &got));
    assert_int_equal(got.id, 2);
    assert_int_equal(DW_ONE(&f->ctx, add_triggered, &no, &got), DW_NOT_FOUND);
    assert_int_equal(DW_EXEC(&f->ctx, add_viewed, &in, NULL), DW_INTERNAL); /* it returns NULL for the id */
    assert_false(is_brief(f, &add_int) || is_brief(f, &add_falling) || is_brief(f, &add_rowless) ||
                 is_brief(f, &add_composite) || is_brief(f, &add_triggered) || is_brief(f, &add_viewed) ||
                 is_brief(f, &add_two));
    assert_true(is_brief(f, &add_other));
}

static void no_row_is_no_row(void **state)
{
    struct fixture *f = *state;
    pair_in in = {.b = DW_TEXT("x")};
    pair_id got;

    fixture_ok(f, DW_ONE(&f->ctx, add_ignored, &in, &got));
    assert_int_equal(DW_ONE(&f->ctx, add_ignored, &in, &got), DW_NOT_FOUND);
    assert_true(is_brief(f, &add_ignored));
}

/* What was true of the schema before may not be now. */
static void looks_again_when_the_schema_changes(void **state)
{
    static const char change[] =
        "DROP TABLE plain; CREATE TABLE plain (id INTEGER PRIMARY KEY, b TEXT) WITHOUT ROWID;";
    struct fixture *f = *state;
    char trouble[DW__SQL_TROUBLE];

    GIVES_NUMBERS(f, add_plain);
    assert_true(is_brief(f, &add_plain));
    assert_int_equal(dw__sqlite_script(f->h, (dw_text){change, sizeof change - 1}, trouble), DW_OK);
    GIVES_NUMBERS(f, add_plain);
    assert_false(is_brief(f, &add_plain));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_the_number),
        TEST(gives_the_row),
        TEST(only_where_that_is_the_same),
        TEST(no_row_is_no_row),
        TEST(looks_again_when_the_schema_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
