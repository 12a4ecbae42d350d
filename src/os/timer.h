/* os/timer.h -- the heap that keeps a loop's timers: the earliest at the root, every timer knowing its place. */
#ifndef DW_OS_TIMER_H
#define DW_OS_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include "os/loop.h"

struct timers {
    struct timer **heap; /* from 1, so that 0 can mean "not set" */
    size_t n, cap;
};

/* An empty heap; allocates nothing. */
void dw__timers_init(struct timers *timers);
/* Frees the heap. Timers that are still in it are marked as not set. */
void dw__timers_release(struct timers *timers);
/* Sets or moves `timer` to `at_ns`. DW_UNAVAILABLE (and nothing changed) without memory; moving never fails. */
DW_MUST dw_err dw__timers_set(struct timers *timers, struct timer *timer, uint64_t at_ns);
/* Takes `timer` out; harmless when it is not set. */
void dw__timers_clear(struct timers *timers, struct timer *timer);
/* Takes out and returns the earliest timer when it is due at `now_ns`, else NULL. */
struct timer *dw__timers_due(struct timers *timers, uint64_t now_ns);
/* When the earliest is due; UINT64_MAX when there is none. */
uint64_t dw__timers_next(const struct timers *timers);

#endif
