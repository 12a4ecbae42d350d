/* os/lag.c -- see lag.h. */
#include "os/lag.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static uint64_t now_of(const struct lag *lag)
{
    return dw__loop_clock(lag->loop)->mono_ns;
}

void dw__lag_begin(struct lag *lag)
{
    lag->due_ns = now_of(lag) + DW__LAG_BEAT_MS * UINT64_C(1000000);
    lag->beating = dw__timer_set(lag->loop, &lag->timer, lag->due_ns) == DW_OK;
}

static void on_event(struct io *io, uint32_t events)
{
    struct lag *lag = DW__LIST_ENTRY(io, struct lag, event);
    bool worked = lag->worked;

    (void)events;
    if (!lag->beating)
        return;
    lag->worked = false;
    lag->beating = false;
    if (lag->heard(lag->self, now_of(lag) - lag->due_ns) || worked)
        dw__lag_begin(lag);
}

/* The event comes behind those that are ready now. Edge-triggered and never read, as the loop's own. */
static void on_timer(struct timer *timer)
{
    struct lag *lag = DW__LIST_ENTRY(timer, struct lag, timer);

    if (write(lag->event.fd, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        lag->beating = false;
}

dw_err dw__lag_open(struct lag *lag, struct loop *loop, bool (*heard)(void *self, uint64_t lag_ns),
                    void *self)
{
    dw_err err;

    *lag = (struct lag){.loop = loop,
                        .timer = {.fn = on_timer},
                        .event = {.fn = on_event, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)},
                        .heard = heard,
                        .self = self};
    if (lag->event.fd < 0)
        return DW_UNAVAILABLE;
    err = dw__loop_watch(loop, &lag->event, EPOLLIN | EPOLLET);
    if (err != DW_OK)
        (void)close(lag->event.fd);
    return err;
}

void dw__lag_close(struct lag *lag)
{
    if (lag->loop == NULL)
        return;
    dw__timer_clear(lag->loop, &lag->timer);
    (void)!dw__loop_watch(lag->loop, &lag->event, 0);
    (void)close(lag->event.fd);
    lag->loop = NULL;
}
