/* os/lag.h -- how late a loop comes to its work.
 *
 * A beat: a timer, and behind it an event that stands in line with all others.  The time from when the beat was due to when its event is handled is what
 * a request that arrived at that moment has waited; both are the clock of a turn, so nothing is measured on the way of a request.  There is a
 * beat while there is work, and none while a process sleeps. */
#ifndef DW_OS_LAG_H
#define DW_OS_LAG_H

#include "os/loop.h"

#define DW__LAG_BEAT_MS 50u

struct lag {
    struct loop *loop;
    struct timer timer;
    struct io event;
    uint64_t due_ns; /* of the beat that is under way */
    bool worked;     /* there was work since the last */
    bool beating;
    bool (*heard)(void *self,
                  uint64_t lag_ns); /* at each beat; true: another, whether there is work or not */
    void *self;
};

/* Makes *lag, which stays where it is. DW_UNAVAILABLE without a descriptor; then there is nothing to close. */
DW_MUST dw_err dw__lag_open(struct lag *lag, struct loop *loop, bool (*heard)(void *self, uint64_t lag_ns),
                            void *self);
void dw__lag_close(struct lag *lag);
/* Begins to beat. */
void dw__lag_begin(struct lag *lag);

/* There is work. */
static inline void dw__lag_work(struct lag *lag)
{
    lag->worked = true;
    if (!lag->beating)
        dw__lag_begin(lag);
}

#endif
