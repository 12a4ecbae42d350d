/* After an fsync that failed, and a power cut while the next process repairs: the database is whole, and has what was acknowledged.
 *
 * The first process dies with the fsync that fails.  The kernel shows what it wrote to everybody, and the disk has not got it.  The
 * second one finds that in the log, and the power is cut when some of the pages that it moved to the database are on the disk. */
#include "forgetful_vfs.h"
#include "store_fixture.h"

#include <sys/stat.h>

#include "base/text.h"
#include "store/sqlite.h"

#define ROWS_OF_A_COMMIT 60

struct scene {
    struct fixture f;
    char after[160], cut[160];
    unsigned
        which; /* every other page of the database, beginning with this one, is on the disk when the power is cut */
    int n_cuts;
};

static void name(char out[static 600], const char *path, const char *tail)
{
    (void)snprintf(out, 600, "%s%s", path, tail);
}

static void must_copy(const char *from, const char *to)
{
    if (!forgetful_copy(from, to))
        fail_msg("%s cannot be copied to %s", from, to);
}

/* What a process finds at `after` that comes when all that had `before` open have died: files as the kernel shows them, a disk
 * that has what it has, and blocks that count as written. The page index is gone. */
static void all_die(const char *before, const char *after)
{
    static const char *const tails[] = {"", "-wal"};

    for (size_t i = 0; i < 2; i++) {
        char from[600], to[600], durable[700];
        struct forgetful_blocks *blocks;

        name(from, before, tails[i]);
        name(to, after, tails[i]);
        must_copy(from, to);
        blocks = forgetful_blocks_of(to);
        memcpy(blocks->dirty, forgetful_blocks_of(from)->dirty, sizeof blocks->dirty);
        memcpy(blocks->dropped, forgetful_blocks_of(from)->dropped, sizeof blocks->dropped);
        (void)snprintf(durable, sizeof durable, "%s.durable", from);
        if (access(durable, F_OK) == 0) {
            name(from, to, ".durable");
            must_copy(durable, from);
        }
    }
}

static void commit(struct scene *s, const char *sql, dw_err wanted)
{
    char trouble[DW__SQL_TROUBLE];

    assert_int_equal(dw__sqlite_control(s->f.h, SQL_BEGIN, trouble), DW_OK);
    assert_int_equal(dw__sqlite_script(s->f.h, (dw_text){sql, strlen(sql)}, trouble), DW_OK);
    assert_int_equal(dw__sqlite_control(s->f.h, SQL_COMMIT, trouble), wanted);
}

/* The power is cut before the disk has been told to keep what was written to the database: some of it is there. */
static void cut_power(void *self)
{
    struct scene *s = self;
    char at[600], durable[600], to[600], part[700];
    struct forgetful_blocks *blocks = forgetful_blocks_of(s->after);
    bool any = false;

    for (size_t i = 0; i < FORGETFUL_BLOCKS; i++)
        any = any || blocks->dirty[i];
    if (!any || s->n_cuts > 0)
        return;
    s->n_cuts++;
    name(durable, s->after, ".durable");
    assert_true(forgetful_cut(s->after, s->cut));
    name(at, s->after, "");
    name(to, s->cut, "");
    (void)snprintf(part, sizeof part, "%s.new", to);
    FILE *written = fopen(at, "rb"), *kept = fopen(to, "rb"), *out = fopen(part, "wb");
    assert_true(written && kept && out);
    for (size_t i = 0;; i++) {
        char new[FORGETFUL_BLOCK], old[FORGETFUL_BLOCK] = {0};
        size_t n = fread(new, 1, sizeof new, written), m = fread(old, 1, sizeof old, kept);

        if (n == 0)
            break;
        assert_true(m <= sizeof old);
        assert_int_equal(fwrite(i % 2 == s->which && !blocks->dropped[i] ? new : old, 1, n, out), n);
    }
    fclose(written);
    fclose(kept);
    fclose(out);
    assert_int_equal(rename(part, to), 0);
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t n = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return n;
}

/* What is there is whole: what was acknowledged, and all of the commit that failed or nothing. */
static void look_at(const char *path)
{
    sqlite3 *db;
    int64_t first, second;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    assert_int_equal(ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    first = ask(db, "SELECT count(*) FROM notes WHERE title LIKE 'first %'");
    second = ask(db, "SELECT count(*) FROM notes WHERE title LIKE 'second %'");
    assert_true(first == 0 || second == 0);
    assert_int_equal(first + second, ROWS_OF_A_COMMIT);
    assert_int_equal(ask(db, "SELECT count(*) FROM parts"), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Commits that the disk took, the last of them alone in the log, and one whose fsync failed; then everybody dies. */
static void set_the_scene(struct scene *s)
{
    forgetful_drops = true;
    memset(forgetful_known, 0, sizeof forgetful_known);
    fixture_init(&s->f);
    fixture_open(&s->f, SQL_READ_WRITE);
    commit(s,
           "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60)"
           " INSERT INTO notes (title, stars, pinned, memo)"
           " SELECT 'first ' || (n * 7919 % 1009), 0, 0, hex(zeroblob(200)) FROM c",
           DW_OK);
    dw__sql_close(s->f.h);
    fixture_open(&s->f, SQL_READ_WRITE);
    commit(s, "INSERT INTO parts (note) VALUES (1)", DW_OK);
    forgetful_fail_sync = true;
    commit(s, "UPDATE notes SET title = 'second ' || substr(title, 7)", DW_UNAVAILABLE);
    forgetful_fail_sync = false;
    (void)snprintf(s->after, sizeof s->after, "%s/after.db", s->f.dir);
    (void)snprintf(s->cut, sizeof s->cut, "%s/cut.db", s->f.dir);
    all_die(s->f.path, s->after);
}

static void the_power_is_cut_while_it_is_repaired(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        struct scene s = {.which = which};
        struct sql_handle *h;

        set_the_scene(&s);
        forgetful_self = &s;
        forgetful_before_sync = cut_power;
        fixture_ok(&s.f, dw__sql_open(&h, s.after, SQL_READ_WRITE, &s.f.why));
        forgetful_before_sync = NULL;
        assert_int_equal(s.n_cuts, 1);
        look_at(s.cut);
        dw__sql_close(h);
        look_at(s.after);
        fixture_release(&s.f);
    }
    forgetful_drops = false;
}

/* A disk that still fails is not opened: nothing is promised on it. */
static void a_disk_that_still_fails_is_refused(void **state)
{
    struct scene s = {0};
    struct sql_handle *h;

    (void)state;
    set_the_scene(&s);
    forgetful_fail_sync = true;
    assert_int_equal(dw__sql_open(&h, s.after, SQL_READ_WRITE, &s.f.why), DW_UNAVAILABLE);
    forgetful_fail_sync = false;
    assert_non_null(strstr(fixture_why(&s.f), "disk I/O error"));
    fixture_ok(&s.f, dw__sql_open(&h, s.after, SQL_READ_WRITE, &s.f.why));
    dw__sql_close(h);
    look_at(s.after);
    fixture_release(&s.f);
    forgetful_drops = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_power_is_cut_while_it_is_repaired),
        cmocka_unit_test(a_disk_that_still_fails_is_refused),
    };

    (void)umask(077);
    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
