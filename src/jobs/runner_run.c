/* jobs/runner_run.c -- one run of one job, and what becomes of it.
 *
 * What a run comes to is one statement under its lease.  While that fails, because the database is away for a moment, it is tried again: a job that was done
 * should not be done once more only because the store was being replaced.
 *
 * Must never: forget a job that did not end well. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "jobs/args.h"
#include "jobs/runner_inside.h"
#include "os/wait.h"

#define NS_PER_MS UINT64_C(1000000)
#define KEPT_MS INT64_C(86400000) /* a key that was done */
#define ENDING_TRIES 8u
#define ENDING_MS 5000u
#define ENDING_MEMORY ((size_t)1 << 20)

/* ---- how it ended ---- */

enum outcome { OUTCOME_DONE, OUTCOME_AGAIN, OUTCOME_DEAD, OUTCOME_GIVEN_BACK };

static bool has_own_key(const struct run *run)
{
    return strcmp(run->id, run->key) != 0;
}

static enum outcome outcome_of(const struct run *run, dw_err err)
{
    if (err == DW_OK)
        return OUTCOME_DONE;
    if (err == DW_CANCELED && run->runner->cut)
        return OUTCOME_GIVEN_BACK;
    return run->job.gave_up || run->job.self.attempt >= run->kind->attempts ? OUTCOME_DEAD : OUTCOME_AGAIN;
}

/* "timeout: The answer took too long", or what the job said. */
static dw_text error_of(struct run *run, dw_err err)
{
    if (run->job.why_n == 0) {
        int n = snprintf(run->job.why, sizeof run->job.why, "%s: %s", dw_err_code(err), dw_err_text(err));

        run->job.why_n = n < 0 ? 0 : (size_t)n < sizeof run->job.why ? (size_t)n : sizeof run->job.why - 1;
    }
    return (dw_text){run->job.why, run->job.why_n};
}

static void fill_failed(struct run *run, enum outcome outcome, dw_err err, dw_job_end *end)
{
    int64_t now = dw__runner_clock(run->runner)->unix_ms;
    uint32_t chance;

    dw_random(&chance, sizeof chance);
    end->error = error_of(run, err);
    if (outcome == OUTCOME_AGAIN) {
        end->state = DW_TEXT("waiting");
        end->due_at = now + dw__job_pause_ms(run->kind->retry_ms, run->job.self.attempt, chance);
        DW__EVENT(run->runner->config.services->log, NULL, DW_LOG_LEVEL_WARN, "job.failed",
                  DW_KV(kind, run->kind->job->name), DW_KV(id, (const char *)run->id),
                  DW_KV(attempt, run->job.self.attempt), DW_KV(why, end->error),
                  DW_KV(again_in_ms, end->due_at - now));
    } else {
        end->state = DW_TEXT("dead");
        end->due_at = now;
        DW__EVENT(run->runner->config.services->log, NULL, DW_LOG_LEVEL_ERROR, "job.dead",
                  DW_KV(kind, run->kind->job->name), DW_KV(id, (const char *)run->id),
                  DW_KV(attempt, run->job.self.attempt), DW_KV(why, end->error));
    }
}

/* One that puts itself is never done, nor dead: it waits for its next time. */
static void fill_next(const struct run *run, dw_job_end *end)
{
    end->state = DW_TEXT("waiting");
    end->attempt = 0;
    end->due_at = dw__job_next_ms(run->kind, dw__runner_clock(run->runner)->unix_ms);
}

static dw_job_end end_of(struct run *run, enum outcome outcome, dw_err err)
{
    bool scheduled = strcmp(run->key, DW__JOB_SCHEDULED) == 0;
    dw_job_end end = {.id = dw__text_of(run->id),
                      .runner = dw__text_of(run->runner->name),
                      .attempt = run->job.self.attempt,
                      .error = DW_TEXT("")};

    if (outcome == OUTCOME_AGAIN || outcome == OUTCOME_DEAD)
        fill_failed(run, outcome, err, &end);
    if (outcome == OUTCOME_GIVEN_BACK) {
        end.state = DW_TEXT("waiting");
        end.attempt--;
        end.due_at = dw__runner_clock(run->runner)->unix_ms;
    } else if (outcome == OUTCOME_DONE && !scheduled) {
        end.state = DW_TEXT("done");
        end.due_at = dw__runner_clock(run->runner)->unix_ms + KEPT_MS;
    }
    if (scheduled && (outcome == OUTCOME_DONE || outcome == OUTCOME_DEAD))
        fill_next(run, &end);
    return end;
}

static dw_err write_end(struct run *run, dw_ctx *ctx, enum outcome outcome, const dw_job_end *end)
{
    const dw_jobs *s = run->runner->config.services->jobs->statements;
    const dw_job_lease lease = {.id = end->id, .runner = end->runner};
    int64_t changes = 0;
    dw_err err = outcome == OUTCOME_DONE && !has_own_key(run) ? dw_x_exec(ctx, s->remove, &lease, &changes)
                                                              : dw_x_exec(ctx, s->end, end, &changes);

    if (err == DW_OK && changes == 0)
        run->lost = true;
    return err;
}

/* On a context of its own: that of the job may be over in every way. */
static void finish(struct run *run, dw_err result)
{
    struct job_runner *r = run->runner;
    enum outcome outcome = outcome_of(run, result);
    const dw_job_end end = end_of(run, outcome, result);
    struct arena arena;
    dw_ctx ctx;
    dw_err err = DW_UNAVAILABLE;

    for (unsigned i = 0; i < ENDING_TRIES && err != DW_OK && !run->lost; i++) {
        dw__arena_init(&arena, r->config.chunks, ENDING_MEMORY);
        dw__ctx_init(&ctx, &arena, r->config.services, dw__runner_clock(r));
        ctx.fiber = dw__fiber_self();
        if (i == 0 || dw_sleep(&ctx, UINT64_C(50) << i) == DW_OK) {
            ctx.deadline_ns = dw_now_ns(&ctx) + ENDING_MS * NS_PER_MS;
            err = write_end(run, &ctx, outcome, &end);
        }
        dw__ctx_end(&ctx);
        dw__arena_release(&arena);
    }
    if (run->lost || err != DW_OK)
        DW__EVENT(r->config.services->log, NULL, DW_LOG_LEVEL_WARN, "job.lost",
                  DW_KV(kind, run->kind->job->name), DW_KV(id, (const char *)run->id),
                  DW_KV(attempt, run->job.self.attempt));
}

/* ---- the run ---- */

static dw_err read_args(struct run *run, void **args)
{
    const dw_jobs *s = run->runner->config.services->jobs->statements;
    const dw_job_id key = {.id = dw__text_of(run->id)};
    dw_job_args row;
    dw_text why = {NULL, 0};
    dw_err err = dw_x_one(&run->ctx, s->args, &key, &row);

    if (err == DW_OK)
        err = dw__job_args_bind(run->kind->args, row.args, run->ctx.arena, args, &why);
    return err == DW_INVALID ? dw_job_give_up(&run->ctx, "%.*s", DW_FMT(why)) : err;
}

/* One whose process died with it too often: it is not tried once more. */
static bool is_spent(const struct run *run)
{
    return run->job.self.attempt > run->kind->attempts;
}

static dw_err run_it(struct run *run)
{
    void *args = NULL;
    dw_err err;

    if (is_spent(run))
        return dw_job_give_up(&run->ctx, "whoever ran it did not end it, as often as it may be run");
    if (strcmp(run->key, DW__JOB_SCHEDULED) == 0 && !run->kind->scheduled)
        return dw_job_give_up(&run->ctx, "it has no schedule any more");
    err = read_args(run, &args);
    if (err == DW_OK)
        err = run->kind->job->run(&run->ctx, args);
    return err == DW_OK && run->ctx.tx_left ? DW_INTERNAL : err;
}

static void on_fiber(void *arg)
{
    struct run *run = arg;
    struct job_runner *r = run->runner;
    dw_err err;

    run->ctx.fiber = dw__fiber_self();
    dw__fiber_serves(&run->ctx);
    err = run_it(run);
    run->over = true;
    dw__ctx_end(&run->ctx);
    finish(run, err);
    dw__fiber_serves(NULL);
    dw__arena_release(&run->arena);
    run->kind = NULL;
    r->n_running--;
    dw__runner_wake(&r->looks);
    dw__runner_settle(r);
}

static bool keep_text(dw_text t, char *out, size_t size)
{
    if (t.n >= size)
        return false;
    memcpy(out, t.p, t.n);
    out[t.n] = '\0';
    return true;
}

bool dw__run_begin(struct run *run, const struct job_kind *kind, const dw_job_claimed *claimed)
{
    struct job_runner *r = run->runner;

    if (!keep_text(claimed->id, run->id, sizeof run->id) ||
        !keep_text(claimed->key, run->key, sizeof run->key))
        return false;
    run->job = (struct job_run){.self = {.id = dw__text_of(run->id),
                                         .key = dw__text_of(run->key),
                                         .attempt = claimed->attempt,
                                         .attempts = kind->attempts}};
    run->lost = run->over = false;
    dw__arena_init(&run->arena, r->config.chunks, r->config.memory);
    dw__ctx_init(&run->ctx, &run->arena, r->config.services, dw__runner_clock(r));
    (void)snprintf(run->route, sizeof run->route, "job:%.70s", kind->job->name);
    run->ctx.route = dw__text_of(run->route);
    run->ctx.request_id = run->job.self.id;
    run->ctx.job = &run->job;
    run->ctx.deadline_ns = dw__runner_clock(r)->mono_ns + kind->deadline_ms * NS_PER_MS;
    run->kind = kind;
    r->n_running++;
    if (dw__fiber_start(r->config.fibers, on_fiber, run, NULL) == DW_OK)
        return true;
    dw__arena_release(&run->arena);
    run->kind = NULL;
    r->n_running--;
    return false;
}
