/* os/loop.c -- one epoll loop: the only place where a process waits.
 *
 * The order of a turn is its contract (os/loop.h).  Each phase takes what was there when it began: what is made ready by a
 * ready task, or set for now by a timer, waits for the next turn, so that no source can starve another.
 *
 * An event carries a pointer to its io, and an io may be freed by any callback.  So removing one strikes its events from the
 * batch that was fetched and not yet handled.  That scan is at most BATCH words, and only in a turn that removes.
 *
 * Other threads reach the loop by dw__loop_post alone: a lock-free stack of posts that the loop takes whole, and an eventfd
 * written by whoever found the stack empty. */
#include "os/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "os/timer.h"

#define MAGIC 0x4c4f4f50u
#define BATCH 64

struct loop {
    uint32_t magic;
    int epfd;
    bool stop, running;
    struct clock clock;
    struct timers timers;
    struct list ready, at_end;
    size_t n_watched, n_held;
    struct io wake; /* the eventfd; edge-triggered and never read */
    _Atomic(struct post *) posts;
    int n_events, next_event;
    struct epoll_event events[BATCH];
};

static void on_wake(struct io *io, uint32_t events)
{
    (void)io;
    (void)events;
}

dw_err dw__loop_new(struct loop **out)
{
    *out = NULL;
    struct loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL)
        return DW_UNAVAILABLE;
    loop->epfd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epfd < 0)
        goto err1;
    loop->wake = (struct io){.fn = on_wake, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (loop->wake.fd < 0)
        goto err2;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = &loop->wake};
    if (epoll_ctl(loop->epfd, EPOLL_CTL_ADD, loop->wake.fd, &event) != 0)
        goto err3;
    loop->wake.events = event.events;
    dw__timers_init(&loop->timers);
    dw__list_init(&loop->ready);
    dw__list_init(&loop->at_end);
    dw__clock_read(&loop->clock);
    loop->magic = MAGIC;
    *out = loop;
    return DW_OK;

err3:
    close(loop->wake.fd);
err2:
    close(loop->epfd);
err1:
    free(loop);
    return DW_UNAVAILABLE;
}

/* ---- descriptors ---- */

static void strike(struct loop *loop, const struct io *io)
{
    for (int i = loop->next_event; i < loop->n_events; i++)
        if (loop->events[i].data.ptr == io)
            loop->events[i].data.ptr = NULL;
}

static void unwatch(struct loop *loop, struct io *io)
{
    if (io->events == 0)
        return;
    /* EBADF and ENOENT: closed before it was removed, which removed it. */
    (void)epoll_ctl(loop->epfd, EPOLL_CTL_DEL, io->fd, NULL);
    strike(loop, io);
    io->events = 0;
    loop->n_watched--;
}

dw_err dw__loop_watch(struct loop *loop, struct io *io, uint32_t events)
{
    DW__MAGIC(loop, MAGIC);
    if (events == 0) {
        unwatch(loop, io);
        return DW_OK;
    }
    if (io->events == events)
        return DW_OK;
    struct epoll_event event = {.events = events, .data.ptr = io};
    if (epoll_ctl(loop->epfd, io->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, io->fd, &event) != 0)
        return errno == ENOSPC || errno == ENOMEM ? DW_UNAVAILABLE : DW_INTERNAL;
    if (io->events == 0)
        loop->n_watched++;
    io->events = events;
    return DW_OK;
}

static void handle_events(struct loop *loop)
{
    while (loop->next_event < loop->n_events) {
        const struct epoll_event *event = &loop->events[loop->next_event++];
        struct io *io = event->data.ptr;
        if (io == NULL)
            continue;
        /* What was fetched may no longer be wanted. Errors always are: epoll(7) does not let one mask them. */
        uint32_t events = event->events & (io->events | EPOLLERR | EPOLLHUP);
        if (events != 0)
            io->fn(io, events);
    }
    loop->next_event = loop->n_events = 0;
}

/* ---- timers ---- */

dw_err dw__timer_set(struct loop *loop, struct timer *timer, uint64_t at_ns)
{
    DW__MAGIC(loop, MAGIC);
    return dw__timers_set(&loop->timers, timer, at_ns);
}

void dw__timer_clear(struct loop *loop, struct timer *timer)
{
    DW__MAGIC(loop, MAGIC);
    dw__timers_clear(&loop->timers, timer);
}

static void run_timers(struct loop *loop)
{
    /* No more than there were: one that sets itself for now does not hold the turn. */
    for (size_t left = loop->timers.n; left > 0; left--) {
        struct timer *timer = dw__timers_due(&loop->timers, loop->clock.mono_ns);
        if (timer == NULL)
            return;
        timer->fn(timer);
    }
}

/* ---- tasks ---- */

void dw__task_init(struct task *task, void (*fn)(struct task *task))
{
    dw__list_init(&task->link);
    task->fn = fn;
}

void dw__loop_ready(struct loop *loop, struct task *task)
{
    DW__MAGIC(loop, MAGIC);
    if (dw__list_empty(&task->link))
        dw__list_append(&loop->ready, &task->link);
}

void dw__loop_at_end(struct loop *loop, struct task *task)
{
    DW__MAGIC(loop, MAGIC);
    if (dw__list_empty(&task->link))
        dw__list_append(&loop->at_end, &task->link);
}

void dw__task_cancel(struct task *task)
{
    dw__list_remove(&task->link);
}

/* Moves all of `from` into the empty `to`. */
static void take_all(struct list *from, struct list *to)
{
    dw__list_init(to);
    if (dw__list_empty(from))
        return;
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    dw__list_init(from);
}

static void run_tasks(struct list *tasks)
{
    struct list now;
    take_all(tasks, &now);
    while (!dw__list_empty(&now)) {
        struct task *task = DW__LIST_ENTRY(now.next, struct task, link);
        dw__list_remove(&task->link);
        task->fn(task);
    }
}

/* ---- posts ---- */

void dw__loop_post(struct loop *loop, struct post *post)
{
    DW__MAGIC(loop, MAGIC);
    struct post *head = atomic_load_explicit(&loop->posts, memory_order_relaxed);
    do
        post->next = head;
    while (!atomic_compare_exchange_weak_explicit(&loop->posts, &head, post, memory_order_release,
                                                  memory_order_relaxed));
    if (head != NULL)
        return;
    /* It cannot block or fail but by EAGAIN at 2^64 - 2 writes, and then the descriptor is readable as it is. */
    ssize_t n = write(loop->wake.fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n;
}

static void run_posts(struct loop *loop)
{
    struct post *newest = atomic_exchange_explicit(&loop->posts, NULL, memory_order_acquire);
    struct post *oldest = NULL;
    while (newest != NULL) {
        struct post *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct post *post = oldest;
        oldest = post->next;
        post->fn(post);
    }
}

/* ---- turns ---- */

void dw__loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    DW__MAGIC(loop, MAGIC);
    DW__CHECK(!loop->running);
    run_posts(loop);
    dw__timers_release(&loop->timers);
    close(loop->wake.fd);
    close(loop->epfd);
    loop->magic = 0;
    free(loop);
}

void dw__loop_hold(struct loop *loop)
{
    DW__MAGIC(loop, MAGIC);
    loop->n_held++;
}

void dw__loop_release(struct loop *loop)
{
    DW__MAGIC(loop, MAGIC);
    DW__CHECK(loop->n_held > 0);
    loop->n_held--;
}

static bool has_work_now(const struct loop *loop)
{
    return loop->stop || !dw__list_empty(&loop->ready) || !dw__list_empty(&loop->at_end) ||
           atomic_load_explicit(&loop->posts, memory_order_relaxed) != NULL;
}

static bool idle(const struct loop *loop)
{
    return loop->n_watched == 0 && loop->timers.n == 0 && loop->n_held == 0 && !has_work_now(loop);
}

/* Milliseconds for epoll_wait, rounded up: waking early would only turn for nothing. */
static int patience(const struct loop *loop)
{
    if (has_work_now(loop))
        return 0;
    uint64_t at = dw__timers_next(&loop->timers);
    if (at == UINT64_MAX)
        return -1;
    if (at <= loop->clock.mono_ns)
        return 0;
    uint64_t ms = (at - loop->clock.mono_ns - 1) / 1000000 + 1;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void turn(struct loop *loop)
{
    int n = epoll_wait(loop->epfd, loop->events, BATCH, patience(loop));
    DW__CHECK(n >= 0 || errno == EINTR);
    loop->n_events = n < 0 ? 0 : n;
    loop->next_event = 0;
    dw__clock_read(&loop->clock);
    run_timers(loop);
    handle_events(loop);
    run_posts(loop);
    run_tasks(&loop->ready);
    run_tasks(&loop->at_end);
}

static void run(struct loop *loop, bool until_idle)
{
    DW__MAGIC(loop, MAGIC);
    DW__CHECK(!loop->running);
    loop->running = true;
    while (!(until_idle && idle(loop))) {
        turn(loop);
        if (loop->stop)
            break;
    }
    loop->stop = false;
    loop->running = false;
}

void dw__loop_run(struct loop *loop)
{
    run(loop, false);
}

void dw__loop_run_until_idle(struct loop *loop)
{
    run(loop, true);
}

void dw__loop_stop(struct loop *loop)
{
    DW__MAGIC(loop, MAGIC);
    loop->stop = true;
}

const struct clock *dw__loop_clock(const struct loop *loop)
{
    DW__MAGIC(loop, MAGIC);
    return &loop->clock;
}

struct clock *dw__loop_clock_for_test(struct loop *loop)
{
    DW__MAGIC(loop, MAGIC);
    return &loop->clock;
}
