/* app/shedding.h -- when a worker has more to do than it can: by how late it comes to its work, and by how much memory is left.
 *
 * Of the first every worker knows its own.  The second is read by whichever worker finds that the last reading is a quarter of a second old, and
 * stands in memory that all share; on a timer, never on the way of a request. */
#ifndef DW_APP_SHEDDING_H
#define DW_APP_SHEDDING_H

#include "app/config.h"
#include "base/counts.h"
#include "base/load.h"
#include "os/cgroup.h"
#include "os/lag.h"

/* The last reading of memory, in what the workers share. A worker that was taken over may have written it; it is believed for half a second. */
struct memory_reading {
    uint64_t at_ns;
    uint64_t used; /* in thousandths */
};

struct shedding {
    struct lag lag;
    struct load load;
    struct cgroup cgroup;
    struct memory_reading *reading;
    struct counts *counts;
    uint64_t lag_ms, last_lag_ms; /* from when on it is late; how late it was the last time */
    unsigned memory_percent;
};

/* Begins on `loop`, as the settings say. DW_UNAVAILABLE without a descriptor. */
DW_MUST dw_err dw__shedding_open(struct shedding *s, struct loop *loop, const struct config *config,
                                 struct memory_reading *reading, struct counts *counts);
void dw__shedding_close(struct shedding *s);

/* What load that is: how late the loop was, and how much memory is used, beside what the settings say. Pure. */
enum load_level dw__shedding_level(uint64_t lag_ms, uint64_t from_lag_ms, unsigned memory_percent,
                                   unsigned from_percent);

#endif
