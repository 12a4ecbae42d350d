/* jobs/table.h -- the jobs of a program: what each takes, how often and when it is run; found and checked at start-up. */
#ifndef DW_JOBS_TABLE_H
#define DW_JOBS_TABLE_H

#include "schema/plan.h"
#include "store/sql.h"
#include <dw/job.h>

/* Jobs of a program. */
#define DW__JOBS_MAX 64u
/* The key of the job that a schedule puts: no caller may give one that begins so. */
#define DW__JOB_SCHEDULED "@schedule"

/* One DW_JOB, with what it does not say filled in. */
struct job_kind {
    const dw_job *job;
    const struct schema_plan *args;
    unsigned attempts, at_once, deadline_ms, retry_ms;
    bool scheduled;
    unsigned minute; /* of the day, of one that is scheduled for a time of the day */
};

struct job_table {
    const dw_jobs *statements;
    struct schema_plans plans;
    size_t n;
    struct job_kind kinds[DW__JOBS_MAX];
};

/* Finds the jobs among the statements of inv. DW_OK with *out NULL when there are none; DW_INVALID with a line of `why` for each thing that is wrong. */
DW_MUST dw_err dw__job_table_new(struct job_table **out, const dw_jobs *statements,
                                 const struct sql_inventory *inv, struct buf *why);
void dw__job_table_free(struct job_table *table);
/* NULL when it is not in the table (or there is no table). */
const struct job_kind *dw__job_kind_of(const struct job_table *table, const dw_job *job);

/* When a scheduled job is due next after `now_ms`; both are Unix milliseconds. */
int64_t dw__job_next_ms(const struct job_kind *kind, int64_t now_ms);
/* The pause behind attempt `attempt` (from 1): retry_ms doubled for each before it, a day at most, between half of that and all of it as
 * `chance` says. */
int64_t dw__job_pause_ms(unsigned retry_ms, int64_t attempt, uint32_t chance);
/* Reads "HH:MM" as a minute of the day. */
bool dw__job_time_of_day(const char *at, unsigned *minute);

#endif
