/* os/loop.h -- one epoll loop per process: descriptors, timers, ready fibers, posts from threads.
 *
 * A turn: read the clock once, run timers that are due, handle events, run what was made ready, run the end-of-turn hooks
 * (flush output), then wait.  Nothing here allocates per event. */
#ifndef DW_OS_LOOP_H
#define DW_OS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/list.h"
#include <dw/err.h>

struct loop;

DW_MUST dw_err dw__loop_new(struct loop **out);
/* Posts that are left are run first, so that what they carry is freed; nothing else is. */
void dw__loop_free(struct loop *loop);
/* Turns until dw__loop_stop. */
void dw__loop_run(struct loop *loop);
/* The same, and also ends when nothing is watched, timed, ready, posted or held: for commands and tests. */
void dw__loop_run_until_idle(struct loop *loop);
/* Ends the run after this turn (or the next run after its first turn). */
void dw__loop_stop(struct loop *loop);
/* Holding keeps dw__loop_run_until_idle from ending while something will be posted later. Each hold needs its release. */
void dw__loop_hold(struct loop *loop);
void dw__loop_release(struct loop *loop);
const struct clock *dw__loop_clock(const struct loop *loop);
struct clock *dw__loop_clock_for_test(struct loop *loop);

/* ---- descriptors ---- */
struct io {
    void (*fn)(struct io *io, uint32_t events); /* EPOLL* bits */
    int fd;
    uint32_t events; /* what is watched; 0: not in the set */
};
/* Watches `events` (EPOLLIN | EPOLLOUT | EPOLLET …) of io->fd, adding, changing or (0) removing as needed. An io that is removed
 * in the middle of a turn gets no event that was already fetched, and may be freed at once. Remove before closing the fd.
 * Removing never fails. DW_UNAVAILABLE when the system has no room for another; DW_INTERNAL when the fd cannot be watched (errno
 * tells: EPERM is a regular file, EEXIST another io has it). */
DW_MUST dw_err dw__loop_watch(struct loop *loop, struct io *io, uint32_t events);

/* ---- timers ---- */
struct timer {
    void (*fn)(struct timer *timer);
    uint64_t at_ns;
    size_t place; /* in the heap; 0: not set */
};
/* Sets or moves `timer` to `at_ns` on clock->mono_ns; it is called once, in the first turn that begins at or after that (the wait
 * is in whole milliseconds, so up to one later). DW_UNAVAILABLE without memory; moving one that is set never fails. */
DW_MUST dw_err dw__timer_set(struct loop *loop, struct timer *timer, uint64_t at_ns);
void dw__timer_clear(struct loop *loop, struct timer *timer);

/* ---- tasks: run once, later in this turn ---- */
struct task {
    struct list link; /* dw__task_init before first use */
    void (*fn)(struct task *task);
};
void dw__task_init(struct task *task, void (*fn)(struct task *task));
/* Runs task in this turn's ready phase (or the next's when called from it); harmless when already queued. */
void dw__loop_ready(struct loop *loop, struct task *task);
/* Runs task once at the end of this turn, before waiting: for flushing. Harmless when already queued. */
void dw__loop_at_end(struct loop *loop, struct task *task);
void dw__task_cancel(struct task *task);

/* ---- from other threads ---- */
struct post {
    struct post *next;
    void (*fn)(struct post *post);
};
/* Queues post; its fn runs on the loop's thread. The only function here that another thread may call;
 * such threads have ended before the loop is freed. */
void dw__loop_post(struct loop *loop, struct post *post);

#endif
