/* os/wait.c -- waiting on behalf of a context.
 *
 * Every wait of a request ends here, so that deadline and cancellation are looked at in one place: before it (what is over
 * does not begin to wait), and by being woken.  A wait that ends early leaves nothing behind that could wake the fiber later. */
#include "os/wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/check.h"
#include "os/pool.h"

/* The earlier of two points in time, of which 0 means none. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a | b;
    return a < b ? a : b;
}

static uint64_t add_ms(uint64_t ns, uint64_t ms)
{
    return ms > (UINT64_MAX - ns) / 1000000 ? UINT64_MAX : ns + ms * 1000000;
}

dw_err dw__ctx_park(dw_ctx *ctx, uint64_t deadline_ns)
{
    DW__CHECK(ctx->fiber != NULL && ctx->fiber == dw__fiber_self());
    dw_err err = dw__ctx_may_wait(ctx);
    if (err != DW_OK)
        return err;
    if (ctx->canceled)
        return DW_CANCELED;
    deadline_ns = earlier(deadline_ns, ctx->deadline_ns);
    if (deadline_ns != 0 && deadline_ns <= ctx->clock->mono_ns)
        return DW_TIMEOUT;
    return dw__fiber_park_interruptible(deadline_ns);
}

dw_err dw__ctx_park_uncanceled(dw_ctx *ctx, uint64_t deadline_ns)
{
    DW__CHECK(ctx->fiber != NULL && ctx->fiber == dw__fiber_self());
    if (deadline_ns != 0 && deadline_ns <= ctx->clock->mono_ns)
        return DW_TIMEOUT;
    return dw__fiber_park(deadline_ns);
}

void dw__ctx_cancel(dw_ctx *ctx)
{
    ctx->canceled = true;
    if (ctx->fiber != NULL)
        dw__fiber_interrupt(ctx->fiber, DW_CANCELED);
}

/* ---- outside a fiber: the thread waits ---- */

/* The clock of the context stands still while no loop turns. */
static uint64_t thread_now_ns(void)
{
    struct timespec ts;
    DW__CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* poll(2) on `fd` (-1: on nothing) until it is ready, or DW_TIMEOUT at `until_ns` (0: never). */
static dw_err thread_poll(int fd, short events, uint64_t until_ns)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        int ms = -1;
        if (until_ns != 0) {
            uint64_t now = thread_now_ns();
            if (now >= until_ns)
                return DW_TIMEOUT;
            uint64_t left = (until_ns - now - 1) / 1000000 + 1;
            ms = left > INT_MAX ? INT_MAX : (int)left;
        }
        int n = poll(&p, 1, ms);
        if (n > 0)
            return (p.revents & POLLNVAL) != 0 ? DW_INTERNAL : DW_OK;
        if (n < 0 && errno != EINTR)
            return DW_INTERNAL;
    }
}

/* ---- <dw/ctx.h> ---- */

dw_err dw_sleep(dw_ctx *ctx, uint64_t ms)
{
    dw_err refused = dw__ctx_may_wait(ctx);
    if (refused != DW_OK)
        return refused;
    if (ctx->canceled)
        return DW_CANCELED;
    if (ctx->fiber == NULL) {
        uint64_t end = add_ms(thread_now_ns(), ms);
        bool cut = ctx->deadline_ns != 0 && ctx->deadline_ns < end;
        dw_err err = thread_poll(-1, 0, cut ? ctx->deadline_ns : end);
        return err == DW_TIMEOUT && !cut ? DW_OK : err;
    }
    uint64_t end = add_ms(ctx->clock->mono_ns, ms);
    bool cut = ctx->deadline_ns != 0 && ctx->deadline_ns < end;
    dw_err err = ms == 0 && !cut ? dw__fiber_park_interruptible(end) : dw__ctx_park(ctx, end);
    return err == DW_TIMEOUT && !cut ? DW_OK : err;
}

struct fd_wait {
    struct io io;
    struct fiber *fiber;
};

static void on_fd(struct io *io, uint32_t events)
{
    (void)events;
    dw__fiber_wake(DW__LIST_ENTRY(io, struct fd_wait, io)->fiber, DW_OK);
}

dw_err dw_wait_fd(dw_ctx *ctx, int fd, unsigned events, uint64_t deadline_ns)
{
    dw_err refused = dw__ctx_may_wait(ctx);
    if (refused != DW_OK)
        return refused;
    if (ctx->canceled)
        return DW_CANCELED;
    bool in = (events & DW_READABLE) != 0, out = (events & DW_WRITABLE) != 0;
    if (ctx->fiber == NULL)
        return thread_poll(fd, (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)),
                           earlier(deadline_ns, ctx->deadline_ns));
    struct loop *loop = dw__fiber_loop(ctx->fiber);
    struct fd_wait wait = {.io = {.fn = on_fd, .fd = fd}, .fiber = ctx->fiber};
    dw_err err = dw__loop_watch(loop, &wait.io, (in ? EPOLLIN | EPOLLRDHUP : 0u) | (out ? EPOLLOUT : 0u));
    if (err != DW_OK)
        return errno == EPERM ? DW_OK : err; /* a regular file is always ready, as poll(2) has it */
    err = dw__ctx_park(ctx, deadline_ns);
    (void)!dw__loop_watch(loop, &wait.io, 0);
    return err;
}

dw_err dw_blocking(dw_ctx *ctx, void (*fn)(void *arg), void *arg, size_t arg_size)
{
    dw_err refused = dw__ctx_may_wait(ctx);
    if (refused != DW_OK)
        return refused;
    if (ctx->canceled)
        return DW_CANCELED;
    if (ctx->services == NULL || ctx->services->blocking == NULL) {
        fn(arg);
        return DW_OK;
    }
    return dw__pool_run(ctx->services->blocking, ctx, fn, arg, arg_size);
}
