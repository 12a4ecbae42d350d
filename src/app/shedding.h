/* app/shedding.h -- when a worker has more to do than it can: by how late it comes to its work, and by how much memory is left.
 *
 * Each worker looks for itself and believes no other; on a timer, never on the way of a request. */
#ifndef DW_APP_SHEDDING_H
#define DW_APP_SHEDDING_H

#include "app/config.h"
#include "base/counts.h"
#include "base/load.h"
#include "os/cgroup.h"
#include "os/lag.h"

struct shedding {
    struct lag lag;
    struct load load;
    struct cgroup cgroup;
    struct counts *counts;
    uint64_t lag_ms, last_lag_ms; /* from when on it is late; how late it was the last time */
    unsigned memory_percent;      /* from when on it is much */
    uint64_t read_at_ns,
        given_back_at_ns; /* when memory was read, and freed memory given back, the last time */
};

/* Begins on `loop`, as the settings say. DW_UNAVAILABLE without a descriptor. */
DW_MUST dw_err dw__shedding_open(struct shedding *s, struct loop *loop, const struct config *config,
                                 struct counts *counts);
void dw__shedding_close(struct shedding *s);

/* Where memory is short, gives freed memory back to the system, every five seconds at most: it is the group's until then, and a burst that is over would be load
 * for ever, since what is refused needs none of it. */
void dw__shedding_give_back(struct shedding *s, uint64_t now_ns);

/* What load that is: how late the loop was, and how much memory is used, beside what the settings say. Pure. */
enum load_level dw__shedding_level(uint64_t lag_ms, uint64_t from_lag_ms, unsigned memory_percent,
                                   unsigned from_percent);

#endif
