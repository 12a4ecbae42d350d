/* dw/tx.h -- several statements as one: all of them are there, or none is.
 *
 *     dw_err err;
 *
 *     DW_TX(ctx, &err)
 *     {
 *         err = DW_ONE(ctx, account_take, in, &from);
 *         if (err == DW_OK)
 *             err = DW_ONE(ctx, account_give, in, &to);
 *     }
 *     return err;
 *
 * The transaction ends with the block, however that is left; there is no call that could be forgotten.  At its end (or at
 * `continue`) it is committed, and on disk when the next line runs, unless `err` is not DW_OK or a statement in it failed: then nothing of it
 * is there, and `err` says why.  `return`, `goto` and `break` undo it.  One that is left so without an error is a mistake of the program: `err` is then
 * DW_INTERNAL, and a handler that returns DW_OK out of it is answered 500.
 *
 * Statements see what those before them in the block did, and nobody else does before the end.  One that fails (DW_NOT_FOUND is no
 * failure) spoils its block: those after it return the same error.  A block in a block is a savepoint: undone alone, or part of the outer.
 *
 * While it is open a transaction keeps others from writing, so it is short: about 50 ms on SQLite, then it is undone and the next
 * statement, or the end, is DW_UNAVAILABLE.  Only the database may be waited for in it: dw_sleep, dw_blocking, a password, the body or a
 * slow client make it DW_INTERNAL.  A GET or HEAD handler cannot open one. */
#ifndef DW_TX_H
#define DW_TX_H

#include "err.h"
#include "types.h"

struct sql_tx;

typedef struct dw_tx {
    dw_ctx *ctx;
    dw_err *err;
    bool repeatable;
    struct sql_tx *inside; /* NULL: not open */
} dw_tx;

/* Opens the transaction, or ends it; whether the block is to be run (again). */
bool dw_x_tx_next(dw_tx *tx);
/* Undoes it if it is still open. */
void dw_x_tx_leave(dw_tx *tx);

#ifndef __cplusplus
/* `ctx` is a dw_ctx *, `err` a dw_err *; both are looked at until the block has ended. */
#define DW_TX(ctx, err) DW__TX((ctx), (err), false, __LINE__)
/* The same for a block that may run several times, because nothing in it but the database keeps what it did: when the database finds it in conflict with
 * another transaction, or the time is up, it is undone and run again, a few times. For that it must come to its end, or `continue`. */
#define DW_TX_REPEATABLE(ctx, err) DW__TX((ctx), (err), true, __LINE__)

#define DW__TX(ctx_, err_, repeatable_, line) DW__TX_(ctx_, err_, repeatable_, line)
#define DW__TX_(ctx_, err_, repeatable_, line)                                                      \
    for (dw_tx dw_tx_of_##line __attribute__((cleanup(dw_x_tx_leave))) = {_Generic((ctx_), dw_ctx * \
                                                                                   : (ctx_)),       \
                                                                          _Generic((err_), dw_err * \
                                                                                   : (err_)),       \
                                                                          repeatable_, (void *)0};  \
         dw_x_tx_next(&dw_tx_of_##line);)
#endif

#endif
