/* jobs/table.c -- see table.h. A job that could not be kept, read again or run is found here, before anything is served. */
#include "jobs/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)
#define ATTEMPTS 10u
#define AT_ONCE 4u
#define DEADLINE_MS 30000u
#define RETRY_MS 5000u

/* One line about the job. */
#define FINDING(why, job, fmt, ...) dw__buf_format((why), "job %s: " fmt "\n", (job)->name, ##__VA_ARGS__)

/* ---- when ---- */

static bool two_digits(const char *p, unsigned below, unsigned *n)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *n = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    return *n < below;
}

bool dw__job_time_of_day(const char *at, unsigned *minute)
{
    unsigned h, m;

    if (strlen(at) != 5 || at[2] != ':' || !two_digits(at, 24, &h) || !two_digits(at + 3, 60, &m))
        return false;
    *minute = h * 60 + m;
    return true;
}

int64_t dw__job_next_ms(const struct job_kind *kind, int64_t now_ms)
{
    const dw_schedule *s = &kind->job->schedule;
    int64_t every = s->every_s != 0 ? (int64_t)s->every_s * 1000 : DAY_MS;
    int64_t behind = s->every_s != 0 ? 0 : (int64_t)kind->minute * MINUTE_MS;
    int64_t last = (now_ms - behind) / every * every + behind;

    return last > now_ms ? last : last + every;
}

int64_t dw__job_pause_ms(unsigned retry_ms, int64_t attempt, uint32_t chance)
{
    int64_t pause = retry_ms;

    for (int64_t i = 1; i < attempt && pause < DAY_MS; i++)
        pause *= 2;
    if (pause > DAY_MS)
        pause = DAY_MS;
    return pause - pause / 2 * (int64_t)(chance % 1024) / 1024;
}

/* ---- what ---- */

static unsigned or_else(unsigned given, unsigned otherwise)
{
    return given != 0 ? given : otherwise;
}

static void check_numbers(const struct job_kind *kind, struct buf *why)
{
    if (kind->attempts > 100)
        FINDING(why, kind->job, ".attempts is %u; give 1 to 100", kind->attempts);
    if (kind->at_once > 64)
        FINDING(why, kind->job, ".at_once is %u; give 1 to 64", kind->at_once);
    if (kind->deadline_ms > DAY_MS)
        FINDING(why, kind->job, ".deadline_ms is %u; a day is the most", kind->deadline_ms);
    if (kind->retry_ms > DAY_MS)
        FINDING(why, kind->job, ".retry_ms is %u; a day is the most", kind->retry_ms);
}

static void check_schedule(struct job_kind *kind, struct buf *why)
{
    const dw_job *job = kind->job;

    kind->scheduled = job->schedule.every_s != 0 || job->schedule.at != NULL;
    if (!kind->scheduled)
        return;
    if (strcmp(job->args->name, "dw_nothing") != 0)
        FINDING(why, job,
                "it has a .schedule, and so nobody to give it arguments; let it take dw_nothing, not %s",
                job->args->name);
    if (job->schedule.every_s != 0 && job->schedule.at != NULL)
        FINDING(why, job, ".schedule is either DW_EVERY or DW_DAILY");
    if (job->schedule.every_s > DAY_MS / 1000)
        FINDING(why, job, ".schedule: DW_EVERY(%u) is more than a day", job->schedule.every_s);
    if (job->schedule.at != NULL && !dw__job_time_of_day(job->schedule.at, &kind->minute))
        FINDING(why, job, ".schedule: DW_DAILY(\"%s\") is no time of the day; write \"HH:MM\"",
                job->schedule.at);
}

/* What is put is printed, and bound again when it is run: a field that one of them leaves out would be lost. */
static void check_args(struct job_table *table, struct job_kind *kind, struct buf *why)
{
    const struct schema_plan *plan = NULL;

    if (kind->job->args->kind != DW_KIND_OBJECT) {
        FINDING(why, kind->job, "it takes a schema with fields; %s is not", kind->job->args->name);
        return;
    }
    if (dw__schema_plans_get(&table->plans, kind->job->args, &plan, why) != DW_OK) {
        dw__buf_lit(why, "\n");
        return;
    }
    if (plan->secret)
        FINDING(why, kind->job, "%s has a dw_secret, which is never printed, and so cannot be put",
                plan->name);
    for (size_t i = 0; i < plan->n_fields; i++)
        if (plan->fields[i].write_only || plan->fields[i].source != SOURCE_ANY ||
            (plan->inputs >> i & 1) == 0)
            FINDING(why, kind->job,
                    "field `%s` of %s is read-only, write-only or comes from elsewhere than a body, and what "
                    "is put "
                    "must be what is run; leave that out",
                    plan->fields[i].c_name, plan->name);
    kind->args = plan;
}

static void look_at(struct job_table *table, const dw_job *job, struct buf *why)
{
    struct job_kind *kind;

    if (table->n == DW__JOBS_MAX) {
        FINDING(why, job, "there are more than %u jobs", DW__JOBS_MAX);
        return;
    }
    kind = &table->kinds[table->n++];
    *kind = (struct job_kind){.job = job,
                              .attempts = or_else(job->attempts, ATTEMPTS),
                              .at_once = or_else(job->at_once, AT_ONCE),
                              .deadline_ms = or_else(job->deadline_ms, DEADLINE_MS),
                              .retry_ms = or_else(job->retry_ms, RETRY_MS)};
    check_numbers(kind, why);
    check_schedule(kind, why);
    check_args(table, kind, why);
}

dw_err dw__job_table_new(struct job_table **out, const dw_jobs *statements, const struct sql_inventory *inv,
                         struct buf *why)
{
    struct job_table *table = calloc(1, sizeof *table);
    size_t before = why->n;

    *out = NULL;
    if (table == NULL)
        return DW_UNAVAILABLE;
    table->statements = statements;
    dw__schema_plans_init(&table->plans);
    for (size_t i = 0; i < dw__sql_inventory_count(inv); i++)
        if (dw__sql_inventory_at(inv, i)->job != NULL)
            look_at(table, dw__sql_inventory_at(inv, i)->job, why);
    if (table->n > 0 && statements == NULL)
        dw__buf_format(
            why,
            "job %s: nobody looks after jobs; declare DW_JOBS(jobs), and say .jobs = &jobs in the dw_app\n",
            table->kinds[0].job->name);
    if (why->n == before && table->n > 0) {
        *out = table;
        return DW_OK;
    }
    dw__job_table_free(table);
    return why->n == before ? DW_OK : DW_INVALID;
}

void dw__job_table_free(struct job_table *table)
{
    if (table == NULL)
        return;
    dw__schema_plans_release(&table->plans);
    free(table);
}

const struct job_kind *dw__job_kind_of(const struct job_table *table, const dw_job *job)
{
    for (size_t i = 0; table != NULL && i < table->n; i++)
        if (table->kinds[i].job == job)
            return &table->kinds[i];
    return NULL;
}
