/* store/tx.c -- DW_TX: a block of statements that are all there, or none.
 *
 * Which block is the innermost is part of the context, so that statements find it.  The database hears of a transaction with the first
 * statement in it; one in which nothing was run costs nothing.  A statement that fails spoils its block, on both databases: PostgreSQL would have it so, and a
 * program that was written for one must not commit half of something on the other.
 *
 * Must never: leave a transaction open behind its block, or say DW_OK of one that is not on the disk. */
#include <dw/tx.h>

#include "base/check.h"
#include "base/log.h"
#include "os/wake.h"
#include "store/tx.h"

#define ROUNDS 10u
#define PAUSE_MS 4u

static void refused(const dw_ctx *ctx, const char *why)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "tx.refused", dw_x_kv_cstr("why", why));
}

static void failed(const dw_ctx *ctx, const struct sql_tx *whole, dw_err err)
{
    if (err != DW_CANCELED && whole->trouble[0])
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "tx.failed",
                  dw_x_kv_cstr("error", dw_err_code(err)), dw_x_kv_cstr("why", whole->trouble));
}

/* ---- in a block ---- */

static dw_err act(struct sql_client *c, dw_ctx *ctx, enum tx_act what, struct sql_call *call)
{
    struct sql_tx *whole = dw__tx_whole(ctx->tx);
    bool before = ctx->in_store, was_open = whole->open;
    dw_err err;

    ctx->in_store = true;
    err = c->ops->in_tx(c, ctx, whole, what, call);
    ctx->in_store = before;
    if (was_open && !whole->open && what < TX_COMMIT) {
        err = err != DW_OK ? err : DW_UNAVAILABLE;
        whole->spoilt = err;
    }
    return err;
}

/* Why nothing runs in tx any more; DW_OK when it does. */
static dw_err spoilt(const dw_ctx *ctx, struct sql_tx *tx)
{
    if (ctx->waited)
        return DW_INTERNAL;
    return tx->spoilt != DW_OK ? tx->spoilt : dw__tx_whole(tx)->spoilt;
}

dw_err dw__tx_run(struct sql_client *c, dw_ctx *ctx, struct sql_call *call)
{
    struct sql_tx *tx = ctx->tx;
    dw_err err = spoilt(ctx, tx);

    if (err == DW_OK)
        err = act(c, ctx, TX_RUN, call);
    if (err != DW_OK)
        tx->spoilt = err;
    return err;
}

/* ---- opening ---- */

static dw_err may_open(const dw_ctx *ctx, const struct sql_client *c)
{
    if (!c)
        return DW_UNAVAILABLE;
    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    if (ctx->read_only) {
        refused(ctx, "a GET or HEAD handler only reads");
        return DW_INTERNAL;
    }
    if (ctx->tx && ctx->tx->depth + 1 == DW__TX_DEPTH) {
        refused(ctx, "too many blocks stand in each other");
        return DW_INTERNAL;
    }
    return ctx->tx ? spoilt(ctx, ctx->tx) : DW_OK;
}

static dw_err open_tx(dw_ctx *ctx, struct sql_client *c, struct sql_tx **out)
{
    struct sql_tx *tx;
    dw_err err = may_open(ctx, c);

    if (err != DW_OK)
        return err;
    tx = dw__arena_zalloc(ctx->arena, sizeof *tx);
    if (!tx)
        return DW_UNAVAILABLE;
    tx->outer = ctx->tx;
    tx->depth = ctx->tx ? ctx->tx->depth + 1 : 0;
    if (tx->outer && (err = act(c, ctx, TX_SAVEPOINT, NULL)) != DW_OK) {
        tx->outer->spoilt = err;
        return err;
    }
    if (!tx->outer)
        ctx->waited = false;
    ctx->tx = *out = tx;
    return DW_OK;
}

/* ---- ending ---- */

/* Of a savepoint: `err` is what came of its block. */
static dw_err end_savepoint(struct sql_client *c, dw_ctx *ctx, struct sql_tx *tx, dw_err err)
{
    dw_err ended = DW_OK;

    if (dw__tx_whole(tx)->open)
        ended = act(c, ctx, err == DW_OK ? TX_RELEASE : TX_UNDO, NULL);
    else
        ended = dw__tx_whole(tx)->spoilt;
    if (ended != DW_OK)
        tx->outer->spoilt = ended;
    return err != DW_OK ? err : ended;
}

/* Of the transaction itself. */
static dw_err end_whole(struct sql_client *c, dw_ctx *ctx, const struct sql_tx *tx, dw_err err)
{
    if (err == DW_OK)
        return tx->open ? act(c, ctx, TX_COMMIT, NULL) : DW_OK;
    if (tx->open && act(c, ctx, TX_ROLLBACK, NULL) != DW_OK)
        return err; /* who cannot be told has undone it, or is about to */
    return err;
}

static dw_err end_tx(dw_ctx *ctx, struct sql_tx *tx, dw_err err)
{
    struct sql_client *c = ctx->services->sql;

    DW__CHECK(ctx->tx == tx);
    if (err == DW_OK)
        err = spoilt(ctx, tx);
    err = tx->outer ? end_savepoint(c, ctx, tx, err) : end_whole(c, ctx, tx, err);
    ctx->tx = tx->outer;
    if (ctx->jobs_put && !ctx->tx) {
        ctx->jobs_put = false;
        if (err == DW_OK)
            dw__wake(ctx->services->jobs_wake);
    }
    return err;
}

/* After a round that is undone: whether there is another. */
static bool go_round(dw_ctx *ctx, const dw_tx *t, struct sql_tx *tx)
{
    unsigned char random;

    if (!t->repeatable || tx->outer || !tx->again || ctx->waited || tx->rounds == ROUNDS)
        return false;
    dw_random(&random, sizeof random);
    if (tx->rounds > 0 && dw_sleep(ctx, 1 + random % (PAUSE_MS * tx->rounds)) != DW_OK)
        return false;
    *tx = (struct sql_tx){.rounds = tx->rounds + 1};
    ctx->tx = tx;
    return true;
}

/* ---- what the block calls ---- */

bool dw_x_tx_next(dw_tx *t)
{
    struct sql_tx *tx = t->inside;
    dw_err err;

    if (!tx) {
        *t->err = open_tx(t->ctx, t->ctx->services ? t->ctx->services->sql : NULL, &t->inside);
        return *t->err == DW_OK;
    }
    err = end_tx(t->ctx, tx, *t->err);
    if (err != DW_OK && go_round(t->ctx, t, tx)) {
        *t->err = DW_OK;
        return true;
    }
    if (err != DW_OK && !tx->outer)
        failed(t->ctx, tx, err);
    t->inside = NULL;
    *t->err = err;
    return false;
}

void dw_x_tx_leave(dw_tx *t)
{
    dw_err err = *t->err;

    if (!t->inside)
        return;
    if (err == DW_OK) {
        t->ctx->tx_left = true;
        err = spoilt(t->ctx, t->inside);
    }
    *t->err = end_tx(t->ctx, t->inside, err == DW_OK ? DW_INTERNAL : err);
    t->inside = NULL;
}
