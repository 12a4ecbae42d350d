/* dw/ctx.h -- one context serves requests, commands and tests.
 *
 * It carries the arena, the deadline, the principal, the database and what log lines say about whom they are for.  Helpers
 * take a dw_ctx, so that the same code serves all.  Waiting is invisible: a call that waits suspends the fiber it is on,
 * never the loop, and returns DW_TIMEOUT or DW_CANCELED when time is up, the client has left or the server drains. */
#ifndef DW_CTX_H
#define DW_CTX_H

#include "err.h"
#include "types.h"

/* The context of `req`; lives as long as it. */
dw_ctx *dw_req_ctx(dw_req *req);

/* n bytes, aligned for any type and zeroed, that die with the context.  NULL when the context's memory limit is reached. */
void *dw_alloc(dw_ctx *ctx, size_t n) __attribute__((malloc, alloc_size(2)));

/* Formats into the context's memory; a text of length 0 when there is no memory. */
dw_text dw_format(dw_ctx *ctx, const char *fmt, ...) DW_PRINTF(2, 3);

/* Calls fn(p) when the context ends, whatever ends it; the last deferred is called first. DW_UNAVAILABLE when there is no
 * memory to remember it: fn has then been called at once. */
DW_MUST dw_err dw_defer(dw_ctx *ctx, void (*fn)(void *p), void *p);

/* Nanoseconds on the monotonic clock, and Unix time in seconds, as read once for this turn of the loop. */
uint64_t dw_now_ns(const dw_ctx *ctx);
int64_t dw_now_unix(const dw_ctx *ctx);

/* Whether this is a development server (ENV=development): for what must not exist on any other. */
bool dw_in_development(const dw_ctx *ctx);

/* The whole address of `path`, a path of this server with a query or without, for what is read elsewhere: a mail, a document, an answer to another program. It is CANONICAL_ORIGIN and the path,
 * never the Host that somebody sent, so it is the same in a request, a job and a command. A text of length 0 where CANONICAL_ORIGIN is not set, for what dw_local_target would
 * not let through, and without memory. */
dw_text dw_url_of(dw_ctx *ctx, dw_text path);

/* Suspends for `ms` milliseconds. DW_OK, DW_TIMEOUT, DW_CANCELED. */
DW_MUST dw_err dw_sleep(dw_ctx *ctx, uint64_t ms);

#define DW_READABLE 1u
#define DW_WRITABLE 2u
/* Suspends until `fd` is readable or writable (DW_READABLE | DW_WRITABLE) or has failed, at most until `deadline_ns` on the
 * monotonic clock (0: only the context's own deadline).  The primitive that client libraries stand on. */
DW_MUST dw_err dw_wait_fd(dw_ctx *ctx, int fd, unsigned events, uint64_t deadline_ns);

/* Runs fn(arg) on a bounded pool of threads and suspends until it is done.  fn must not touch ctx.  DW_UNAVAILABLE when the
 * queue is full.  When the wait is cut short (DW_TIMEOUT, DW_CANCELED) fn may still run: arg must outlive it, which is
 * why `arg_size` bytes of it are copied, and copied back on success. On a route with .at_once the wait is not cut short
 * while fn runs: its place is taken until then. */
DW_MUST dw_err dw_blocking(dw_ctx *ctx, void (*fn)(void *arg), void *arg, size_t arg_size);

/* `n` random bytes from the operating system's generator (buffered, fork-safe). Never fails: aborts when there is none. */
void dw_random(void *out, size_t n);

#endif
