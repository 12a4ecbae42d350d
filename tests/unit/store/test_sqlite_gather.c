/* What is gathered is in the file before anybody can look for it, whole and in its place. */
#include "forgetful_vfs.h"
#include "store_fixture.h"

#include "base/text.h"
#include "store/sqlite_handle.h"

struct setting {
    struct fixture f;
    sqlite3 *other; /* another process' look at the database, but for the process */
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    fixture_init(&s->f);
    fixture_open(&s->f, SQL_READ_WRITE);
    dw__sqlite_own_checkpoints(s->f.h);
    assert_int_equal(sqlite3_open_v2(s->f.path, &s->other, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    assert_int_equal(sqlite3_close(s->other), SQLITE_OK);
    fixture_release(&s->f);
    free(s);
    return 0;
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t n;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    n = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    return n;
}

/* n notes of about a quarter of a page in a transaction that is left open. */
static void write_notes(struct setting *s, const char *what, int n)
{
    char trouble[DW__SQL_TROUBLE], sql[300];

    assert_int_equal(dw__sqlite_control(s->f.h, SQL_BEGIN, trouble), DW_OK);
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)"
                   " INSERT INTO notes (title, stars, pinned, memo)"
                   " SELECT '%s ' || n, n, 0, hex(zeroblob(500)) FROM c",
                   n, what);
    assert_int_equal(dw__sqlite_script(s->f.h, (dw_text){sql, strlen(sql)}, trouble), DW_OK);
}

static dw_err end(struct setting *s, enum sql_control how)
{
    char trouble[DW__SQL_TROUBLE];

    return dw__sqlite_control(s->f.h, how, trouble);
}

static void all_is_well(struct setting *s, int64_t n)
{
    assert_int_equal(ask(s->other, "SELECT count(*) FROM notes"), n);
    assert_int_equal(
        ask(s->other, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

static void a_commit_is_written_at_once(void **state)
{
    struct setting *s = *state;
    int before, frames;

    write_notes(s, "first", 1);
    assert_int_equal(end(s, SQL_COMMIT), DW_OK);
    frames = dw__sqlite_wal_frames(s->f.h);
    write_notes(s, "second", 80);
    before = forgetful_writes;
    assert_int_equal(end(s, SQL_COMMIT), DW_OK);
    assert_true(dw__sqlite_wal_frames(s->f.h) - frames > 15);
    assert_true(forgetful_writes - before < 8); /* most of them of the frames that fill a sector behind it */
    all_is_well(s, 81);
}

/* More than is gathered, many times. */
static void large_commits(void **state)
{
    struct setting *s = *state;

    for (int i = 1; i <= 5; i++) {
        char what[24];

        (void)snprintf(what, sizeof what, "of %d", i);
        write_notes(s, what, 400);
        assert_int_equal(end(s, SQL_COMMIT), DW_OK);
        all_is_well(s, i * 400);
    }
}

/* What a commit wrote is in the file although nobody waits for the disk. */
static void it_does_not_need_a_sync(void **state)
{
    struct setting *s = *state;

    assert_int_equal(sqlite3_exec(s->f.h->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 1; i <= 3; i++) {
        write_notes(s, i == 1 ? "a" : i == 2 ? "b" : "c", i * 10);
        assert_int_equal(end(s, SQL_COMMIT), DW_OK);
        all_is_well(s, i == 1 ? 10 : i == 2 ? 30 : 60);
    }
}

/* A transaction that does not fit into memory writes to the log before its end, and reads there what it wrote. */
static void what_is_spilled_can_be_read(void **state)
{
    static const char sum[] = "SELECT sum(stars) FROM notes WHERE memo = hex(zeroblob(500))";
    struct setting *s = *state;
    sqlite3 *db = s->f.h->db;

    assert_int_equal(sqlite3_exec(db, "PRAGMA cache_size = 8", NULL, NULL, NULL), SQLITE_OK);
    write_notes(s, "dropped", 300);
    assert_int_equal(ask(db, sum), 300 * 301 / 2);
    assert_int_equal(end(s, SQL_ROLLBACK), DW_OK);
    all_is_well(s, 0);
    write_notes(s, "kept", 300);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask(db, sum), 300 * 301 / 2 + i * 300);
        assert_int_equal(sqlite3_exec(db, "UPDATE notes SET stars = stars + 1", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(ask(s->other, "SELECT count(*) FROM notes"), 0);
    }
    assert_int_equal(end(s, SQL_COMMIT), DW_OK);
    all_is_well(s, 300);
    assert_int_equal(ask(s->other, sum), 300 * 301 / 2 + 5 * 300);
}

static void what_cannot_be_written_is_not_committed(void **state)
{
    struct setting *s = *state;

    for (int i = 0; i < 3; i++) {
        write_notes(s, "lost", 40);
        forgetful_fail_write = true;
        assert_int_equal(end(s, SQL_COMMIT), DW_UNAVAILABLE);
        forgetful_fail_write = false;
        assert_false(dw__sqlite_is_fatal(s->f.h));
        if (dw__sqlite_in_transaction(s->f.h))
            assert_int_equal(end(s, SQL_ROLLBACK), DW_OK);
        all_is_well(s, i * 40);
        write_notes(s, i == 0 ? "a" : i == 1 ? "b" : "c", 40);
        assert_int_equal(end(s, SQL_COMMIT), DW_OK);
        all_is_well(s, (i + 1) * 40);
    }
}

/* The log is begun again, and cut short. */
static void after_a_checkpoint(void **state)
{
    struct setting *s = *state;
    char trouble[DW__SQL_TROUBLE];

    for (int i = 1; i <= 6; i++) {
        char what[24];

        (void)snprintf(what, sizeof what, "of %d", i);
        write_notes(s, what, i % 2 ? 100 : 3);
        assert_int_equal(end(s, SQL_COMMIT), DW_OK);
        if (i == 4)
            assert_int_equal(
                sqlite3_wal_checkpoint_v2(s->f.h->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
                SQLITE_OK);
        else
            assert_int_equal(dw__sqlite_checkpoint(s->f.h, trouble), DW_OK);
        all_is_well(s, (i + 1) / 2 * 100 + i / 2 * 3);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_is_written_at_once),
        TEST(large_commits),
        TEST(it_does_not_need_a_sync),
        TEST(what_is_spilled_can_be_read),
        TEST(what_cannot_be_written_is_not_committed),
        TEST(after_a_checkpoint),
    };

    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
