/* store/batch.h -- what shares one transaction of the store: units as they came, and what becomes of each.
 *
 * Units are run as they are taken, without savepoints: SQLite itself undoes one that a constraint refuses.  One that fails in any other
 * way may cost the transaction: it is then undone as a whole, and all but the one who did it are run again, from their
 * messages, each in a savepoint.  So that a unit fails alone, whatever it does, and the usual one is not charged for it. */
#ifndef DW_STORE_BATCH_H
#define DW_STORE_BATCH_H

#include "base/log.h"
#include "store/ring.h"
#include "store/sqlite.h"

#define DW__BATCH_UNITS 256u
#define DW__BATCH_BYTES (4 * DW__RING_MESSAGE)

/* A unit of the batch. */
struct member {
    size_t ring;
    uint32_t id;
    dw_err refused; /* not DW_OK: what it hears; nothing of it is there, and it is not run again */
    dw_text message;
};

/* What a batch asks of its owner; all required. */
struct batch_ops {
    /* Puts an answer of a head and encoded rows where it can still be taken back. */
    void (*answer)(void *self, const struct member *m, const struct answer *head, dw_text rows);
    /* Takes back all answers since the batch began. */
    void (*take_back)(void *self);
    /* Whether its worker does not want m any more. Asked while it runs. */
    bool (*is_canceled)(void *self, const struct member *m);
};

struct batch {
    struct sql_handle *h;
    const struct sql_inventory *inv;
    struct log *log;
    const struct batch_ops *ops;
    void *self;
    uint64_t now_ns; /* when the last unit ended, or the batch began */
    size_t n, used;
    struct member members[DW__BATCH_UNITS];
    char bytes[DW__BATCH_BYTES]; /* the messages */
    char rows[DW__RING_MESSAGE - DW__ANSWER_HEAD];
};

/* An empty batch. */
void dw__batch_begin(struct batch *b);
/* Where the next message may be put, of DW__RING_MESSAGE bytes at most; NULL when the batch is full. */
char *dw__batch_place(struct batch *b);
/* Takes the message of n bytes that was put there, from `ring`, and runs it.  DW_OK when all is well with the batch, whatever became of the unit;
 * DW_INTERNAL when it is not what the inventory says: it is not in the batch; DW_CONFLICT when others had to be run again: it must be
 * committed now; DW_UNAVAILABLE when nothing of the batch can be; DW_NOT_IMPLEMENTED when it is for a transaction of its worker's own (store/lease.h):
 * it is not in the batch, and where it was put until that ends. */
DW_MUST dw_err dw__batch_run(struct batch *b, size_t ring, size_t n);
/* Commits when `whole`. False, with a sentence in `trouble` or "": nothing of it is on the disk, and everybody's answer says so. */
DW_MUST bool dw__batch_commit(struct batch *b, bool whole, char *trouble);
/* Forgets what was in it; what was brought is wiped. */
void dw__batch_end(struct batch *b);

#endif
