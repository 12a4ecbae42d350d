/* store/client_direct.c -- everything on one handle in this process: commands, migrations, tests.
 *
 * A statement that writes has a transaction to itself, so that one whose row does not fit its schema leaves nothing behind. */
#include <stdlib.h>

#include "base/check.h"
#include "store/tx.h"

static dw_err direct_read(struct sql_client *c, dw_ctx *ctx, struct sql_call *call, struct sql_run *run)
{
    (void)ctx;
    (void)call;
    return dw__sqlite_run(c->h, run);
}

static dw_err direct_write(struct sql_client *c, dw_ctx *ctx, struct sql_call *call)
{
    char trouble[DW__SQL_TROUBLE], undo[DW__SQL_TROUBLE];
    struct sql_run run = {.statement = call->index, .values = call->values, .sink = &call->collect.sink};
    dw_err err = dw__client_budget(ctx, 0, &run.budget_ns);

    if (err != DW_OK)
        return err;
    err = dw__sqlite_control(c->h, SQL_BEGIN, trouble);
    if (err != DW_OK) {
        dw__client_event(ctx, call->st, err, trouble);
        return err;
    }
    err = dw__sqlite_run(c->h, &run);
    if (err != DW_OK && (run.trouble[0] || call->collect.fault))
        dw__client_event(ctx, call->st, err, run.trouble[0] ? run.trouble : call->collect.fault);
    if (err == DW_OK) {
        err = dw__sqlite_control(c->h, SQL_COMMIT, trouble);
        if (err != DW_OK)
            dw__client_event(ctx, call->st, err, trouble);
    }
    if (dw__sqlite_in_transaction(c->h) && dw__sqlite_control(c->h, SQL_ROLLBACK, undo) != DW_OK)
        dw__client_event(ctx, call->st, DW_UNAVAILABLE, undo);
    call->changes = run.changes;
    return err;
}

/* ---- several statements ---- */

static dw_err direct_control(struct sql_client *c, struct sql_tx *tx, enum sql_control what)
{
    dw_err err = dw__sqlite_control(c->h, what, tx->trouble);

    tx->open = dw__sqlite_in_transaction(c->h);
    return err;
}

static dw_err direct_run_in(struct sql_client *c, dw_ctx *ctx, struct sql_tx *tx, struct sql_call *call)
{
    struct sql_run run = {.statement = call->index,
                          .values = call->values,
                          .sink = &call->collect.sink,
                          .in_tx = true,
                          .one_row = call->want == SQL_WANT_ONE};
    dw_err err = dw__client_budget(ctx, 0, &run.budget_ns);

    if (err == DW_OK)
        err = dw__sqlite_run(c->h, &run);
    if (err != DW_OK && (run.trouble || call->collect.fault) && err != DW_CONFLICT)
        dw__client_event(ctx, call->st, err, call->collect.fault ? call->collect.fault : run.trouble);
    call->changes = run.changes;
    tx->open = dw__sqlite_in_transaction(c->h);
    return err;
}

/* Undoes what cannot be committed. */
static dw_err direct_commit(struct sql_client *c, struct sql_tx *tx)
{
    char undo[DW__SQL_TROUBLE];
    dw_err err = dw__sqlite_owes(c->h) ? DW_CONFLICT : direct_control(c, tx, SQL_COMMIT);

    if (dw__sqlite_in_transaction(c->h) && dw__sqlite_control(c->h, SQL_ROLLBACK, undo) != DW_OK)
        err = DW_UNAVAILABLE;
    tx->open = false;
    return err;
}

static dw_err direct_in_tx(struct sql_client *c, dw_ctx *ctx, struct sql_tx *tx, unsigned act,
                           struct sql_call *call)
{
    static const enum sql_control controls[TX_ACTS] = {[TX_SAVEPOINT] = SQL_SAVEPOINT,
                                                       [TX_RELEASE] = SQL_RELEASE,
                                                       [TX_UNDO] = SQL_UNDO,
                                                       [TX_ROLLBACK] = SQL_ROLLBACK};
    dw_err err = tx->open ? DW_OK : direct_control(c, tx, SQL_BEGIN);

    if (err != DW_OK)
        return err;
    if (act == TX_RUN)
        return direct_run_in(c, ctx, tx, call);
    return act == TX_COMMIT ? direct_commit(c, tx) : direct_control(c, tx, controls[act]);
}

/* ---- life ---- */

static dw_err direct_ready(struct sql_client *c)
{
    (void)c;
    return DW_OK;
}

static void direct_free(struct sql_client *c)
{
    free(c);
}

dw_err dw__sql_client_direct(struct sql_client **out, struct sql_handle *h, const struct sql_inventory *inv)
{
    static const struct sql_client_ops ops = {.read = direct_read,
                                              .write = direct_write,
                                              .ready = direct_ready,
                                              .free = direct_free,
                                              .in_tx = direct_in_tx};
    struct sql_client *c = calloc(1, sizeof *c);

    *out = c;
    if (!c)
        return DW_UNAVAILABLE;
    *c = (struct sql_client){.magic = DW__SQL_CLIENT_MAGIC, .ops = &ops, .h = h, .inv = inv};
    return DW_OK;
}
