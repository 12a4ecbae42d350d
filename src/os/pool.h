/* os/pool.h -- a bounded queue and a few threads for what would hold the loop: Argon2, blocking libraries.
 *
 * A thread has a stack of 1 MiB. One that uses it up, or crashes otherwise, is in the crash report with the request that it worked for. */
#ifndef DW_OS_POOL_H
#define DW_OS_POOL_H

#include "base/ctx.h"
#include "os/loop.h"

struct pool;

/* `threads` threads (names begin with `name`, 11 characters of it) at niceness `nice_by` (0 to 19), with at most `queue` jobs waiting.
 * Completions arrive on `loop`, which is freed after the pool. DW_UNAVAILABLE without memory or threads. */
DW_MUST dw_err dw__pool_new(struct pool **out, struct loop *loop, const char *name, unsigned threads,
                            unsigned queue, int nice_by);
/* Waits for running jobs, drops waiting ones (their waits return DW_CANCELED), joins the threads. */
void dw__pool_free(struct pool *pool);

/* Runs fn on `size` bytes copied from arg and suspends ctx until done; then they are copied back and wiped in the pool's copy.
 * DW_UNAVAILABLE when the queue is full; DW_TIMEOUT, DW_CANCELED: fn may still run, on the copy.
 * Outside a fiber fn runs in place. arg's pointers are not followed: what they point to must outlive fn. */
DW_MUST dw_err dw__pool_run(struct pool *pool, dw_ctx *ctx, void (*fn)(void *arg), void *arg, size_t size);

/* For work that can be told to stop: runs fn on `arg` itself and suspends ctx until fn has returned, or is known never to begin; so all
 * that fn uses may end with the caller.  When ctx is over first, *stop becomes true, and fn must look at it every few milliseconds.
 * DW_OK: fn ran. DW_UNAVAILABLE: the queue is full. DW_TIMEOUT, DW_CANCELED: ctx is over; fn did not run, or was told to stop. */
DW_MUST dw_err dw__pool_run_stoppable(struct pool *pool, dw_ctx *ctx, void (*fn)(void *arg), void *arg,
                                      _Atomic bool *stop);

#endif
