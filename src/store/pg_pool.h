/* store/pg_pool.h -- a few connections of one kind, lent to one statement at a time: for the files of this room. */
#ifndef DW_STORE_PG_POOL_H
#define DW_STORE_PG_POOL_H

#include "store/pg_conn.h"

/* Whether the server can be reached, as those who tried found out: shared by the pools of a client. */
struct pg_health {
    struct log *log;
    uint64_t away_until_ns; /* nobody tries before; 0: it is not away */
    uint64_t pause_ns;
    uint64_t well_ns; /* when a statement was last answered */
    bool away;
};

struct pg_pool {
    struct pg_params params;
    struct pg_health *health;
    struct loop *loop;
    const struct pg_statements *statements;
    unsigned max, n;  /* n are open or about to be */
    struct list idle; /* the one used last is first */
    struct list waiting;
    unsigned n_waiting;
};

DW_MUST dw_err dw__pg_pool_init(struct pg_pool *pool, const struct pg_target *target, enum pg_use use);
/* Nobody may be using a connection. */
void dw__pg_pool_release(struct pg_pool *pool);

/* Lends a connection that works as far as is known, opens one, or waits in line: two seconds at most, and not longer than ctx may.
 * DW_UNAVAILABLE with a line in `trouble` when the line is too long, or nobody answers; DW_CANCELED, DW_TIMEOUT. */
DW_MUST dw_err dw__pg_pool_take(struct pg_pool *pool, dw_ctx *ctx, struct pg_conn **out,
                                char trouble[static DW__PG_TROUBLE]);
/* Takes it back; what is broken is closed, and so is one whose server does not say that no transaction is open on it. */
void dw__pg_pool_give(struct pg_pool *pool, struct pg_conn *c);

#endif
