/* os/wait.h -- waits that know their context: deadline and cancellation in one place.
 *
 * dw_sleep, dw_wait_fd and dw_blocking of <dw/ctx.h> are here. Outside a fiber a wait blocks the thread (commands before the
 * loop runs, tests). */
#ifndef DW_OS_WAIT_H
#define DW_OS_WAIT_H

#include "base/ctx.h"
#include "os/fiber.h"

/* Parks ctx's fiber until it is woken, at most until the earlier of `deadline_ns` (0: none) and the context's deadline.  DW_CANCELED
 * at once, or when dw__ctx_cancel comes; DW_TIMEOUT; else what wake was given. The context's fiber must be the running one. */
DW_MUST dw_err dw__ctx_park(dw_ctx *ctx, uint64_t deadline_ns);
/* The same, for what must be carried to its end whatever the client does (an acknowledged commit): ignores cancellation, not `deadline_ns`. */
DW_MUST dw_err dw__ctx_park_uncanceled(dw_ctx *ctx, uint64_t deadline_ns);
/* Marks ctx canceled and wakes its fiber if it waits. */
void dw__ctx_cancel(dw_ctx *ctx);

#endif
