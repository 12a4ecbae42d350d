/* base/load.h -- whether a worker has more to do than it can, as it was found a moment ago: what is looked at before new work is begun.
 *
 * A process without it (a test, a command) is never loaded. */
#ifndef DW_BASE_LOAD_H
#define DW_BASE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

enum load_level {
    LOAD_CALM,
    LOAD_HIGH, /* new work is for those who are signed in */
    LOAD_FULL  /* … and for nobody but the admin */
};

/* Written by the timer of app/shedding.c, but for crowded and told_ns. */
struct load {
    enum load_level level;
    bool
        crowded; /* as the head found it that came last: what is left of fibers and memory is for those who are signed in */
    uint64_t lag_ms;         /* how late the worker came to its work, in the better of the last two times */
    unsigned memory_percent; /* of the control group's; 0: it has no limit, or nobody knows */
    uint64_t told_ns;        /* when the log was last told that work is refused */
};

#endif
