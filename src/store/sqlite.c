/* store/sqlite.c -- running what was prepared.
 *
 * A run never suspends: it binds, steps to the end, hands each row to a sink and resets, so that one prepared statement serves
 * all fibers and values need not be copied.  A progress handler stops what takes longer than its budget.  An error is mapped to
 * the few that a handler may see; what SQLite said goes to the log, without any value. */
#include "store/sqlite_handle.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"

#define TRIES 200u /* of a reader while the writer starts */
#define WAIT_NS 10000000L

/* ---- errors ---- */

void dw__sqlite_say(struct sql_handle *h, const char *what, char *trouble)
{
    (void)snprintf(trouble, DW__SQL_TROUBLE, "%s: %s (%d)", what, sqlite3_errmsg(h->db),
                   sqlite3_extended_errcode(h->db));
}

bool dw__sqlite_passes(int rc)
{
    return rc == SQLITE_READONLY_RECOVERY || rc == SQLITE_READONLY_CANTINIT ||
           rc == SQLITE_READONLY_CANTLOCK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_PROTOCOL;
}

bool dw__sqlite_tries_again(const struct sql_handle *h, int rc, unsigned tries)
{
    if (h->mode != SQL_READ_ONLY || !dw__sqlite_passes(rc) || tries >= TRIES)
        return false;
    (void)nanosleep(&(struct timespec){0, WAIT_NS}, NULL);
    return true;
}

dw_err dw__sqlite_err(struct sql_handle *h, int rc)
{
    h->last_error = rc;
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT: return DW_CONFLICT;
    case SQLITE_INTERRUPT: return h->stopped;
    case SQLITE_TOOBIG: return DW_TOO_LARGE;
    case SQLITE_READONLY: return dw__sqlite_passes(rc) ? DW_UNAVAILABLE : DW_INTERNAL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_NOMEM: return DW_UNAVAILABLE;
    default: return DW_INTERNAL;
    }
}

bool dw__sqlite_is_fatal(const struct sql_handle *h)
{
    return h->last_error == SQLITE_IOERR_FSYNC || h->last_error == SQLITE_IOERR_DIR_FSYNC;
}

/* ---- values ---- */

static int bind_value(sqlite3_stmt *stmt, int i, const struct sql_value *v)
{
    switch (v->type) {
    case SQL_NULL: return sqlite3_bind_null(stmt, i);
    case SQL_INT: return sqlite3_bind_int64(stmt, i, v->i);
    case SQL_REAL: return sqlite3_bind_double(stmt, i, v->d);
    case SQL_TEXT: return sqlite3_bind_text64(stmt, i, v->t.p, v->t.n, SQLITE_STATIC, SQLITE_UTF8);
    }
    return SQLITE_MISUSE;
}

/* Reads a column; false without memory, or for a BLOB, which no field is for.  A handle has one user at a time, so that the value may
 * be asked for once and looked at without SQLite's locks. */
static bool column_value(sqlite3_stmt *stmt, int c, struct sql_value *v)
{
    sqlite3_value *value = sqlite3_column_value(stmt, c);

    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL: v->type = SQL_NULL; return true;
    case SQLITE_INTEGER:
        v->type = SQL_INT;
        v->i = sqlite3_value_int64(value);
        return true;
    case SQLITE_FLOAT:
        v->type = SQL_REAL;
        v->d = sqlite3_value_double(value);
        return true;
    case SQLITE_TEXT:
        v->type = SQL_TEXT;
        v->t.p = (const char *)sqlite3_value_text(value);
        v->t.n = (size_t)sqlite3_value_bytes(value);
        return v->t.p != NULL;
    default: return false;
    }
}

static dw_err give_row(struct sql_handle *h, struct sql_run *run, const struct sql_statement *st,
                       const struct sql_value *values)
{
    const char *field = "", *fault = dw__row_fault(st, values, &field);

    if (fault) {
        (void)snprintf(h->trouble, sizeof h->trouble, "column %s %s", field, fault);
        return DW_INTERNAL;
    }
    return run->sink->row(run->sink, values);
}

/* The row of an INSERT of which only the number is wanted. */
static dw_err give_number(struct sql_handle *h, struct sql_run *run, const struct sql_statement *st,
                          const uint16_t *column)
{
    struct sql_value values[DW__SQL_MAX_FIELDS];

    for (size_t i = 0; i < st->n_fields; i++)
        values[i] = column[i] == DW__SQL_NO_COLUMN
                        ? (struct sql_value){.type = SQL_NULL}
                        : (struct sql_value){.type = SQL_INT, .i = sqlite3_last_insert_rowid(h->db)};
    return give_row(h, run, st, values);
}

static dw_err take_row(struct sql_handle *h, struct sql_run *run, sqlite3_stmt *stmt,
                       const struct sql_statement *st, const uint16_t *column)
{
    struct sql_value values[DW__SQL_MAX_FIELDS];

    for (size_t i = 0; i < st->n_fields; i++)
        if (column[i] == DW__SQL_NO_COLUMN)
            values[i].type = SQL_NULL;
        else if (!column_value(stmt, column[i], &values[i])) {
            (void)snprintf(h->trouble, sizeof h->trouble, "column %s is a BLOB, or there is no memory",
                           st->fields[i].name);
            return DW_INTERNAL;
        }
    return give_row(h, run, st, values);
}

/* Reads the row that was inserted. */
static dw_err look(struct sql_handle *h, struct sql_run *run, const struct sql_prepared *p,
                   const struct sql_statement *st)
{
    int rc = sqlite3_bind_int64(p->look, 1, sqlite3_last_insert_rowid(h->db));
    dw_err err;

    if (rc == SQLITE_OK && (rc = sqlite3_step(p->look)) == SQLITE_ROW) {
        err = take_row(h, run, p->look, st, p->column);
    } else {
        dw__sqlite_say(h, "read what was inserted", h->trouble);
        err = dw__sqlite_err(h, rc);
    }
    (void)sqlite3_reset(p->look);
    return err;
}

/* The row of an INSERT that was run without RETURNING, if there is one. */
static dw_err give_inserted(struct sql_handle *h, struct sql_run *run, const struct sql_prepared *p,
                            const struct sql_statement *st)
{
    if (!run->sink || sqlite3_changes64(h->db) == 0)
        return DW_OK;
    return p->look ? look(h, run, p, st) : give_number(h, run, st, p->column);
}

/* ---- a run ---- */

bool dw__sqlite_may_leave(const struct sql_handle *h, size_t i)
{
    return h->prepared[i].may_leave;
}

void dw__sqlite_distrust(struct sql_handle *h, size_t i)
{
    h->prepared[i].may_leave = true;
}

static dw_err step_all(struct sql_handle *h, struct sql_run *run, const struct sql_prepared *p,
                       sqlite3_stmt *stmt, const struct sql_statement *st)
{
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        dw_err err = run->sink ? take_row(h, run, stmt, st, p->column) : DW_OK;

        if (err != DW_OK)
            return err;
        if (run->one_row && !p->writes)
            return DW_OK;
    }
    if (rc == SQLITE_DONE)
        return stmt == p->brief ? give_inserted(h, run, p, st) : DW_OK;
    run->again = dw__sqlite_passes(rc);
    if ((rc & 0xff) != SQLITE_CONSTRAINT)
        dw__sqlite_say(h, "step", h->trouble);
    return dw__sqlite_err(h, rc);
}

static dw_err bind_all(struct sql_handle *h, const struct sql_run *run, sqlite3_stmt *stmt, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = bind_value(stmt, (int)i + 1, &run->values[i]);

        if (rc != SQLITE_OK) {
            dw__sqlite_say(h, "bind", h->trouble);
            return dw__sqlite_err(h, rc);
        }
    }
    return DW_OK;
}

/* What is open now would only be found when all is committed, which is too late for whoever else is in the transaction. */
bool dw__sqlite_owes(struct sql_handle *h)
{
    int owed = 0, most;

    return sqlite3_db_status(h->db, SQLITE_DBSTATUS_DEFERRED_FKS, &owed, &most, 0) != SQLITE_OK || owed != 0;
}

static void after_write(struct sql_handle *h, struct sql_run *run, const struct sql_prepared *p, dw_err *err)
{
    if (*err == DW_OK && !run->in_tx && dw__sqlite_owes(h)) {
        *err = DW_CONFLICT;
        run->left = true;
    } else if (*err == DW_OK)
        run->changes = sqlite3_changes64(h->db);
    else
        run->left = *err != DW_CONFLICT || p->may_leave;
}

/* What was bound stays in the statement, as pointers that nobody looks at until all are bound anew. */
dw_err dw__sqlite_run(struct sql_handle *h, struct sql_run *run)
{
    const struct sql_statement *st;
    const struct sql_prepared *p;
    sqlite3_stmt *stmt;
    dw_err err;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    DW__CHECK(h->prepared && run->statement < dw__sql_inventory_count(h->inv));
    st = dw__sql_statement(h->inv, run->statement);
    p = &h->prepared[run->statement];
    stmt = p->brief ? p->brief : p->stmt;
    run->changes = 0;
    run->again = run->left = false;
    run->trouble = h->trouble;
    h->trouble[0] = '\0';
    if (!p->stmt) {
        (void)snprintf(h->trouble, sizeof h->trouble, "it writes, and this handle does not");
        return DW_INTERNAL;
    }
    err = bind_all(h, run, stmt, st->n_params);
    if (err == DW_OK) {
        h->run = run;
        h->stop_ns = 0;
        err = step_all(h, run, p, stmt, st);
        h->run = NULL;
        if (p->writes)
            after_write(h, run, p, &err);
    }
    (void)sqlite3_reset(stmt);
    return err;
}

/* ---- transactions ---- */

static dw_err step_control(struct sql_handle *h, enum sql_control what, char *trouble)
{
    sqlite3_stmt *stmt = h->control[what];
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        ;
    if (rc != SQLITE_DONE) {
        dw__sqlite_say(h, sqlite3_sql(stmt), trouble);
        h->last_error = rc;
    }
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? DW_OK : DW_UNAVAILABLE;
}

dw_err dw__sqlite_control(struct sql_handle *h, enum sql_control what, char *trouble)
{
    dw_err err;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    DW__CHECK(what < SQL_CONTROL_COUNT);
    trouble[0] = '\0';
    err = step_control(h, what, trouble);
    if (what == SQL_UNDO && err == DW_OK)
        err = step_control(h, SQL_RELEASE, trouble);
    if (what == SQL_BEGIN && err == DW_OK && h->prepared)
        dw__sqlite_judge(h);
    return err;
}

bool dw__sqlite_in_transaction(struct sql_handle *h)
{
    return !sqlite3_get_autocommit(h->db);
}

/* ---- the log file ---- */

void dw__sqlite_own_checkpoints(struct sql_handle *h)
{
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    h->own_checkpoints = true;
}

int dw__sqlite_wal_frames(const struct sql_handle *h)
{
    return h->wal_frames;
}

dw_err dw__sqlite_checkpoint(struct sql_handle *h, char *trouble)
{
    int frames = 0, rc;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    trouble[0] = '\0';
    rc = sqlite3_wal_checkpoint_v2(h->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, NULL);
    if (rc == SQLITE_OK) {
        h->wal_frames = frames;
        return DW_OK;
    }
    if ((rc & 0xff) == SQLITE_BUSY)
        return DW_OK;
    dw__sqlite_say(h, "checkpoint", trouble);
    h->last_error = rc;
    return DW_UNAVAILABLE;
}

/* ---- migrations ---- */

dw_err dw__sqlite_script(struct sql_handle *h, dw_text sql, char *trouble)
{
    const char *at = sql.p, *end = sql.p + sql.n;
    int rc = SQLITE_OK;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    trouble[0] = '\0';
    h->guard = SQL_GUARD_MIGRATION;
    while (rc == SQLITE_OK && at < end) {
        sqlite3_stmt *stmt = NULL;

        rc = end - at > INT_MAX ? SQLITE_TOOBIG : sqlite3_prepare_v2(h->db, at, (int)(end - at), &stmt, &at);
        if (rc != SQLITE_OK || !stmt)
            continue;
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
            ;
        if (rc == SQLITE_DONE)
            rc = SQLITE_OK;
        else
            dw__sqlite_say(h, "migration", trouble);
        (void)sqlite3_finalize(stmt);
    }
    h->guard = SQL_GUARD_OURS;
    if (rc != SQLITE_OK && trouble[0] == '\0')
        dw__sqlite_say(h, "migration", trouble);
    return rc == SQLITE_OK ? DW_OK : dw__sqlite_err(h, rc);
}

dw_err dw__sqlite_each(struct sql_handle *h, const char *sql, void *self,
                       dw_err (*row)(void *self, const char *const *texts, size_t n), char *trouble)
{
    const char *texts[8];
    sqlite3_stmt *stmt = NULL;
    dw_err err = DW_OK;
    int rc = sqlite3_prepare_v2(h->db, sql, -1, &stmt, NULL);

    trouble[0] = '\0';
    while (rc == SQLITE_OK && err == DW_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        size_t n = (size_t)sqlite3_column_count(stmt);

        DW__CHECK(n <= sizeof texts / sizeof texts[0]);
        for (size_t i = 0; i < n; i++)
            texts[i] = (const char *)sqlite3_column_text(stmt, (int)i);
        err = row(self, texts, n);
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_OK && rc != SQLITE_DONE) {
        dw__sqlite_say(h, "read", trouble);
        err = dw__sqlite_err(h, rc);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

dw_err dw__sqlite_exec(struct sql_handle *h, const char *sql, const char *const *texts, size_t n,
                       char *trouble)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(h->db, sql, -1, &stmt, NULL);

    trouble[0] = '\0';
    for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
        rc = sqlite3_bind_text(stmt, (int)i + 1, texts[i], -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        rc = SQLITE_OK;
    if (rc != SQLITE_OK && rc != SQLITE_DONE)
        dw__sqlite_say(h, "write", trouble);
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_OK || rc == SQLITE_DONE ? DW_OK : dw__sqlite_err(h, rc);
}
