/* Migrations: forward only, each whole or not at all, and nobody rewrites history. */
#include "store_fixture.h"

#include "store/sqlite.h"

#define MIGRATION(number, name, sql)      \
    {                                     \
        number, name, sql, sizeof sql - 1 \
    }
#define END              \
    {                    \
        0, NULL, NULL, 0 \
    }

static void up(struct fixture *f, const dw_migration *list, dw_err expected, int applied,
               const char *sentence)
{
    int n = -1;

    fixture_why_clear(f);
    assert_int_equal(dw__migrate_up(f->h, list, &n, &f->why), expected);
    assert_string_equal(fixture_why(f), sentence);
    assert_int_equal(n, applied);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    fixture_init(f);
    fixture_ok(f, dw__sql_open(&f->h, f->path, SQL_READ_WRITE, &f->why));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    free(*state);
    return 0;
}

static const dw_migration two[] = {
    MIGRATION(1, "a", "CREATE TABLE a (x INTEGER);\n-- a comment\nINSERT INTO a VALUES (1);\n"),
    MIGRATION(5, "b", "CREATE TABLE b (y INTEGER REFERENCES c (z)); CREATE TABLE c (z INTEGER PRIMARY KEY)"),
    END,
};

static void applies_what_is_missing(void **state)
{
    struct fixture *f = *state;
    const dw_migration one[] = {two[0], END};
    struct migration_state s;

    fixture_ok(f, dw__migrate_state(f->h, two, &s, &f->why));
    assert_int_equal(s.known, 2);
    assert_int_equal(s.applied, 0);
    up(f, one, DW_OK, 1, "");
    fixture_ok(f, dw__migrate_state(f->h, two, &s, &f->why));
    assert_int_equal(s.applied, 1);
    up(f, two, DW_OK, 1, "");
    up(f, two, DW_OK, 0, "");
    fixture_ok(f, dw__migrate_state(f->h, two, &s, &f->why));
    assert_int_equal(s.applied, 2);
}

static void refuses_changed_history(void **state)
{
    struct fixture *f = *state;
    const dw_migration changed[] = {MIGRATION(1, "a", "CREATE TABLE a (x TEXT)"), two[1], END};
    const dw_migration renamed[] = {{1, "z", two[0].sql, two[0].size}, two[1], END};
    const dw_migration between[] = {two[0], MIGRATION(3, "c", "SELECT 1"), two[1], END};
    const dw_migration older[] = {two[0], END};

    up(f, two, DW_OK, 2, "");
    up(f, changed, DW_CONFLICT, 0,
       "migration 0001_a was changed after it had been applied; put it back and write a new one\n");
    up(f, renamed, DW_CONFLICT, 0,
       "migration 0001_z was changed after it had been applied; put it back and write a new one\n");
    up(f, between, DW_CONFLICT, 0,
       "migration 0003_c is new but stands before 0005_b, which is applied; give it a higher number\n");
    up(f, older, DW_CONFLICT, 0,
       "the database has migration 0005_b, which this program does not know; it belongs to another "
       "version\n");
}

/* A program of before an upgrade, whose process is replaced after it. */
static void later_ones_are_no_conflict_for_who_was_here_before(void **state)
{
    struct fixture *f = *state;
    const dw_migration one[] = {two[0], END}, other[] = {two[1], END};
    struct migration_state s;

    up(f, two, DW_OK, 2, "");
    assert_int_equal(dw__migrate_state(f->h, one, &s, &f->why), DW_CONFLICT);
    fixture_why_clear(f);
    fixture_ok(f, dw__migrate_state_again(f->h, one, &s, &f->why));
    assert_int_equal(s.known, 1);
    assert_int_equal(s.applied, 1);
    fixture_ok(f, dw__migrate_state_again(f->h, two, &s, &f->why));
    assert_int_equal(s.applied, 2);
    assert_int_equal(dw__migrate_state_again(f->h, other, &s, &f->why), DW_CONFLICT); /* not one of its own */
}

static void refuses_a_disordered_list(void **state)
{
    const dw_migration same[] = {two[0], MIGRATION(1, "b", "SELECT 1"), END};
    const dw_migration nul[] = {MIGRATION(1, "a", "SELECT 1;\0DROP"), END};

    up(*state, same, DW_CONFLICT, 0,
       "migration 0001_b does not have a higher number than the one before it\n");
    up(*state, nul, DW_CONFLICT, 0, "migration 0001_a has a NUL byte in it\n");
}

static void a_failed_one_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    const dw_migration broken[] = {
        two[0], MIGRATION(2, "b", "CREATE TABLE b (y INTEGER); INSERT INTO nowhere VALUES (1)"), END};
    const dw_migration fixed[] = {two[0], MIGRATION(2, "b", "CREATE TABLE b (y INTEGER)"), END};

    up(f, broken, DW_INTERNAL, 1, "migration 0002_b: migration: no such table: nowhere (1)\n");
    up(f, fixed, DW_OK, 1, "");
}

static void minds_its_own_business(void **state)
{
    struct fixture *f = *state;
    const dw_migration commit[] = {MIGRATION(1, "a", "COMMIT"), END};
    const dw_migration pragma[] = {MIGRATION(1, "a", "PRAGMA synchronous = OFF"), END};
    const dw_migration attach[] = {MIGRATION(1, "a", "ATTACH '/tmp/x' AS x"), END};
    const dw_migration history[] = {MIGRATION(1, "a", "DELETE FROM dw_migrations"), END};
    const dw_migration dangling[] = {
        MIGRATION(1, "a",
                  "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id));"
                  " INSERT INTO c VALUES (7)"),
        END};

    up(f, commit, DW_INTERNAL, 0, "migration 0001_a: migration: not authorized (23)\n");
    up(f, pragma, DW_INTERNAL, 0, "migration 0001_a: migration: not authorized (23)\n");
    up(f, attach, DW_INTERNAL, 0, "migration 0001_a: migration: not authorized (23)\n");
    up(f, history, DW_INTERNAL, 0, "migration 0001_a: migration: not authorized (23)\n");
    up(f, dangling, DW_CONFLICT, 0, "migration 0001_a: it leaves 1 rows whose foreign key points nowhere\n");
}

/* A parent table is rebuilt as SQLite's manual says, with children pointing at it. */
static void tables_can_be_rebuilt(void **state)
{
    const dw_migration list[] = {
        MIGRATION(1, "a",
                  "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER NOT NULL REFERENCES p "
                  "(id) ON DELETE CASCADE);"
                  " INSERT INTO p VALUES (7); INSERT INTO c VALUES (7)"),
        MIGRATION(2, "b",
                  "CREATE TABLE q (id INTEGER PRIMARY KEY, more TEXT); INSERT INTO q SELECT id, 'x' FROM p; "
                  "DROP TABLE p;"
                  " ALTER TABLE q RENAME TO p;"
                  " CREATE TABLE seen (n INTEGER CHECK (n = 1)); INSERT INTO seen SELECT count(*) FROM c"),
        END,
    };

    up(*state, list, DW_OK, 2, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(applies_what_is_missing),
        TEST(refuses_changed_history),
        TEST(refuses_a_disordered_list),
        TEST(a_failed_one_leaves_nothing),
        TEST(minds_its_own_business),
        TEST(tables_can_be_rebuilt),
        TEST(later_ones_are_no_conflict_for_who_was_here_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
