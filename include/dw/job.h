/* dw/job.h -- work that is done behind a request: kept in the database with the data that it belongs to, and done at least once.
 *
 *     DW_SCHEMA(welcome, (dw_email, to), (dw_text, name, DW_LEN(1, 80)));
 *     static dw_err welcome_them(dw_ctx *ctx, const welcome *in);
 *     DW_JOB(send_welcome, welcome, welcome_them, .attempts = 5);
 *     …
 *     err = DW_PUT_JOB(ctx, send_welcome, &args);                in a handler, in its DW_TX or by itself
 *
 *     DW_JOBS(shop_jobs);
 *     … .jobs = &shop_jobs …                                     in the application
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_jobs (
 *         id      text   NOT NULL PRIMARY KEY,
 *         kind    text   NOT NULL,
 *         key     text   NOT NULL,
 *         args    text   NOT NULL,
 *         state   text   NOT NULL,
 *         attempt bigint NOT NULL,
 *         due_at  bigint NOT NULL,
 *         made_at bigint NOT NULL,
 *         runner  text   NOT NULL,
 *         error   text   NOT NULL,
 *         UNIQUE (kind, key)
 *     );
 *     CREATE INDEX dw_jobs_due ON dw_jobs (kind, state, due_at);
 *
 * A job that was put in a transaction is there when that is committed, and never was when it is undone.  It is run by a process of its own, on a
 * context of its own: nobody's (there is no :me), with a deadline.  DW_OK: it is done, and gone.  Anything else, or a process that died: it is
 * run again, after a pause that doubles, until it has been run `attempts` times; then it is a dead letter, which is kept with its error until somebody
 * has it retried or dropped (the command `jobs`).
 *
 * At least once is not once: a job whose process dies between what it did and the note that it is done is run again.  What it does to the world it does under
 * its id, which stays the same however often it is run: dw_job_self(ctx)->id. */
#ifndef DW_JOB_H
#define DW_JOB_H

#include "ctx.h"
#include "query.h"

/* Bytes of the arguments of a job, as JSON. */
#define DW_JOB_ARGS_MAX 65536

/* When a job puts itself. */
typedef struct dw_schedule {
    unsigned every_s; /* at each multiple of this many seconds since 1970 (UTC); 0: not so */
    const char *at;   /* each day at "HH:MM", UTC; NULL: not so */
} dw_schedule;

typedef struct dw_job {
    const char *name;
    const dw_schema *args;
    dw_err (*run)(dw_ctx *ctx, const void *in);
    const dw_query *put;
    unsigned attempts;    /* how often it is run at most, 1 to 100; 0: 10 */
    unsigned at_once;     /* how many of this kind run at a time, over all machines, 1 to 64; 0: 4 */
    unsigned deadline_ms; /* of one run, up to a day; 0: 30 seconds */
    unsigned
        retry_ms; /* the first pause, up to a day; it doubles, up to a day, and is shortened by chance; 0: 5 seconds */
    dw_schedule
        schedule; /* DW_EVERY(seconds) or DW_DAILY("HH:MM"): it takes dw_nothing, and no two runs of it overlap */
    char _;
} dw_job;

/* How a job is put. */
typedef struct dw_job_how {
    dw_text
        key; /* the caller's own, 1 to 255 printable ASCII characters that do not begin with '@': as long as the table has a job of this kind with
                      * this key (a day after it is done), another is not put */
    int64_t delay_s; /* not before so many seconds, up to a year */
    char _;
} dw_job_how;

/* The job that runs on a context. */
typedef struct dw_job_run {
    dw_text id, key;  /* the key is the id when none was given */
    int64_t attempt;  /* from 1 */
    int64_t attempts; /* the bound */
} dw_job_run;

/* What DW_JOBS names. */
typedef struct dw_jobs {
    const dw_query *plan, *due, *claim, *args, *renew, *remove, *end, *revive, *forget, *counts, *dead,
        *retry, *drop;
} dw_jobs;

/* NULL on a context that is no job's. Lives as long as it. */
const dw_job_run *dw_job_self(const dw_ctx *ctx);
/* For a job to return: this run came to nothing, for the reason that is kept with it; it is run again, as after any other error. */
DW_MUST dw_err dw_job_fail(dw_ctx *ctx, const char *fmt, ...) DW_PRINTF(2, 3);
/* For a job to return: it will never come to anything. It is a dead letter at once. */
DW_MUST dw_err dw_job_give_up(dw_ctx *ctx, const char *fmt, ...) DW_PRINTF(2, 3);

/* Called by the macro below. */
DW_MUST dw_err dw_x_job_put(dw_ctx *ctx, const dw_job *job, const void *args, const dw_job_how *how);

#ifndef __cplusplus
/* What the statements take and give. Times are Unix milliseconds. */
DW_SCHEMA(dw_job_row, (dw_text, id), (dw_text, kind), (dw_text, key), (dw_text, args), (int64_t, due_at),
          (int64_t, made_at));
DW_SCHEMA(dw_job_kind, (dw_text, kind), (int64_t, now_ms));
DW_SCHEMA(dw_job_due, (int64_t, waiting), (int64_t, running));
DW_SCHEMA(dw_job_claim, (dw_text, kind), (dw_text, runner), (int64_t, now_ms), (int64_t, until), (int64_t, n),
          (int64_t, at_once));
DW_SCHEMA(dw_job_claimed, (dw_text, id), (dw_text, key), (int64_t, attempt));
DW_SCHEMA(dw_job_id, (dw_text, id));
DW_SCHEMA(dw_job_args, (dw_text, args));
DW_SCHEMA(dw_job_lease, (dw_text, id), (dw_text, runner), (int64_t, until));
DW_SCHEMA(dw_job_end, (dw_text, id), (dw_text, runner), (dw_text, state), (int64_t, attempt), (int64_t, due_at),
          (dw_text, error));
DW_SCHEMA(dw_job_count, (dw_text, kind), (dw_text, state), (int64_t, n), (int64_t, due_at));
DW_SCHEMA(dw_job_letter, (dw_text, id), (dw_text, kind), (dw_text, state), (int64_t, attempt), (int64_t, due_at), (dw_text, error));
DW_SCHEMA(dw_job_again, (dw_text, id), (int64_t, now_ms));

/* DW_EVERY(300): at each multiple of five minutes, UTC. 1 to 86,400 seconds. */
#define DW_EVERY(seconds)                                                                   \
    {                                                                                       \
        .every_s = (unsigned)((seconds) + DW__REQUIRE((seconds) >= 1 && (seconds) <= 86400, \
                                                      every_is_1_to_86400_seconds))         \
    }
/* DW_DAILY("03:30"): each day, UTC. */
#define DW_DAILY(hh_mm)   \
    {                     \
        .at = "" hh_mm "" \
    }

/* DW_JOB(name, schema, fn, options…): at file scope, in one .c file. fn is dw_err fn(dw_ctx *ctx, const schema *in). */
#define DW_JOB(nm, T, ...) DW__JOB(nm, T, __VA_ARGS__, ._ = 0)
#define DW__JOB(nm, T, fn, ...)                                                                            \
    typedef T nm##_job_args;                                                                               \
    static dw_err dw__job_run_##nm(dw_ctx *ctx, const void *in)                                            \
    {                                                                                                      \
        return _Generic(&fn, dw_err(*)(dw_ctx *, const T *) : fn)(ctx, in);                                \
    }                                                                                                      \
    static const dw_job nm;                                                                                \
    static const dw_query dw__job_put_##nm = {                                                             \
        .name = #nm ".put",                                                                                \
        .sql = "INSERT INTO dw_jobs (id, kind, key, args, state, attempt, due_at, made_at, runner, error)" \
               " VALUES (:id, :kind, :key, :args, 'waiting', 0, :due_at, :made_at, '', '')"                \
               " ON CONFLICT (kind, key) DO NOTHING",                                                      \
        .in = &dw_job_row_schema,                                                                          \
        .out = &dw_nothing_schema,                                                                         \
        .job = &nm};                                                                                       \
    static const dw_query *const dw__job_put_##nm##_listed                                                 \
        __attribute__((section("dw_queries"), used, retain)) = &dw__job_put_##nm;                          \
    DW__UNUSED static const dw_job nm = {                                                                  \
        .name = #nm, .args = &T##_schema, .run = dw__job_run_##nm, .put = &dw__job_put_##nm, __VA_ARGS__}

/* DW_PUT_JOB(ctx, name, &args, .key = …, .delay_s = …): args is a pointer to the job's schema. DW_INVALID, and an event, when they break a rule of it;
 * the other errors are those of DW_EXEC. */
#define DW_PUT_JOB(ctx, nm, ...) DW__PUT_JOB(ctx, nm, __VA_ARGS__, ._ = 0)
#define DW__PUT_JOB(ctx, nm, args, ...) \
    dw_x_job_put((ctx), &(nm), _Generic((args), const nm##_job_args * : (args), nm##_job_args * : (args)),  \
                 &(const dw_job_how){__VA_ARGS__})

/* DW_JOBS(name): the statements that look after the table; at file scope, in one .c file. */
#define DW_JOBS(nm)                                                                                          \
    DW_QUERY(nm##_plan, dw_job_row, dw_nothing,                                                             \
             "INSERT INTO dw_jobs (id, kind, key, args, state, attempt, due_at, made_at, runner, error)"    \
             " VALUES (:id, :kind, :key, :args, 'waiting', 0, :due_at, :made_at, '', '')"                   \
             " ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at"                              \
             " WHERE dw_jobs.state = 'waiting' AND dw_jobs.attempt = 0 AND dw_jobs.due_at > :made_at");      \
    DW_QUERY(nm##_due, dw_job_kind, dw_job_due,                                                             \
             "SELECT coalesce((SELECT due_at FROM dw_jobs WHERE kind = :kind AND state = 'waiting'"         \
             " ORDER BY due_at LIMIT 1), :now_ms + 3600000) AS waiting,"                                    \
             " coalesce((SELECT due_at FROM dw_jobs WHERE kind = :kind AND state = 'running'"               \
             " ORDER BY due_at LIMIT 1), :now_ms + 3600000) AS running");                                    \
    DW_QUERY_ON(nm##_claim, dw_job_claim, dw_job_claimed, DW__JOB_CLAIM("IN (", "max(0, min(:n, ", ")))"),   \
                DW__JOB_CLAIM("= ANY(ARRAY(", "greatest(0, least(:n, ", ")) FOR UPDATE SKIP LOCKED))"));     \
    DW_QUERY(nm##_args, dw_job_id, dw_job_args, "SELECT args FROM dw_jobs WHERE id = :id");                  \
    DW_QUERY(nm##_renew, dw_job_lease, dw_nothing,                                                          \
             "UPDATE dw_jobs SET due_at = :until"                                                           \
             " WHERE id = :id AND runner = :runner AND state = 'running'");                                  \
    DW_QUERY(nm##_remove, dw_job_lease, dw_nothing,                                                         \
             "DELETE FROM dw_jobs WHERE id = :id AND runner = :runner AND state = 'running'");               \
    DW_QUERY(nm##_end, dw_job_end, dw_nothing,                                                              \
             "UPDATE dw_jobs SET state = :state, attempt = :attempt, due_at = :due_at, error = :error,"     \
             " runner = '' WHERE id = :id AND runner = :runner AND state = 'running'");                      \
    DW_QUERY(nm##_revive, dw_job_kind, dw_nothing,                                                          \
             "UPDATE dw_jobs SET state = 'waiting', runner = '', error = 'whoever ran it did not end it'"   \
             " WHERE kind = :kind AND state = 'running' AND due_at <= :now_ms");                             \
    DW_QUERY(nm##_forget, dw_job_kind, dw_nothing,                                                          \
             "DELETE FROM dw_jobs WHERE id IN (SELECT id FROM dw_jobs WHERE kind = :kind AND state = 'done'" \
             " AND due_at <= :now_ms ORDER BY due_at LIMIT 1000)");                                          \
    DW_QUERY(nm##_counts, dw_nothing, dw_job_count,                                                         \
             "SELECT kind, state, count(*) AS n, min(due_at) AS due_at FROM dw_jobs"                        \
             " GROUP BY kind, state ORDER BY kind, state LIMIT 1000");                                       \
    DW_QUERY(nm##_dead, dw_nothing, dw_job_letter,                                                          \
             "SELECT id, kind, state, attempt, due_at, error FROM dw_jobs"                                         \
             " WHERE state = 'dead' OR (state = 'waiting' AND error <> '')"                                 \
             " ORDER BY due_at, id LIMIT 500");                                                              \
    DW_QUERY(nm##_retry, dw_job_again, dw_nothing,                                                          \
             "UPDATE dw_jobs SET state = 'waiting', attempt = 0, due_at = :now_ms, error = ''"              \
             " WHERE id = :id AND state IN ('waiting', 'dead')");                                            \
    DW_QUERY(nm##_drop, dw_job_id, dw_nothing, "DELETE FROM dw_jobs WHERE id = :id AND state <> 'running'"); \
    static const dw_jobs nm = {&nm##_plan,   &nm##_due,   &nm##_claim,  &nm##_args,   &nm##_renew,           \
                               &nm##_remove, &nm##_end,   &nm##_revive, &nm##_forget, &nm##_counts,          \
                               &nm##_dead,   &nm##_retry, &nm##_drop}

/* Of those that wait and are due the oldest, as many as may begin. */
#define DW__JOB_CLAIM(among, least, close)                                                           \
    "UPDATE dw_jobs SET state = 'running', attempt = attempt + 1, due_at = :until, runner = :runner" \
    " WHERE id " among                                                                               \
    "SELECT id FROM dw_jobs WHERE kind = :kind AND state = 'waiting' AND due_at <= :now_ms"          \
    " ORDER BY due_at LIMIT " least ":at_once - (SELECT count(*) FROM dw_jobs WHERE kind = :kind"    \
    " AND state = 'running')" close " RETURNING id, key, attempt"
#endif

#endif
