/* os/timer.c -- a binary heap of pointers to the timers that callers own.
 *
 * A timer carries its index, so that moving and clearing are O(log n) without a search.  Memory is taken only when the heap
 * grows, never when a timer moves: a deadline that is pushed back for each request costs no allocation. */
#include "os/timer.h"

#include <stdlib.h>

#include "base/check.h"

#define FIRST_CAP ((size_t)256)

void dw__timers_init(struct timers *timers)
{
    *timers = (struct timers){0};
}

void dw__timers_release(struct timers *timers)
{
    for (size_t i = 1; i <= timers->n; i++)
        timers->heap[i]->place = 0;
    free(timers->heap);
    dw__timers_init(timers);
}

static void put(struct timers *timers, size_t place, struct timer *timer)
{
    timers->heap[place] = timer;
    timer->place = place;
}

/* Finds the place of `timer`, which starts at the free `place`, among those nearer the root. */
static void sift_up(struct timers *timers, size_t place, struct timer *timer)
{
    while (place > 1 && timer->at_ns < timers->heap[place / 2]->at_ns) {
        put(timers, place, timers->heap[place / 2]);
        place /= 2;
    }
    put(timers, place, timer);
}

/* The same among those farther from the root. */
static void sift_down(struct timers *timers, size_t place, struct timer *timer)
{
    for (size_t child; (child = place * 2) <= timers->n; place = child) {
        if (child < timers->n && timers->heap[child + 1]->at_ns < timers->heap[child]->at_ns)
            child++;
        if (timers->heap[child]->at_ns >= timer->at_ns)
            break;
        put(timers, place, timers->heap[child]);
    }
    put(timers, place, timer);
}

static void settle(struct timers *timers, size_t place, struct timer *timer)
{
    if (place > 1 && timer->at_ns < timers->heap[place / 2]->at_ns)
        sift_up(timers, place, timer);
    else
        sift_down(timers, place, timer);
}

static bool grow(struct timers *timers)
{
    size_t cap = timers->cap == 0 ? FIRST_CAP : timers->cap * 2;
    struct timer **heap = reallocarray(timers->heap, cap + 1, sizeof(*heap));
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->cap = cap;
    return true;
}

dw_err dw__timers_set(struct timers *timers, struct timer *timer, uint64_t at_ns)
{
    if (timer->place != 0) {
        DW__CHECK(timer->place <= timers->n && timers->heap[timer->place] == timer);
        timer->at_ns = at_ns;
        settle(timers, timer->place, timer);
        return DW_OK;
    }
    if (timers->n == timers->cap && !grow(timers))
        return DW_UNAVAILABLE;
    timer->at_ns = at_ns;
    timers->n++;
    sift_up(timers, timers->n, timer);
    return DW_OK;
}

void dw__timers_clear(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    if (place == 0)
        return;
    DW__CHECK(place <= timers->n && timers->heap[place] == timer);
    struct timer *last = timers->heap[timers->n--];
    timer->place = 0;
    if (last != timer)
        settle(timers, place, last);
}

struct timer *dw__timers_due(struct timers *timers, uint64_t now_ns)
{
    if (timers->n == 0 || timers->heap[1]->at_ns > now_ns)
        return NULL;
    struct timer *timer = timers->heap[1];
    dw__timers_clear(timers, timer);
    return timer;
}

uint64_t dw__timers_next(const struct timers *timers)
{
    return timers->n == 0 ? UINT64_MAX : timers->heap[1]->at_ns;
}
