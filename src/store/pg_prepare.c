/* store/pg_prepare.c -- every statement of the program against the migrated database, at start-up.
 *
 * The server says of each which parameters it takes and which columns it gives; both must be what the schemas say, so that what a
 * request would trip over is a line of `check`. */
#include <string.h>

#include "base/text.h"
#include "store/columns.h"
#include "store/docs.h"
#include "store/pg_link.h"

struct findings {
    const struct sql_statement *st;
    struct buf *why;
    bool any;
};

#define FINDING(f, fmt, ...)                                                                      \
    do {                                                                                          \
        dw__buf_format((f)->why, "statement %s: " fmt "\n", (f)->st->query->name, ##__VA_ARGS__); \
        (f)->any = true;                                                                          \
    } while (0)

static void check_params(struct findings *f, const PGresult *described)
{
    int n = PQnparams(described);

    if (n < 0 || (size_t)n != f->st->n_params) {
        FINDING(f, "PostgreSQL counts %d parameters where %zu were found", n, f->st->n_params);
        return;
    }
    for (int i = 0; i < n; i++)
        if (!dw__pg_sends(&f->st->params[i], PQparamtype(described, i)))
            FINDING(f, "PostgreSQL takes another type for `:%.*s` than its field has; cast it",
                    DW_FMT(f->st->params[i].name));
}

static void check_columns(struct findings *f, const PGresult *described)
{
    uint16_t column[DW__SQL_MAX_FIELDS];
    struct column_match m;

    dw__columns_begin(&m, f->st, column, f->why);
    for (int c = 0; c < PQnfields(described) && c < UINT16_MAX; c++) {
        const struct sql_field *field = dw__columns_add(&m, PQfname(described, c), (uint16_t)c);
        const char *wants =
            field ? dw__pg_wants(field->type, PQftype(described, c), PQfmod(described, c)) : NULL;

        if (wants)
            dw__columns_misfit(&m, field, NULL, wants);
    }
    f->any = !dw__columns_end(&m) || f->any;
}

static void check_described(struct findings *f, struct pg_link *link, const struct pg_statement *s)
{
    PGresult *described = PQdescribePrepared(link->pg, s->name);
    char trouble[DW__PG_TROUBLE];

    if (PQresultStatus(described) == PGRES_COMMAND_OK) {
        check_params(f, described);
        check_columns(f, described);
    } else {
        dw__pg_say(described, trouble);
        FINDING(f, "%s", trouble);
    }
    PQclear(described);
}

/* In a savepoint, so that the statements behind one that is wrong are looked at too. */
static dw_err prepare_one(struct pg_link *link, const struct pg_statement *s, struct buf *why, bool *ok)
{
    struct findings f = {s->st, why, false};
    char trouble[DW__PG_TROUBLE];
    PGresult *result;
    dw_err err = dw__pg_exec(link, "SAVEPOINT one", trouble);

    if (err != DW_OK)
        goto err0;
    result = PQprepare(link->pg, s->name, s->sql, (int)s->st->n_params, s->types);
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        check_described(&f, link, s);
    } else {
        dw__pg_say(result, trouble);
        FINDING(&f, "%s", trouble);
    }
    PQclear(result);
    err = dw__pg_exec(link, "ROLLBACK TO SAVEPOINT one", trouble);
    if (err != DW_OK)
        goto err0;
    *ok = *ok && !f.any;
    return DW_OK;
err0:
    dw__buf_format(why, "PostgreSQL: %s\n", trouble);
    return err;
}

/* Inside a transaction. */
static dw_err prepare_inside(struct pg_link *link, const struct sql_inventory *inv,
                             const struct pg_statements *all, struct buf *why)
{
    bool ok = true;
    uint64_t broken;
    dw_err err = dw__pg_check_docs(link, inv, &broken, why);

    if (err == DW_OK)
        err = dw__pg_check_owned(link, inv, &ok, why);
    for (size_t i = 0; i < all->n && err == DW_OK; i++)
        if (!dw__docs_is_of(inv, all->all[i].st, broken))
            err = prepare_one(link, &all->all[i], why, &ok);
    return err == DW_OK && (!ok || broken) ? DW_INVALID : err;
}

static dw_err in_transaction(struct pg_link *link, const char *begin, const dw_migration *list,
                             const struct sql_inventory *inv, const struct pg_statements *all, int *known,
                             struct buf *why)
{
    char trouble[DW__PG_TROUBLE];
    dw_err err = dw__pg_exec(link, begin, trouble), undone;

    if (err != DW_OK) {
        dw__buf_format(why, "PostgreSQL: %s\n", trouble);
        return err;
    }
    if (list)
        err = dw__pg_migrate_inside(link, list, known, why);
    if (err == DW_OK)
        err = prepare_inside(link, inv, all, why);
    undone = dw__pg_exec(link, "ROLLBACK", trouble);
    if (undone == DW_OK)
        undone = dw__pg_exec(link, "DEALLOCATE ALL", trouble);
    return err != DW_OK ? err : undone;
}

dw_err dw__pg_prepare_all(struct pg_link *link, const struct sql_inventory *inv, struct buf *why)
{
    struct pg_statements all;
    dw_err err = dw__pg_statements_init(&all, inv);

    if (err != DW_OK)
        return err;
    err = in_transaction(link, "BEGIN READ ONLY", NULL, inv, &all, NULL, why);
    dw__pg_statements_release(&all);
    return err;
}

dw_err dw__pg_rehearse(struct pg_link *link, const dw_migration *list, const struct sql_inventory *inv,
                       int *known, struct buf *why)
{
    struct pg_statements all;
    dw_err err = dw__pg_statements_init(&all, inv);

    if (err != DW_OK)
        return err;
    err = in_transaction(link, "BEGIN; SET LOCAL lock_timeout = '2s'", list, inv, &all, known, why);
    dw__pg_statements_release(&all);
    return err;
}
