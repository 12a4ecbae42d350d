/* store/reader.h -- how a worker reads: on its loop, on one read-only handle. See reader.c. */
#ifndef DW_STORE_READER_H
#define DW_STORE_READER_H

#include "os/loop.h"
#include "store/client.h"

struct reader;

/* Reads on h (borrowed, read-only, prepared) between the turns of `loop`. */
DW_MUST dw_err dw__reader_new(struct reader **out, struct sql_handle *h, struct loop *loop);
void dw__reader_free(struct reader *r);
/* Runs `call` once, as sql_client_ops.read; run->budget_ns is what its context has left. */
DW_MUST dw_err dw__reader_run(struct reader *r, dw_ctx *ctx, struct sql_call *call, struct sql_run *run);

#endif
