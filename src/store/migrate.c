/* store/migrate.c -- numbered migrations, forward only.
 *
 * What was applied is written down with the digest of its text: a file that changed afterwards, or a number that this program does not
 * know, stops everything before anything is touched, since then nobody knows what the database looks like.  Each migration is one
 * transaction together with its line in the table, and foreign keys are checked before it commits. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/migrate_list.h"
#include "store/sqlite.h"

static const char create_table[] =
    "CREATE TABLE IF NOT EXISTS dw_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
    "digest TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT";

static dw_err count_one(void *self, const char *const *texts, size_t n)
{
    (void)texts;
    (void)n;
    ++*(int *)self;
    return DW_OK;
}

static dw_err say(dw_err err, const char *trouble, struct buf *why)
{
    if (err != DW_OK && trouble[0])
        dw__buf_format(why, "%s\n", trouble);
    return err;
}

/* Compares the table, where there is one, with the program; *next is then the first migration to apply. */
static dw_err compare_all(struct sql_handle *h, const dw_migration *list, bool later_may_be,
                          struct migration_state *state, const dw_migration **next, struct buf *why)
{
    struct migration_comparison c = {.next = list, .why = why, .later_may_be = later_may_be};
    char trouble[DW__SQL_TROUBLE];
    int tables = 0;
    dw_err err = dw__migration_list_check(list, SQL_SQLITE, why);

    *state = (struct migration_state){0};
    while (list[state->known].sql)
        state->known++;
    if (err != DW_OK)
        return err;
    err = dw__sqlite_each(h, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'dw_migrations'",
                          &tables, count_one, trouble);
    if (err == DW_OK && tables > 0)
        err = dw__sqlite_each(h, "SELECT number, name, digest FROM dw_migrations ORDER BY number", &c,
                              dw__migration_compare, trouble);
    state->applied = c.applied;
    *next = c.next;
    return say(err, trouble, why);
}

dw_err dw__migrate_state(struct sql_handle *h, const dw_migration *list, struct migration_state *state,
                         struct buf *why)
{
    const dw_migration *next;

    return compare_all(h, list, false, state, &next, why);
}

dw_err dw__migrate_state_again(struct sql_handle *h, const dw_migration *list, struct migration_state *state,
                               struct buf *why)
{
    const dw_migration *next;

    return compare_all(h, list, true, state, &next, why);
}

/* What is done inside the transaction of one migration. */
static dw_err apply_inside(struct sql_handle *h, const dw_migration *m, char *trouble)
{
    char digest[DW__DIGEST_HEX], number[16];
    const char *const row[] = {number, m->name, digest};
    int broken = 0;
    dw_err err = dw__migration_digest(m, SQL_SQLITE, digest);

    (void)snprintf(number, sizeof number, "%d", m->number);
    if (err == DW_OK)
        err = dw__sqlite_script(h, (dw_text){m->sql, m->size}, trouble);
    if (err == DW_OK)
        err = dw__sqlite_exec(h,
                              "INSERT INTO dw_migrations VALUES (CAST(?1 AS INTEGER), ?2, ?3, "
                              "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                              row, 3, trouble);
    if (err == DW_OK)
        err = dw__sqlite_each(h, "PRAGMA foreign_key_check", &broken, count_one, trouble);
    if (err == DW_OK && broken > 0) {
        (void)snprintf(trouble, DW__SQL_TROUBLE, "it leaves %d rows whose foreign key points nowhere",
                       broken);
        err = DW_CONFLICT;
    }
    return err;
}

static dw_err apply(struct sql_handle *h, const dw_migration *m, struct buf *why)
{
    char trouble[DW__SQL_TROUBLE] = "", undo[DW__SQL_TROUBLE];
    dw_err err = dw__sqlite_control(h, SQL_BEGIN, trouble);

    if (err == DW_OK)
        err = apply_inside(h, m, trouble);
    if (err == DW_OK)
        err = dw__sqlite_control(h, SQL_COMMIT, trouble);
    if (err != DW_OK)
        dw__buf_format(why, "migration %04d_%s: %s\n", m->number, m->name, trouble);
    if (dw__sqlite_in_transaction(h) && dw__sqlite_control(h, SQL_ROLLBACK, undo) != DW_OK)
        dw__buf_format(why, "migration %04d_%s: %s\n", m->number, m->name, undo);
    return err;
}

/* Foreign keys are off meanwhile, since SQLite's way of changing a table is to build a new one and drop the old. */
static dw_err set_foreign_keys(struct sql_handle *h, bool on, struct buf *why)
{
    char trouble[DW__SQL_TROUBLE];

    return say(
        dw__sqlite_exec(h, on ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF", NULL, 0, trouble),
        trouble, why);
}

dw_err dw__migrate_up(struct sql_handle *h, const dw_migration *list, int *applied, struct buf *why)
{
    struct migration_state state;
    const dw_migration *next;
    char trouble[DW__SQL_TROUBLE];
    dw_err err, on;

    *applied = 0;
    err = compare_all(h, list, false, &state, &next, why);
    if (err != DW_OK)
        return err;
    err = say(dw__sqlite_exec(h, create_table, NULL, 0, trouble), trouble, why);
    if (err == DW_OK)
        err = set_foreign_keys(h, false, why);
    for (; err == DW_OK && next->sql; next++) {
        err = apply(h, next, why);
        if (err == DW_OK)
            ++*applied;
    }
    on = set_foreign_keys(h, true, why);
    return err != DW_OK ? err : on;
}
