/* store/reader.h -- how a worker reads: on its loop, or beside it when that takes long. See reader.c. */
#ifndef DW_STORE_READER_H
#define DW_STORE_READER_H

#include "os/loop.h"
#include "store/client.h"

/* How long a read may hold the loop. */
#define DW__READ_ON_LOOP_NS UINT64_C(10000000)

struct reader;

/* Reads on h (borrowed, read-only, prepared with inv) between the turns of `loop`, and on handles like it in threads. */
DW_MUST dw_err dw__reader_new(struct reader **out, struct sql_handle *h, const struct sql_inventory *inv,
                              struct loop *loop);
/* When no fiber waits any more. */
void dw__reader_free(struct reader *r);
/* Runs `call` once, as sql_client_ops.read; run->budget_ns is what its context has left. */
DW_MUST dw_err dw__reader_run(struct reader *r, dw_ctx *ctx, struct sql_call *call, struct sql_run *run);
/* How many reads were stopped on the loop: for tests. */
size_t dw__reader_moves(const struct reader *r);

#endif
