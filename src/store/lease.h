/* store/lease.h -- a transaction that a worker runs statement by statement, while the store waits for nobody else.
 *
 * It is a loan of the whole database for writing, so it ends by itself: after DW__LEASE_NS (in tests another time), whatever the worker does, and with the worker.
 * What the worker says of it is believed in nothing: it names the lease that is open, in the order that savepoints have, and statements of
 * the inventory. */
#ifndef DW_STORE_LEASE_H
#define DW_STORE_LEASE_H

#include "store/batch.h"
#include "store/tx.h"

#define DW__LEASE_NS UINT64_C(50000000)

struct lease {
    struct sql_handle *h;
    const struct sql_inventory *inv;
    struct log *log;
    uint64_t most_ns; /* how long it may be */
    bool open;
    size_t ring;     /* whose it is */
    uint16_t number; /* what its worker calls it */
    uint64_t until_ns;
    unsigned depth;            /* savepoints */
    bool spoilt[DW__TX_DEPTH]; /* by depth: a statement failed, so that it cannot be kept */
    bool (*is_canceled)(void *self, size_t ring, uint32_t id);
    void *self;
    uint32_t running; /* the message that runs */
    char message[DW__RING_MESSAGE];
    char rows[DW__RING_MESSAGE - DW__ANSWER_HEAD];
};

/* Does what the message of n bytes in lease->message says, from `ring`. *head and *rows are the answer, which may be published at once; DW_INTERNAL
 * when it is not what the inventory says: there is no answer then. Wipes the message. */
DW_MUST dw_err dw__lease_serve(struct lease *l, size_t ring, size_t n, struct answer *head, dw_text *rows);
/* When the rows have been copied. */
void dw__lease_wipe(struct lease *l, dw_text rows);
/* Undoes it, if it is open; `why` is for the log, or NULL. */
void dw__lease_end(struct lease *l, const char *why);

#endif
