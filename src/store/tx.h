/* store/tx.h -- a transaction of several statements, as the clients of the databases see it: for the files of this room. */
#ifndef DW_STORE_TX_H
#define DW_STORE_TX_H

#include "store/client.h"

/* How deep blocks may stand in each other: one transaction, and savepoints in it. */
#define DW__TX_DEPTH 8u

/* What becomes of a transaction. The database hears of it with the first of these but the last two. */
enum tx_act {
    TX_NONE, /* a statement by itself */
    TX_RUN,  /* a statement in it */
    TX_SAVEPOINT,
    TX_RELEASE, /* the innermost savepoint is part of what is around it */
    TX_UNDO,    /* … or nothing since it is there */
    TX_COMMIT,
    TX_ROLLBACK,
    TX_ACTS
};

/* One block. */
struct sql_tx {
    struct sql_tx *outer; /* NULL: the transaction itself */
    unsigned depth;
    dw_err spoilt; /* not DW_OK: a statement failed, and nothing runs in it any more */
    unsigned rounds;
    /* of the transaction itself: */
    bool open;  /* the database knows of it */
    bool again; /* another round may fare better */
    void *held; /* the client's: what it is lent for the transaction */
    uint32_t number;
    char trouble[DW__SQL_TROUBLE]; /* what is to be said if it is given up */
};

/* The transaction that the block is in. */
static inline struct sql_tx *dw__tx_whole(struct sql_tx *tx)
{
    while (tx->outer)
        tx = tx->outer;
    return tx;
}

/* Runs a statement in the innermost block of ctx. */
DW_MUST dw_err dw__tx_run(struct sql_client *c, dw_ctx *ctx, struct sql_call *call);

#endif
