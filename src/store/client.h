/* store/client.h -- what the two kinds of client share: for the files of this room. */
#ifndef DW_STORE_CLIENT_H
#define DW_STORE_CLIENT_H

#include "store/sqlite.h"

#define DW__SQL_CLIENT_MAGIC 0x53514c43u

/* One statement, checked: it is in the inventory, the context may run it, its values fit. */
struct sql_call {
    size_t index;
    const struct sql_statement *st;
    const struct sql_value *values;
    enum sql_want want;
    struct sql_collect collect; /* where its rows go */
    int64_t changes;
};

struct sql_tx;
struct sql_client_ops {
    /* Runs a statement that only reads, once: run->again tells when another try may help. Required. */
    dw_err (*read)(struct sql_client *c, dw_ctx *ctx, struct sql_call *call, struct sql_run *run);
    /* Runs a statement that writes. Required. */
    dw_err (*write)(struct sql_client *c, dw_ctx *ctx, struct sql_call *call);
    /* DW_OK when writes can be expected to work. Required. */
    dw_err (*ready)(struct sql_client *c);
    /* Frees the client. Required. */
    void (*free)(struct sql_client *c);
    /* Runs any statement, and says itself what is to be said: of a client that has no handle, in place of read and write. */
    dw_err (*run)(struct sql_client *c, dw_ctx *ctx, struct sql_call *call);
    /* Does `act` (enum tx_act) in the transaction tx (the whole, see store/tx.h), which it opens when tx->open is false; `call` is the statement of TX_RUN. Says
     * itself what is to be said of a statement, and puts what is to be said of the rest into tx->trouble. When the transaction is lost, tx->open is false
     * when it returns; so it is after TX_COMMIT and TX_ROLLBACK. Required. */
    dw_err (*in_tx)(struct sql_client *c, dw_ctx *ctx, struct sql_tx *tx, unsigned act,
                    struct sql_call *call);
    /* DW_OK when the database answers, which may be waited for on ctx: in place of a look at the handle, and ready. */
    dw_err (*answers)(struct sql_client *c, dw_ctx *ctx);
};

/* The first member of each kind. */
struct sql_client {
    unsigned magic;
    const struct sql_client_ops *ops;
    struct sql_handle *h; /* borrowed; NULL where ops->run is */
    const struct sql_inventory *inv;
};

/* Runs a statement that only reads; waits a little, on ctx, for a database that is about to be ready. */
DW_MUST dw_err dw__client_read(struct sql_client *c, dw_ctx *ctx, struct sql_call *call);
/* Nanoseconds that ctx has left, at most `most` (0: no bound, and 0 is then also the answer for a context without a
 * deadline). DW_CANCELED or DW_TIMEOUT when it has none. */
DW_MUST dw_err dw__client_budget(const dw_ctx *ctx, uint64_t most, uint64_t *budget_ns);
/* Says in the log that a statement failed in a way that a client of ours did not cause. */
void dw__client_event(const dw_ctx *ctx, const struct sql_statement *st, dw_err err, const char *why);

#endif
