/* store/pg_conn.h -- one connection on a loop, and one statement at a time on it: for the files of this room. */
#ifndef DW_STORE_PG_CONN_H
#define DW_STORE_PG_CONN_H

#include "os/loop.h"
#include "os/wait.h"
#include "store/client.h"
#include "store/pg_inside.h"

struct pg_conn {
    struct list link; /* in its pool, while nobody uses it */
    struct loop *loop;
    PGconn *pg;
    struct io io;
    struct fiber *fiber; /* who waits for it; NULL: nobody */
    bool broken;
    bool idle;                             /* in its pool, and then: */
    void (*idle_input)(struct pg_conn *c); /* something came meanwhile */
    void *owner;
    Oid *types; /* of the parameters of every statement that is prepared, as they are on this connection */
    uint64_t prepared[]; /* a bit for each statement, and one for that of readiness */
};

/* Connects, until `until_ns` at most; waits on ctx's fiber. DW_CANCELED, DW_TIMEOUT; DW_UNAVAILABLE, DW_DENIED with a line in `trouble`. */
DW_MUST dw_err dw__pg_conn_open(struct pg_conn **out, const struct pg_params *params,
                                const struct pg_statements *all, dw_ctx *ctx, uint64_t until_ns,
                                char trouble[static DW__PG_TROUBLE]);
void dw__pg_conn_close(struct pg_conn *c);

/* One statement. */
struct pg_run {
    const struct pg_statement *statement;
    size_t index;
    struct sql_call *call;
    bool reads;  /* there is nothing to undo when its rows are refused */
    bool in_tx;  /* its transaction is ended by somebody else … */
    bool begins; /* … and begun by it */
    /* results */
    bool unknown;                 /* it may have been done, whatever is returned */
    bool again;                   /* it was not done, and another try may help */
    char trouble[DW__PG_TROUBLE]; /* for the log; "": nothing to say */
};

/* Runs it on ctx's fiber. What cannot be waited for any longer breaks the connection, and the server then stops it. */
DW_MUST dw_err dw__pg_conn_run(struct pg_conn *c, dw_ctx *ctx, struct pg_run *run);

/* Runs `n` commands of ours that give no rows, one behind the other; with `commits` the last is the end of a transaction. As dw__pg_conn_run. */
DW_MUST dw_err dw__pg_conn_say(struct pg_conn *c, dw_ctx *ctx, const char *const *commands, size_t n,
                               bool commits, struct pg_run *run);

#endif
