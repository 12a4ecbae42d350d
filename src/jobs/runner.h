/* jobs/runner.h -- takes jobs that are due from the table, and runs each on a fiber of its own.
 *
 * To take one is to lease it: for a few seconds, which are renewed while it runs.  Whoever dies renews nothing, and what he ran waits again for
 * anybody.  How a run ended is written under the lease, so that one that was lost changes nothing any more. */
#ifndef DW_JOBS_RUNNER_H
#define DW_JOBS_RUNNER_H

#include "jobs/table.h"
#include "os/fiber.h"

/* Jobs that one process runs at a time. */
#define DW__JOBS_AT_ONCE 64u

struct job_runner;
struct job_runner_config {
    const struct services *services; /* with the table and the eventfd (jobs_wake) */
    struct fiber_pool *fibers;
    struct chunk_pool *chunks;
    size_t memory; /* of one run */
    bool several;  /* other machines take from the same table: what is taken is counted in a transaction */
};

/* Begins to look, from the next turn on. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__job_runner_new(struct job_runner **out, const struct job_runner_config *config);
/* Takes no more; done(self) when nothing runs any more. */
void dw__job_runner_drain(struct job_runner *r, void (*done)(void *self), void *self);
/* Cancels what runs: it ends, and waits again as if it had not been taken. */
void dw__job_runner_cut_all(struct job_runner *r);
/* When it has drained, or never began. NULL is fine. */
void dw__job_runner_free(struct job_runner *r);

#endif
