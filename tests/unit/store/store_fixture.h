/* store_fixture.h -- a database in a directory of its own, a few statements, a context and a log to read. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "store/sql.h"

DW_SCHEMA(nothing_in, (bool, unused, .optional = true));
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_in, (dw_text, title), (int64_t, stars), (double, weight, .optional = true), (bool, pinned),
          (dw_text, memo, .nullable = true));
DW_SCHEMA(note_row, (int64_t, id), (dw_text, title), (int64_t, stars), (double, weight, .optional = true), (bool, pinned),
          (dw_text, memo, .nullable = true));
DW_SCHEMA(note_id, (int64_t, id));
DW_SCHEMA(note_count, (int64_t, n));
DW_SCHEMA(note_text, (dw_text, title));

static const dw_migration note_migrations[] = {
    {1, "notes",
     "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE, stars INTEGER NOT NULL, weight "
     "REAL,"
     " pinned INTEGER NOT NULL, memo TEXT, owner INTEGER, made TEXT);",
     sizeof "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE, stars INTEGER NOT NULL, "
            "weight REAL,"
            " pinned INTEGER NOT NULL, memo TEXT, owner INTEGER, made TEXT);" -
         1},
    {2, "parts",
     "CREATE TABLE parts (id INTEGER PRIMARY KEY, note INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY "
     "DEFERRED);",
     sizeof "CREATE TABLE parts (id INTEGER PRIMARY KEY, note INTEGER REFERENCES notes (id) DEFERRABLE "
            "INITIALLY DEFERRED);" -
         1},
    {0, NULL, NULL, 0},
};

DW_QUERY(note_add, note_in, note_id,
         "INSERT INTO notes (title, stars, weight, pinned, memo) VALUES (:title, :stars, :weight, :pinned, :memo) RETURNING id");
DW_QUERY(note_put, note_in, dw_nothing,
         "INSERT INTO notes (title, stars, weight, pinned, memo) VALUES (:title, :stars, :weight, :pinned, :memo)");
DW_QUERY(note_mine, note_in, note_id,
         "INSERT INTO notes (title, stars, pinned, owner, made) VALUES (:title, 0, 0, :me, :now) RETURNING id");
DW_QUERY(note_of_me, note_key, note_text, "SELECT title || ' ' || made AS title FROM notes WHERE id = :id AND owner = :me");
DW_QUERY(note_by_id, note_key, note_row, "SELECT id, title, stars, weight, pinned, memo FROM notes WHERE id = :id");
DW_QUERY(note_all, nothing_in, note_row, "SELECT memo, pinned, weight, stars, title, id FROM notes ORDER BY id");
DW_QUERY(note_total, nothing_in, note_count, "SELECT count(*) AS n FROM notes");
DW_QUERY(note_clear, nothing_in, dw_nothing, "DELETE FROM notes");
/* Gives more rows than may be, and one that never ends. */
DW_QUERY(note_flood, note_key, note_count,
         "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :id) SELECT n FROM c");
DW_QUERY(note_spin, note_key, note_count,
         "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n = -:id");
/* Takes as long as one likes, and gives one row, or a hundred at once. */
DW_QUERY(note_length, note_key, note_count,
         "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :id) SELECT count(*) AS n FROM c");
DW_QUERY(note_hundred, note_key, note_count,
         "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :id) SELECT n FROM c WHERE n <= 100");
DW_QUERY(note_toil, note_key, dw_nothing,
         "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) UPDATE notes SET stars = (SELECT n FROM c WHERE n = -:id)");
/* A row that does not fit its schema: the memo is NULL. */
DW_QUERY(note_misfit, note_in, note_text,
         "INSERT INTO notes (title, stars, pinned) VALUES (:title, :stars, 0) RETURNING memo AS title");

/* Statements that would take more with them than themselves: what came before in the transaction, or a part of what they did. */
DW_QUERY(note_or_rollback, note_in, dw_nothing,
         "INSERT OR ROLLBACK INTO notes (title, stars, pinned) VALUES (:title, :stars, 0)");
DW_QUERY(note_or_fail, note_in, dw_nothing,
         "INSERT OR FAIL INTO notes (title, stars, pinned) VALUES ('half of ' || :title, 1, 0), (:title, :stars, 0)");
DW_QUERY(note_twice, note_in, dw_nothing,
         "INSERT INTO notes (title, stars, pinned) VALUES ('half of ' || :title, 1, 0), (:title, :stars, 0)");
/* Whose note is not there. */
DW_QUERY(part_add, note_key, dw_nothing, "INSERT INTO parts (note) VALUES (:id)");

static const dw_query *const note_queries[] = {
    &note_add,         &note_put,     &note_mine,  &note_of_me, &note_by_id,  &note_all,
    &note_total,       &note_clear,   &note_flood, &note_spin,  &note_toil,   &note_misfit,
    &note_or_rollback, &note_or_fail, &note_twice, &part_add,   &note_length, &note_hundred};
#define NOTE_QUERIES (sizeof note_queries / sizeof note_queries[0])

struct fixture {
    char dir[64], path[96];
    char why_text[4096];
    struct buf why;
    struct sql_inventory *inv;
    struct sql_handle *h;
    struct sql_client *client;
    struct services services;
    struct arena arena;
    struct clock clock;
    dw_ctx ctx;
    int log_fd;
};

/* What was said, as a string. */
static inline const char *fixture_why(struct fixture *f)
{
    f->why.p[f->why.n < sizeof f->why_text ? f->why.n : sizeof f->why_text - 1] = '\0';
    return f->why_text;
}

static inline void fixture_why_clear(struct fixture *f)
{
    dw__buf_init_fixed(&f->why, f->why_text, sizeof f->why_text - 1);
}

/* DW_OK, or the test fails with what was said. */
#define fixture_ok(f, expression)                                                          \
    do {                                                                                   \
        dw_err fixture_err = (expression);                                                 \
        if (fixture_err != DW_OK)                                                          \
            fail_msg("%s: %s: %s", #expression, dw_err_code(fixture_err), fixture_why(f)); \
    } while (0)

/* A directory and the inventory; what is logged goes to standard error. */
static inline void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    strcpy(f->dir, "/tmp/dewar-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->path, sizeof f->path, "%s/notes.db", f->dir);
    fixture_why_clear(f);
    fixture_ok(f, dw__sql_inventory_new(&f->inv, note_queries, note_queries + NOTE_QUERIES, &f->why));
    dw__clock_read(&f->clock);
    dw__arena_init(&f->arena, NULL, (size_t)8 << 20);
    dw__ctx_init(&f->ctx, &f->arena, &f->services, &f->clock);
}

/* From now on what is logged can be read. Starts a thread: after any fork. */
static inline void fixture_log_start(struct fixture *f)
{
    f->log_fd = memfd_create("log", MFD_CLOEXEC);
    assert_true(f->log_fd >= 0);
    assert_int_equal(dw__log_new(&f->services.log, dup(f->log_fd), DW_LOG_LEVEL_DEBUG, "test"), DW_OK);
}

/* Opens, migrates, prepares. */
static inline void fixture_open(struct fixture *f, enum sql_mode mode)
{
    int applied;

    fixture_ok(f, dw__sql_open(&f->h, f->path, mode, &f->why));
    if (mode != SQL_READ_ONLY)
        fixture_ok(f, dw__migrate_up(f->h, note_migrations, &applied, &f->why));
    fixture_ok(f, dw__sql_prepare_all(f->h, f->inv, &f->why));
}

static inline void fixture_direct(struct fixture *f)
{
    fixture_ok(f, dw__sql_client_direct(&f->client, f->h, f->inv));
    f->services.sql = f->client;
}

/* Everything that was logged so far. */
static inline const char *fixture_log(struct fixture *f)
{
    static char text[1 << 16];
    ssize_t n;

    dw__log_flush(f->services.log);
    n = pread(f->log_fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static inline void fixture_close(struct fixture *f)
{
    dw__sql_client_free(f->client);
    dw__sql_close(f->h);
    f->client = NULL;
    f->h = NULL;
    f->services.sql = NULL;
}

static inline void fixture_release(struct fixture *f)
{
    char command[128];

    fixture_close(f);
    dw__ctx_end(&f->ctx);
    dw__arena_release(&f->arena);
    dw__sql_inventory_free(f->inv);
    if (f->services.log) {
        dw__log_free(f->services.log);
        close(f->log_fd);
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", f->dir);
    assert_int_equal(system(command), 0);
}

#endif
