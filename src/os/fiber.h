/* os/fiber.h -- a stack of its own for each request, so that handlers are straight-line code.
 *
 * 128 KiB stacks with 64 KiB guard regions, recycled; a switch saves the callee-saved registers and nothing else.  A fiber is
 * never destroyed from outside: every wait returns an error instead, and it runs to its end. */
#ifndef DW_OS_FIBER_H
#define DW_OS_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/loop.h"
#include <dw/err.h>
#include <dw/types.h>

struct dw_ctx;
struct fiber;
struct fiber_pool;

/* Stacks for at most `max` fibers at a time (bounded by vm.max_map_count too), at most `keep` of them kept when free: the memory of
 * others goes back to the system. DW_UNAVAILABLE without memory; DW_NOT_IMPLEMENTED when the kernel keeps a shadow stack for this
 * thread, which the switch does not know. Pools are made and freed on the loop's thread. */
DW_MUST dw_err dw__fiber_pool_new(struct fiber_pool **out, struct loop *loop, size_t max, size_t keep);
/* No fiber may be alive. */
void dw__fiber_pool_free(struct fiber_pool *pool);
/* Fibers that are alive, and how many there can be. */
size_t dw__fiber_live(const struct fiber_pool *pool);
size_t dw__fiber_max(const struct fiber_pool *pool);
/* Whether dw__fiber_high_water is measured: costs a scan of the unused stack for each fiber that ends, so off at first. */
void dw__fiber_measure(struct fiber_pool *pool, bool on);

/* Runs fn(arg) on a fiber at once, until its first wait or its end; *out (may be NULL) is valid while it lives.  DW_UNAVAILABLE when
 * there are `max` already. */
DW_MUST dw_err dw__fiber_start(struct fiber_pool *pool, void (*fn)(void *arg), void *arg, struct fiber **out);
/* The fiber that is running, or NULL on the loop's own stack. */
struct fiber *dw__fiber_self(void);
/* The loop that `fiber` lives on. */
struct loop *dw__fiber_loop(const struct fiber *fiber);

/* Called before a fiber of this thread gets the processor, and when it has let go of it: for a development server. NULL: nobody watches. */
struct fiber_watch {
    void (*begins)(void), (*ends)(void);
};
void dw__fiber_watch(const struct fiber_watch *watch);

/* Notes for whom the running fiber works, for a crash report and a debugger: `ctx` must live until the fiber ends or says otherwise. */
void dw__fiber_serves(const struct dw_ctx *ctx);
/* What the running fiber noted, or NULL. Async-signal-safe. */
const struct dw_ctx *dw__fiber_ctx(void);

/* Suspends the running fiber until dw__fiber_wake or `deadline_ns` (0: none). Returns what wake was given, or DW_TIMEOUT;
 * DW_UNAVAILABLE without having waited when there is no memory for the timer. errno does not survive. */
DW_MUST dw_err dw__fiber_park(uint64_t deadline_ns);
/* The same, and dw__fiber_interrupt ends it too. */
DW_MUST dw_err dw__fiber_park_interruptible(uint64_t deadline_ns);
/* Makes a parked fiber ready, to return `result`; harmless when it is not parked or already woken. Loop thread only. */
void dw__fiber_wake(struct fiber *fiber, dw_err result);
/* dw__fiber_wake for a fiber in dw__fiber_park_interruptible; nothing for any other. */
void dw__fiber_interrupt(struct fiber *fiber, dw_err result);

/* For a crash report: whether `address` lies in a guard region of a fiber's stack. Async-signal-safe. */
bool dw__fiber_in_guard(const void *address);
/* Deepest use of any stack so far, in bytes (measured when a stack is recycled in development; 0 when not measured). */
size_t dw__fiber_high_water(const struct fiber_pool *pool);

#endif
