/* store/read_threads.h -- reads that would hold the loop too long, on threads with handles of their own. */
#ifndef DW_STORE_READ_THREADS_H
#define DW_STORE_READ_THREADS_H

#include "os/loop.h"
#include "store/client.h"

/* Threads, and reads that may wait for one. */
#define DW__READ_THREADS 4u
#define DW__READ_QUEUE 64u

struct read_threads;

/* Threads that read as `like` (borrowed) does, each on a handle that it opens when it is first needed. */
DW_MUST dw_err dw__read_threads_new(struct read_threads **out, const struct sql_handle *like,
                                    struct loop *loop);
/* After the last fiber that waits; before the loop is freed. */
void dw__read_threads_free(struct read_threads *t);
/* Runs `call` once as sql_client_ops.read, and suspends ctx meanwhile.  The statement is stopped when ctx is over. DW_UNAVAILABLE also when too many
 * wait already. Rows are collected when all have come. */
DW_MUST dw_err dw__read_threads_run(struct read_threads *t, dw_ctx *ctx, struct sql_call *call,
                                    struct sql_run *run);

#endif
