/* Opening in each mode, preparing, and what a handle refuses. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/sqlite.h"

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    fixture_init(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    free(*state);
    return 0;
}

static mode_t mode_of(const char *path, const char *suffix)
{
    char name[128];
    struct stat st;

    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    if (stat(name, &st) != 0)
        fail_msg("%s: %s", name, strerror(errno));
    return st.st_mode & 0777;
}

static dw_err pragma_row(void *self, const char *const *texts, size_t n)
{
    assert_int_equal(n, 1);
    (void)snprintf(self, 32, "%s", texts[0] ? texts[0] : "NULL");
    return DW_OK;
}

static void expect_pragma(struct fixture *f, const char *sql, const char *value)
{
    char got[32] = "", trouble[DW__SQL_TROUBLE];

    assert_int_equal(dw__sqlite_each(f->h, sql, got, pragma_row, trouble), DW_OK);
    if (strcmp(got, value) != 0)
        fail_msg("%s: %s", sql, got);
}

static void a_writer_is_careful(void **state)
{
    struct fixture *f = *state;
    mode_t old = umask(0);
    char trouble[DW__SQL_TROUBLE];

    fixture_open(f, SQL_READ_WRITE);
    (void)umask(old);
    assert_int_equal(mode_of(f->path, ""), 0600);
    assert_int_equal(mode_of(f->path, "-wal"), 0600);
    assert_int_equal(mode_of(f->path, "-shm"), 0600);
    assert_int_equal(mode_of(f->path, "-lock"), 0600);
    expect_pragma(f, "PRAGMA journal_mode", "wal");
    expect_pragma(f, "PRAGMA synchronous", "2");
    expect_pragma(f, "PRAGMA foreign_keys", "1");
    expect_pragma(f, "PRAGMA trusted_schema", "0");
    expect_pragma(f, "PRAGMA cell_size_check", "1");
    expect_pragma(f, "PRAGMA busy_timeout", "5000");
    assert_int_not_equal(dw__sqlite_exec(f->h, "SELECT load_extension('x')", NULL, 0, trouble), DW_OK);
    assert_int_not_equal(dw__sqlite_exec(f->h, "UPDATE sqlite_schema SET sql = ''", NULL, 0, trouble), DW_OK);
    assert_int_not_equal(dw__sqlite_exec(f->h, "SELECT \"no such column\" FROM notes", NULL, 0, trouble),
                         DW_OK);
}

static void there_is_one_writer(void **state)
{
    struct fixture *f = *state;
    struct sql_handle *second = NULL;
    char expected[256];
    int status;
    pid_t pid;

    fixture_open(f, SQL_READ_WRITE);
    (void)snprintf(expected, sizeof expected,
                   "%s is open for writing in another process, %ld; stop that one first\n", f->path,
                   (long)getpid());
    assert_int_equal(dw__sql_open(&second, f->path, SQL_READ_WRITE, &f->why), DW_CONFLICT);
    assert_null(second);
    assert_string_equal(fixture_why(f), expected);
    pid = fork();
    if (pid == 0)
        _exit(dw__sql_open(&second, f->path, SQL_READ_WRITE, &f->why) == DW_CONFLICT ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    fixture_close(f);
    fixture_open(f, SQL_READ_WRITE);
}

static void odd_paths_work(void **state)
{
    struct fixture *f = *state;
    char plain[96];

    (void)snprintf(f->path, sizeof f->path, "%s/a b?c#d%%41&mode=ro.db", f->dir);
    fixture_open(f, SQL_READ_WRITE);
    assert_int_equal(mode_of(f->path, ""), 0600);
    fixture_close(f);
    assert_int_equal(chdir(f->dir), 0);
    (void)snprintf(plain, sizeof plain, "plain.db");
    strcpy(f->path, plain);
    fixture_open(f, SQL_READ_WRITE);
    assert_int_equal(mode_of(f->dir, "/plain.db"), 0600);
    fixture_close(f);
    assert_int_equal(chdir("/"), 0);
}

static void refuses_what_all_can_read(void **state)
{
    struct fixture *f = *state;
    char expected[160];
    int fd = open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0604), 0);
    close(fd);
    (void)snprintf(expected, sizeof expected, "%s is open to every user of this machine; chmod o= it\n",
                   f->path);
    assert_int_equal(dw__sql_open(&f->h, f->path, SQL_READ_WRITE, &f->why), DW_INVALID);
    assert_string_equal(fixture_why(f), expected);
    fixture_why_clear(f);
    assert_int_equal(dw__sql_open(&f->h, f->dir, SQL_READ_ONLY, &f->why), DW_INVALID);
    fixture_why_clear(f);
    assert_int_equal(dw__sql_open(&f->h, "/nonexistent/x.db", SQL_READ_ONLY, &f->why), DW_UNAVAILABLE);
    assert_string_equal(fixture_why(f), "/nonexistent/x.db: unable to open database file\n");
}

/* Reads what a writer in another process wrote, and cannot write. */
static void a_reader_only_reads(void **state)
{
    struct fixture *f = *state;
    int to_child[2], from_child[2], status;
    char byte = 0, trouble[DW__SQL_TROUBLE];
    note_count count;
    pid_t pid;

    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(from_child), 0);
    pid = fork();
    if (pid == 0) {
        note_in in = {.title = DW_TEXT("one")};

        fixture_open(f, SQL_READ_WRITE);
        fixture_direct(f);
        if (write(from_child[1], "r", 1) != 1 || read(to_child[0], &byte, 1) != 1 ||
            DW_EXEC(&f->ctx, note_put, &in, NULL) != DW_OK || write(from_child[1], "w", 1) != 1 ||
            read(to_child[0], &byte, 1) != 1)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(read(from_child[0], &byte, 1), 1);
    fixture_open(f, SQL_READ_ONLY);
    fixture_direct(f);
    assert_true(dw__sql_writes(f->h, dw__sql_index(f->inv, &note_put)));
    assert_false(dw__sql_writes(f->h, dw__sql_index(f->inv, &note_total)));
    fixture_ok(f, DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count));
    assert_int_equal(count.n, 0);
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(read(from_child[0], &byte, 1), 1);
    fixture_ok(f, DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count));
    assert_int_equal(count.n, 1);
    assert_int_not_equal(dw__sqlite_exec(f->h, "DELETE FROM notes", NULL, 0, trouble), DW_OK);
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    fixture_ok(f, DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count));
    assert_int_equal(count.n, 1);
    for (int i = 0; i < 2; i++) {
        close(to_child[i]);
        close(from_child[i]);
    }
}

static void expect_unprepared(struct fixture *f, const char *sql, const dw_schema *out, const char *sentence)
{
    const dw_query q = {"q", sql, &note_in_schema, out};
    const dw_query *const list[] = {&q};
    struct sql_inventory *inv;

    fixture_why_clear(f);
    fixture_ok(f, dw__sql_inventory_new(&inv, list, list + 1, &f->why));
    assert_int_equal(dw__sql_prepare_all(f->h, inv, &f->why), DW_INVALID);
    assert_string_equal(fixture_why(f), sentence);
    dw__sql_inventory_free(inv);
}

static void statements_are_checked(void **state)
{
    struct fixture *f = *state;

    fixture_open(f, SQL_MEMORY);
    expect_unprepared(f, "SELECT id FROM nowhere", &note_id_schema, "statement q: no such table: nowhere\n");
    expect_unprepared(f, "SELECT idd AS id FROM notes", &note_id_schema,
                      "statement q: no such column: idd\n");
    expect_unprepared(f, "SELECT id, title FROM notes", &note_id_schema,
                      "statement q: unknown column `title`; note_id has no such field: leave it out, or "
                      "rename it with AS\n");
    expect_unprepared(
        f, "SELECT id AS n FROM notes", &note_id_schema,
        "statement q: unknown column `n`; note_id has no such field: leave it out, or rename it with AS\n"
        "statement q: output field `id` of note_id has no column; select it, or make the field optional\n");
    expect_unprepared(f, "SELECT id, stars AS id FROM notes", &note_id_schema,
                      "statement q: it has two columns `id`; rename or leave out one\n");
    expect_unprepared(
        f, "SELECT title AS id FROM notes", &note_id_schema,
        "statement q: column `id` has a type that its field in note_id cannot take (TEXT); it wants "
        "INTEGER, so cast it\n");
    expect_unprepared(
        f, "SELECT weight AS title FROM notes", &note_text_schema,
        "statement q: column `title` has a type that its field in note_text cannot take (REAL); it "
        "wants TEXT, so cast it\n");
    expect_unprepared(
        f, "SELECT stars AS title FROM notes WHERE title = :title", &note_text_schema,
        "statement q: column `title` has a type that its field in note_text cannot take (INTEGER); "
        "it wants TEXT, so cast it\n");
    expect_unprepared(f, "SELECT id FROM notes; DELETE FROM notes", &note_id_schema,
                      "statement q: there is something behind its end: one statement each\n");
    expect_unprepared(f, " -- nothing", &dw_nothing_schema, "statement q: it is empty\n");
    expect_unprepared(f, "DROP TABLE notes", &dw_nothing_schema,
                      "statement q: it may read and write rows, nothing else\n");
    expect_unprepared(f, "PRAGMA synchronous=OFF", &dw_nothing_schema,
                      "statement q: it may read and write rows, nothing else\n");
    expect_unprepared(f, "BEGIN", &dw_nothing_schema,
                      "statement q: it may read and write rows, nothing else\n");
    expect_unprepared(f, "ATTACH 'x' AS y", &dw_nothing_schema,
                      "statement q: it may read and write rows, nothing else\n");
    expect_unprepared(f, "DELETE FROM dw_migrations", &dw_nothing_schema,
                      "statement q: it may read and write rows, nothing else\n");
}

static void columns_must_fit_their_fields(void **state)
{
    static const dw_query text_as_int = {"text_as_int", "SELECT 'x' AS id", &note_in_schema, &note_id_schema};
    static const dw_query real_as_int = {"real_as_int", "SELECT 1.5 AS id", &note_in_schema, &note_id_schema};
    static const dw_query int_as_text = {"int_as_text", "SELECT 5 AS title", &note_in_schema,
                                         &note_text_schema};
    static const dw_query blob = {"blob", "SELECT x'41' AS title", &note_in_schema, &note_text_schema};
    static const dw_query latin = {"latin", "SELECT CAST(x'ff' AS TEXT) AS title", &note_in_schema,
                                   &note_text_schema};
    static const dw_query nul = {"nul", "SELECT CAST(x'4100' AS TEXT) AS title", &note_in_schema,
                                 &note_text_schema};
    static const dw_query ok = {"ok", "SELECT 'x' AS title", &note_in_schema, &note_text_schema};
    const dw_query *const list[] = {&text_as_int, &real_as_int, &int_as_text, &blob, &latin, &nul, &ok};
    struct fixture *f = *state;
    note_row out;

    fixture_log_start(f);
    dw__sql_inventory_free(f->inv);
    fixture_ok(f, dw__sql_inventory_new(&f->inv, list, list + 7, &f->why));
    fixture_open(f, SQL_MEMORY);
    fixture_direct(f);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(dw_x_one(&f->ctx, list[i], &(note_in){0}, &out), DW_INTERNAL);
    assert_int_equal(dw_x_one(&f->ctx, &ok, &(note_in){0}, &out), DW_OK);
    assert_non_null(strstr(fixture_log(f), "column id is not an integer"));
    assert_non_null(strstr(fixture_log(f), "column title is not text"));
    assert_non_null(strstr(fixture_log(f), "column title is a BLOB"));
    assert_non_null(strstr(fixture_log(f), "column title is not UTF-8"));
    assert_non_null(strstr(fixture_log(f), "column title has a NUL byte in it"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_writer_is_careful),           TEST(there_is_one_writer), TEST(odd_paths_work),
        TEST(refuses_what_all_can_read),     TEST(a_reader_only_reads), TEST(statements_are_checked),
        TEST(columns_must_fit_their_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
