/* store/pg_migrate.c -- numbered migrations in PostgreSQL: the same rules as in migrate.c, and a lock, since many may try at once.
 *
 * The lock is PostgreSQL's own for applications and goes with the connection, so that a process that dies holds nobody up. */
#include <stdio.h>
#include <string.h>

#include "store/migrate_list.h"
#include "store/pg_link.h"

/* Whom the lock is for: "dewar" in ASCII. */
#define LOCK "SELECT pg_advisory_lock(431265898866)"
#define TRY_LOCK "SELECT CASE WHEN pg_try_advisory_lock(431265898866) THEN 'yes' END"
#define UNLOCK "SELECT pg_advisory_unlock(431265898866)"

static const char create_table[] =
    "CREATE TABLE dw_migrations (number integer PRIMARY KEY, name text NOT NULL, "
    "digest text NOT NULL, applied_at text NOT NULL)";

static dw_err say(dw_err err, const char *trouble, struct buf *why)
{
    if (err != DW_OK && trouble[0])
        dw__buf_format(why, "PostgreSQL: %s\n", trouble);
    return err;
}

static dw_err on_table(void *self, const char *const *texts, size_t n)
{
    *(bool *)self = n == 1 && texts[0];
    return DW_OK;
}

/* What a comparison comes to. */
struct standing {
    struct migration_state state;
    const dw_migration *next;
    bool has_table;
};

static dw_err compare_all(struct pg_link *link, const dw_migration *list, bool later_may_be,
                          struct standing *at, struct buf *why)
{
    struct migration_comparison c = {
        .dialect = SQL_POSTGRES, .next = list, .why = why, .later_may_be = later_may_be};
    char trouble[DW__PG_TROUBLE] = "";
    dw_err err = dw__migration_list_check(list, SQL_POSTGRES, why);

    *at = (struct standing){0};
    while (list[at->state.known].sql)
        at->state.known++;
    if (err != DW_OK)
        return err;
    err = dw__pg_each(link, "SELECT to_regclass('dw_migrations')::text", &at->has_table, on_table, trouble);
    if (err == DW_OK && at->has_table)
        err = dw__pg_each(
            link, "SELECT number::text, name, digest FROM dw_migrations ORDER BY dw_migrations.number", &c,
            dw__migration_compare, trouble);
    at->state.applied = c.applied;
    at->next = c.next;
    return say(err, trouble, why);
}

dw_err dw__pg_migrate_state(struct pg_link *link, const dw_migration *list, bool later_may_be,
                            struct migration_state *state, struct buf *why)
{
    struct standing at;
    dw_err err = compare_all(link, list, later_may_be, &at, why);

    *state = at.state;
    return err;
}

/* One migration and its line in the table. */
static dw_err apply(struct pg_link *link, const dw_migration *m, char trouble[static DW__PG_TROUBLE])
{
    char digest[DW__DIGEST_HEX], number[16];
    const char *const row[] = {number, m->name, digest};
    PGresult *result = NULL;
    dw_err err = dw__migration_digest(m, SQL_POSTGRES, digest);

    trouble[0] = '\0';
    (void)snprintf(number, sizeof number, "%d", m->number);
    if (err == DW_OK)
        err = dw__pg_exec(link, dw__migration_text(m, SQL_POSTGRES).p, trouble);
    if (err == DW_OK && PQtransactionStatus(link->pg) != PQTRANS_INTRANS) {
        (void)snprintf(trouble, DW__PG_TROUBLE, "it must leave the transaction that it runs in alone");
        return DW_CONFLICT;
    }
    if (err == DW_OK)
        err = dw__pg_query(link,
                           "INSERT INTO dw_migrations VALUES ($1::integer, $2, $3, "
                           "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))",
                           row, 3, &result, trouble);
    PQclear(result);
    return err;
}

static dw_err say_migration(dw_err err, const dw_migration *m, const char *trouble, struct buf *why)
{
    if (err != DW_OK)
        dw__buf_format(why, "migration %04d_%s: %s\n", m->number, m->name, trouble);
    return err;
}

dw_err dw__pg_migrate_inside(struct pg_link *link, const dw_migration *list, int *known, struct buf *why)
{
    struct standing at;
    char trouble[DW__PG_TROUBLE];
    dw_err err = compare_all(link, list, false, &at, why);

    *known = at.state.known;
    if (err == DW_OK && !at.has_table)
        err = say(dw__pg_exec(link, create_table, trouble), trouble, why);
    for (; err == DW_OK && at.next->sql; at.next++)
        err = say_migration(apply(link, at.next, trouble), at.next, trouble, why);
    return err;
}

static dw_err apply_alone(struct pg_link *link, const dw_migration *m, struct buf *why)
{
    char trouble[DW__PG_TROUBLE], undo[DW__PG_TROUBLE];
    dw_err err = dw__pg_exec(link, "BEGIN", trouble);

    if (err == DW_OK)
        err = apply(link, m, trouble);
    if (err == DW_OK)
        err = dw__pg_exec(link, "COMMIT", trouble);
    if (PQtransactionStatus(link->pg) != PQTRANS_IDLE && dw__pg_exec(link, "ROLLBACK", undo) != DW_OK)
        dw__buf_format(why, "migration %04d_%s: %s\n", m->number, m->name, undo);
    return say_migration(err, m, trouble, why);
}

static dw_err up_locked(struct pg_link *link, const dw_migration *list, int *applied, struct buf *why)
{
    struct standing at;
    char trouble[DW__PG_TROUBLE];
    dw_err err = compare_all(link, list, false, &at, why);

    if (err == DW_OK && !at.has_table)
        err = say(dw__pg_exec(link, create_table, trouble), trouble, why);
    for (; err == DW_OK && at.next->sql; at.next++) {
        err = apply_alone(link, at.next, why);
        if (err == DW_OK)
            ++*applied;
    }
    return err;
}

/* Alone, from here to the unlock. */
static dw_err lock(struct pg_link *link, bool waits, struct buf *why)
{
    char trouble[DW__PG_TROUBLE] = "";
    bool locked = false;
    dw_err err;

    if (waits)
        return say(dw__pg_exec(link, LOCK, trouble), trouble, why);
    err = say(dw__pg_each(link, TRY_LOCK, &locked, on_table, trouble), trouble, why);
    if (err != DW_OK || locked)
        return err;
    dw__buf_lit(why, "another process is migrating this database; wait until that one is done\n");
    return DW_CONFLICT;
}

dw_err dw__pg_migrate_up(struct pg_link *link, const dw_migration *list, bool waits, int *applied,
                         struct buf *why)
{
    char trouble[DW__PG_TROUBLE];
    dw_err err = lock(link, waits, why), unlocked;

    *applied = 0;
    if (err != DW_OK)
        return err;
    err = up_locked(link, list, applied, why);
    unlocked = say(dw__pg_exec(link, UNLOCK, trouble), trouble, why);
    return err != DW_OK ? err : unlocked;
}

/* ---- soundness ---- */

static dw_err say_fault(void *self, const char *const *texts, size_t n)
{
    if (n == 1 && texts[0])
        dw__buf_format(self, "%s\n", texts[0]);
    return DW_OK;
}

dw_err dw__pg_sound(struct pg_link *link, struct buf *why)
{
    static const char sql[] =
        "SELECT 'index ' || c.relname || ' is not valid; REINDEX or drop it' FROM pg_index i JOIN pg_class c "
        "ON c.oid = i.indexrelid"
        " JOIN pg_namespace s ON s.oid = c.relnamespace WHERE NOT i.indisvalid AND s.nspname !~ '^pg_'"
        " UNION ALL SELECT 'constraint ' || n.conname || ' was never looked at; VALIDATE it' FROM "
        "pg_constraint n"
        " JOIN pg_namespace s ON s.oid = n.connamespace WHERE NOT n.convalidated AND s.nspname !~ '^pg_'";
    char trouble[DW__PG_TROUBLE];
    size_t before = why->n;
    dw_err err = say(dw__pg_each(link, sql, why, say_fault, trouble), trouble, why);

    return err == DW_OK && why->n != before ? DW_CONFLICT : err;
}
