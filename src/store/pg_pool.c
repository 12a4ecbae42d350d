/* store/pg_pool.c -- who gets a connection, and who waits.
 *
 * There are at most `max`; each is lent to one statement.  Who finds none waits in line, and the line is bounded in length and in time,
 * so that a slow database makes errors of 503 and not a queue without end.  What is given back goes to the first in line, never to
 * somebody who comes just then.
 *
 * A server that cannot be reached is tried again after a pause that doubles from 100 ms to 2 s; in between everybody hears at once that it is
 * away.  A connection that the server ends while nobody uses it is seen by the loop, and closed before a statement could be lost on it. */
#include "store/pg_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define WAIT_NS UINT64_C(2000000000)
#define CONNECT_NS UINT64_C(3000000000)
#define PAUSE_FIRST_NS UINT64_C(100000000)
#define PAUSE_LAST_NS UINT64_C(2000000000)
#define LINE 256u

/* Somebody in line. */
struct waiter {
    struct list link;
    struct fiber *fiber;
    bool served;          /* and then: */
    struct pg_conn *conn; /* NULL: room for one, to be opened */
};

/* ---- health ---- */

static void went_away(struct pg_pool *pool, const dw_ctx *ctx, const char *trouble)
{
    struct pg_health *h = pool->health;

    h->pause_ns = h->pause_ns == 0 ? PAUSE_FIRST_NS : h->pause_ns * 2;
    if (h->pause_ns > PAUSE_LAST_NS)
        h->pause_ns = PAUSE_LAST_NS;
    h->away_until_ns = ctx->clock->mono_ns + h->pause_ns;
    h->well_ns = 0;
    if (!h->away)
        DW__EVENT(h->log, ctx, DW_LOG_LEVEL_ERROR, "database.away", dw_x_kv_cstr("why", trouble));
    h->away = true;
}

static void came_back(struct pg_pool *pool, const dw_ctx *ctx)
{
    struct pg_health *h = pool->health;

    if (h->away)
        DW__EVENT(h->log, ctx, DW_LOG_LEVEL_INFO, "database.back");
    h->away = false;
    h->pause_ns = h->away_until_ns = 0;
}

/* ---- one more ---- */

static void take_out(struct pg_conn *c)
{
    dw__list_remove(&c->link);
    c->idle = false;
}

/* Something came on a connection that nobody uses: its end, or nothing that we would miss. */
static void on_idle_input(struct pg_conn *c)
{
    struct pg_pool *pool = c->owner;

    take_out(c);
    pool->n--;
    dw__pg_conn_close(c);
}

/* Gives the place of one connection, or a connection, to the first in line; false when nobody waits. */
static bool serve(struct pg_pool *pool, struct pg_conn *c)
{
    struct waiter *w;

    if (dw__list_empty(&pool->waiting))
        return false;
    w = DW__LIST_ENTRY(pool->waiting.next, struct waiter, link);
    dw__list_remove(&w->link);
    pool->n_waiting--;
    w->served = true;
    w->conn = c;
    dw__fiber_wake(w->fiber, DW_OK);
    return true;
}

static void give_place(struct pg_pool *pool)
{
    if (!serve(pool, NULL))
        pool->n--;
}

/* Opens one; its place has been counted. */
static dw_err open_one(struct pg_pool *pool, dw_ctx *ctx, struct pg_conn **out, char *trouble)
{
    uint64_t now = ctx->clock->mono_ns;
    dw_err err;

    if (now < pool->health->away_until_ns) {
        (void)snprintf(trouble, DW__PG_TROUBLE, "PostgreSQL is away");
        err = DW_UNAVAILABLE;
    } else {
        err = dw__pg_conn_open(out, &pool->params, pool->statements, ctx, now + CONNECT_NS, trouble);
        if (err == DW_OK) {
            (*out)->idle_input = on_idle_input;
            (*out)->owner = pool;
            came_back(pool, ctx);
            return DW_OK;
        }
        if (err == DW_TIMEOUT && (ctx->deadline_ns == 0 || ctx->clock->mono_ns < ctx->deadline_ns)) {
            (void)snprintf(trouble, DW__PG_TROUBLE, "no connection within 3 seconds");
            err = DW_UNAVAILABLE;
        }
        if (err != DW_CANCELED && err != DW_TIMEOUT)
            went_away(pool, ctx, trouble);
    }
    give_place(pool);
    return err;
}

/* ---- the line ---- */

static dw_err wait_in_line(struct pg_pool *pool, dw_ctx *ctx, struct pg_conn **out, char *trouble)
{
    struct waiter w = {.fiber = ctx->fiber};
    dw_err err;

    if (pool->n_waiting == LINE) {
        (void)snprintf(trouble, DW__PG_TROUBLE, "too many wait for a connection");
        return DW_UNAVAILABLE;
    }
    dw__list_append(&pool->waiting, &w.link);
    pool->n_waiting++;
    err = dw__ctx_park(ctx, ctx->clock->mono_ns + WAIT_NS);
    if (!w.served) {
        dw__list_remove(&w.link);
        pool->n_waiting--;
        (void)snprintf(trouble, DW__PG_TROUBLE, "no connection was free within 2 seconds");
        return err == DW_CANCELED ? DW_CANCELED : DW_UNAVAILABLE;
    }
    if (!w.conn)
        return open_one(pool, ctx, out, trouble);
    *out = w.conn;
    return DW_OK;
}

dw_err dw__pg_pool_take(struct pg_pool *pool, dw_ctx *ctx, struct pg_conn **out,
                        char trouble[static DW__PG_TROUBLE])
{
    *out = NULL;
    trouble[0] = '\0';
    if (ctx->canceled)
        return DW_CANCELED;
    if (!dw__list_empty(&pool->idle)) {
        *out = DW__LIST_ENTRY(pool->idle.next, struct pg_conn, link);
        take_out(*out);
        return DW_OK;
    }
    if (pool->n < pool->max) {
        pool->n++;
        return open_one(pool, ctx, out, trouble);
    }
    return wait_in_line(pool, ctx, out, trouble);
}

/* One on which something is open would have the next statement wait for an end that nobody brings. */
static bool may_be_lent_again(const struct pg_conn *c)
{
    return !c->broken && PQtransactionStatus(c->pg) == PQTRANS_IDLE;
}

void dw__pg_pool_give(struct pg_pool *pool, struct pg_conn *c)
{
    if (!may_be_lent_again(c)) {
        dw__pg_conn_close(c);
        give_place(pool);
        return;
    }
    if (serve(pool, c))
        return;
    dw__list_append(pool->idle.next, &c->link); /* before the first */
    c->idle = true;
}

/* ---- life ---- */

dw_err dw__pg_pool_init(struct pg_pool *pool, const struct pg_target *target, enum pg_use use)
{
    dw__list_init(&pool->idle);
    dw__list_init(&pool->waiting);
    return dw__pg_params_init(&pool->params, target, use);
}

void dw__pg_pool_release(struct pg_pool *pool)
{
    while (!dw__list_empty(&pool->idle)) {
        struct pg_conn *c = DW__LIST_ENTRY(pool->idle.next, struct pg_conn, link);

        take_out(c);
        pool->n--;
        dw__pg_conn_close(c);
    }
    DW__CHECK(pool->n == 0);
    dw__pg_params_release(&pool->params);
}
