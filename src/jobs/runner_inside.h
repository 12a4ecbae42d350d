/* jobs/runner_inside.h -- what the runner's files share; nobody else includes it. */
#ifndef DW_JOBS_RUNNER_INSIDE_H
#define DW_JOBS_RUNNER_INSIDE_H

#include "base/arena.h"
#include "jobs/run.h"
#include "jobs/runner.h"
#include "os/loop.h"

#define DW__JOB_LEASE_MS 10000
#define DW__JOB_RENEW_MS 3000u
#define DW__JOB_KEY 256u

/* A fiber that does its rounds, and may be woken between them, but not while it waits for something else. */
struct job_round {
    struct fiber *fiber; /* NULL: it has ended */
    bool resting, again;
};

/* A place for one run. */
struct run {
    struct job_runner *runner;
    const struct job_kind *kind; /* NULL: free */
    struct arena arena;
    dw_ctx ctx;
    struct job_run job;
    char id[40], key[DW__JOB_KEY], route[80];
    bool lost; /* the lease is another's, or nobody's */
    bool over; /* the function has returned */
};

struct job_runner {
    struct job_runner_config config;
    struct io wake; /* fd 0: none */
    struct task begin;
    struct job_round looks, renews;
    char name[40]; /* this process, in the table */
    bool planned, draining, cut;
    int64_t forget_at_ms;
    void (*done)(void *self);
    void *done_self;
    unsigned n_running;
    struct run runs[DW__JOBS_AT_ONCE];
};

const struct clock *dw__runner_clock(const struct job_runner *r);
void dw__runner_wake(struct job_round *round);
/* Calls done when everything has ended. */
void dw__runner_settle(struct job_runner *r);

/* ---- runner_run.c ---- */

/* Runs what was taken, on the place `run`, which is free. False: it could not begin, and its lease runs out. */
bool dw__run_begin(struct run *run, const struct job_kind *kind, const dw_job_claimed *claimed);

#endif
