/* os/fiber.h -- a stack of its own for each request, so that handlers are straight-line code.
 *
 * 128 KiB stacks with 64 KiB guard regions, recycled; a switch saves the callee-saved registers and nothing else.  A fiber is
 * never destroyed from outside: every wait returns an error instead, and it runs to its end. */
#ifndef DW_OS_FIBER_H
#define DW_OS_FIBER_H

#include <stddef.h>
#include <stdint.h>

#include "os/loop.h"
#include <dw/err.h>
#include <dw/types.h>

struct fiber;
struct fiber_pool;

/* Stacks for at most `max` fibers at a time (bounded by vm.max_map_count too), at most `keep` of them kept when free. */
DW_MUST dw_err dw__fiber_pool_new(struct fiber_pool **out, struct loop *loop, size_t max, size_t keep);
void dw__fiber_pool_free(struct fiber_pool *pool);

/* Runs fn(arg) on a fiber at once, until its first wait or its end; *out (may be NULL) is valid while it lives.  DW_UNAVAILABLE when
 * there are `max` already. */
DW_MUST dw_err dw__fiber_start(struct fiber_pool *pool, void (*fn)(void *arg), void *arg, struct fiber **out);
/* The fiber that is running, or NULL on the loop's own stack. */
struct fiber *dw__fiber_self(void);

/* Suspends the running fiber until dw__fiber_wake or `deadline_ns` (0: none). Returns what wake was given, or DW_TIMEOUT. */
DW_MUST dw_err dw__fiber_park(uint64_t deadline_ns);
/* Makes a parked fiber ready, to return `result`; harmless when it is not parked or already woken. Loop thread only. */
void dw__fiber_wake(struct fiber *fiber, dw_err result);

/* For a crash report: whether `address` lies in a guard region of a fiber's stack. Async-signal-safe. */
bool dw__fiber_in_guard(const void *address);
/* Deepest use of any stack so far, in bytes (measured when a stack is recycled in development; 0 when not measured). */
size_t dw__fiber_high_water(const struct fiber_pool *pool);

#endif
