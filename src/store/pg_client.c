/* store/pg_client.c -- how a worker, or a command, runs its statements on PostgreSQL.
 *
 * Two pools: what serves a GET or HEAD gets a connection on which every transaction is read-only, so that it is the server
 * that refuses a statement that writes.  A statement is a transaction of its own, done when its answer is here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "store/pg_pool.h"
#include "store/tx.h"

#define TRIES 3
#define WELL_NS UINT64_C(1000000000) /* a server that answered so lately is there */
#define ASK_NS UINT64_C(1000000000)  /* one that takes longer to say so is not */

struct pg_client {
    struct sql_client client; /* first */
    struct pg_statements statements;
    struct pg_health health;
    struct pg_pool pools[2]; /* to read, to write */
};

static struct pg_client *of(struct sql_client *c)
{
    return DW__LIST_ENTRY(c, struct pg_client, client);
}

/* ---- a statement ---- */

static dw_err run_once(struct pg_client *p, dw_ctx *ctx, struct pg_run *run)
{
    struct pg_pool *pool = &p->pools[ctx->read_only ? 0 : 1];
    struct pg_conn *conn;
    dw_err err = dw__pg_pool_take(pool, ctx, &conn, run->trouble);

    run->again = run->unknown = false;
    if (err != DW_OK)
        return err;
    err = dw__pg_conn_run(conn, ctx, run);
    if (err == DW_OK)
        p->health.well_ns = ctx->clock->mono_ns;
    else if (conn->broken)
        p->health.well_ns = 0;
    dw__pg_pool_give(pool, conn);
    return err;
}

static void say(const dw_ctx *ctx, const struct pg_run *run, dw_err err)
{
    const struct sql_collect *collect = &run->call->collect;
    char line[DW__PG_TROUBLE + 64];

    if (err == DW_CONFLICT || (err == DW_CANCELED && !run->unknown))
        return;
    if (collect->fault)
        dw__client_event(ctx, run->statement->st, err, collect->fault);
    else {
        (void)snprintf(line, sizeof line, "%s%s", run->trouble[0] ? run->trouble : "it was given up",
                       run->unknown ? "; the outcome is unknown" : "");
        dw__client_event(ctx, run->statement->st, err, line);
    }
}

static dw_err pg_run(struct sql_client *c, dw_ctx *ctx, struct sql_call *call)
{
    struct pg_client *p = of(c);
    const struct pg_statement *statement = &p->statements.all[call->index];
    struct pg_run run = {.statement = statement,
                         .index = call->index,
                         .call = call,
                         .reads = ctx->read_only || statement->selects};
    dw_err err = DW_INTERNAL;

    if (!ctx->fiber || ctx->fiber != dw__fiber_self()) {
        dw__client_event(ctx, call->st, DW_INTERNAL, "a statement needs a fiber to wait on");
        return DW_INTERNAL;
    }
    for (int tries = 0; tries < TRIES; tries++) {
        err = run_once(p, ctx, &run);
        if (err == DW_OK || !run.again || call->collect.n > 0)
            break;
    }
    if (err == DW_TIMEOUT && run.unknown)
        err = DW_UNAVAILABLE;
    if (err != DW_OK)
        say(ctx, &run, err);
    return err;
}

/* ---- a transaction ---- */

/* Its connection goes back, or is closed, which ends it. */
static void end_tx(struct pg_client *p, struct sql_tx *tx)
{
    struct pg_conn *conn = tx->held;

    if (conn->broken)
        p->health.well_ns = 0;
    dw__pg_pool_give(&p->pools[1], conn);
    tx->held = NULL;
    tx->open = false;
}

static dw_err run_in_tx(struct pg_client *p, dw_ctx *ctx, struct sql_tx *tx, struct sql_call *call,
                        struct pg_run *run)
{
    dw_err err;

    run->statement = &p->statements.all[call->index];
    run->index = call->index;
    run->call = call;
    if (ctx->read_only &&
        run->statement->changes) { /* what runs it may only look, in a transaction of others */
        dw__client_event(ctx, call->st, DW_INTERNAL, "it writes, and who runs it only reads");
        return DW_INTERNAL;
    }
    err = dw__pg_conn_run(tx->held, ctx, run);
    if (err != DW_OK && !run->again)
        say(ctx, run, err);
    return err;
}

static dw_err end_or_mark(dw_ctx *ctx, const struct sql_tx *tx, enum tx_act act, struct pg_run *run)
{
    static const struct {
        const char *sql[2];
        size_t n;
    } words[TX_ACTS] = {[TX_SAVEPOINT] = {{"SAVEPOINT block"}, 1},
                        [TX_RELEASE] = {{"RELEASE block"}, 1},
                        [TX_UNDO] = {{"ROLLBACK TO block", "RELEASE block"}, 2},
                        [TX_COMMIT] = {{"COMMIT"}, 1},
                        [TX_ROLLBACK] = {{"ROLLBACK"}, 1}};
    const char *first[] = {"BEGIN ISOLATION LEVEL SERIALIZABLE", "SAVEPOINT block"};

    if (run->begins)
        return dw__pg_conn_say(tx->held, ctx, first, 2, false, run);
    return dw__pg_conn_say(tx->held, ctx, words[act].sql, words[act].n, act == TX_COMMIT, run);
}

/* A connection of its own until its end. */
static dw_err begin_tx(struct pg_client *p, dw_ctx *ctx, struct sql_tx *tx, struct pg_run *run)
{
    struct pg_conn *conn;
    dw_err err;

    if (!ctx->fiber || ctx->fiber != dw__fiber_self()) {
        (void)snprintf(run->trouble, sizeof run->trouble, "a transaction needs a fiber to wait on");
        return DW_INTERNAL;
    }
    err = dw__pg_pool_take(&p->pools[1], ctx, &conn, run->trouble);
    if (err != DW_OK)
        return err;
    tx->held = conn;
    tx->open = true;
    run->begins = true;
    return DW_OK;
}

/* What is to be said when it is given up. */
static void note(struct sql_tx *tx, const struct pg_run *run)
{
    static const char unknown[] = "; the outcome is unknown";

    (void)snprintf(tx->trouble, sizeof tx->trouble, "%.*s%s", (int)(sizeof tx->trouble - sizeof unknown),
                   run->trouble, run->unknown ? unknown : "");
}

static dw_err pg_in_tx(struct sql_client *c, dw_ctx *ctx, struct sql_tx *tx, unsigned act,
                       struct sql_call *call)
{
    struct pg_client *p = of(c);
    struct pg_run run = {.in_tx = true};
    dw_err err = tx->open ? DW_OK : begin_tx(p, ctx, tx, &run);

    if (err == DW_OK)
        err =
            act == TX_RUN ? run_in_tx(p, ctx, tx, call, &run) : end_or_mark(ctx, tx, (enum tx_act)act, &run);
    if (err != DW_OK) {
        tx->again = run.again;
        note(tx, &run);
    }
    if (tx->held && (act == TX_COMMIT || act == TX_ROLLBACK || ((struct pg_conn *)tx->held)->broken))
        end_tx(p, tx);
    return err == DW_TIMEOUT && run.unknown ? DW_UNAVAILABLE : err;
}

/* ---- readiness ---- */

/* Has the server say anything, on a connection to read with. */
static dw_err ask(struct pg_client *p, dw_ctx *ctx)
{
    static const dw_query query = {.name = "ready", .sql = "SELECT 1"};
    static const struct sql_statement st = {.query = &query, .sql = "SELECT 1"};
    static char sql[] = "SELECT 1";
    const struct pg_statement statement = {.st = &st, .sql = sql, .name = "ready", .selects = true};
    struct sql_call call = {.st = &st, .want = SQL_WANT_NONE};
    struct pg_run run = {.statement = &statement, .index = p->statements.n, .call = &call, .reads = true};
    dw_err err = DW_UNAVAILABLE;

    for (int tries = 0; tries < TRIES; tries++) {
        err = run_once(p, ctx, &run);
        if (err == DW_OK || !run.again)
            break;
    }
    return err;
}

static dw_err pg_answers(struct sql_client *c, dw_ctx *ctx)
{
    struct pg_client *p = of(c);
    uint64_t now = ctx->clock->mono_ns, before = ctx->deadline_ns;
    dw_err err;

    if (p->health.well_ns != 0 && now - p->health.well_ns < WELL_NS)
        return DW_OK;
    if (!ctx->fiber || ctx->fiber != dw__fiber_self())
        return DW_UNAVAILABLE;
    if (before == 0 || before > now + ASK_NS)
        ctx->deadline_ns = now + ASK_NS;
    err = ask(p, ctx);
    ctx->deadline_ns = before;
    return err == DW_OK ? DW_OK : DW_UNAVAILABLE;
}

static dw_err pg_ready(struct sql_client *c)
{
    return of(c)->health.away ? DW_UNAVAILABLE : DW_OK;
}

/* ---- life ---- */

static void pg_free(struct sql_client *c)
{
    struct pg_client *p = of(c);

    dw__pg_pool_release(&p->pools[0]);
    dw__pg_pool_release(&p->pools[1]);
    dw__pg_statements_release(&p->statements);
    free(p);
}

static dw_err init_pool(struct pg_client *p, struct pg_pool *pool, const struct pg_client_config *config,
                        enum pg_use use)
{
    pool->health = &p->health;
    pool->loop = config->loop;
    pool->max = config->pool;
    pool->statements = &p->statements;
    return dw__pg_pool_init(pool, &config->target, use);
}

dw_err dw__sql_client_pg(struct sql_client **out, const struct pg_client_config *config)
{
    static const struct sql_client_ops ops = {
        .ready = pg_ready, .free = pg_free, .run = pg_run, .in_tx = pg_in_tx, .answers = pg_answers};
    struct pg_client *p = calloc(1, sizeof *p);
    dw_err err;

    *out = NULL;
    if (!p)
        return DW_UNAVAILABLE;
    dw__pg_forget_environment();
    p->client = (struct sql_client){.magic = DW__SQL_CLIENT_MAGIC, .ops = &ops, .inv = config->inv};
    p->health.log = config->log;
    if ((err = dw__pg_statements_init(&p->statements, config->inv)) != DW_OK)
        goto err0;
    if ((err = init_pool(p, &p->pools[0], config, PG_READ)) != DW_OK)
        goto err1;
    if ((err = init_pool(p, &p->pools[1], config, PG_WRITE)) != DW_OK)
        goto err2;
    *out = &p->client;
    return DW_OK;
err2:
    dw__pg_pool_release(&p->pools[0]);
err1:
    dw__pg_statements_release(&p->statements);
err0:
    free(p);
    return err;
}
