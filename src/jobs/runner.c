/* jobs/runner.c -- looks for what is due, and keeps what runs.
 *
 * Two fibers do rounds.  One looks: for each kind, cheaply, when something is due, and takes what may begin; then it rests until then, until it is woken
 * (a job was put, one has ended) or for a second at most, since other machines put jobs too.  The other renews the leases of what runs. */
#include "jobs/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/check.h"
#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "jobs/runner_inside.h"
#include "os/wait.h"
#include "os/wake.h"
#include <dw/tx.h>
#include <dw/values.h>

#define NS_PER_MS UINT64_C(1000000)
#define REST_MS 1000
#define FORGET_MS 60000
#define CLAIM_AT_A_TIME 16
#define ROUND_MS 10000u
#define ROUND_MEMORY ((size_t)8 << 20)

DW_LIST(claimed_list, dw_job_claimed);

const struct clock *dw__runner_clock(const struct job_runner *r)
{
    return dw__loop_clock(r->config.services->loop);
}

/* ---- rounds ---- */

void dw__runner_wake(struct job_round *round)
{
    round->again = true;
    if (round->resting)
        dw__fiber_wake(round->fiber, DW_OK);
}

static void rest(struct job_runner *r, struct job_round *round, int64_t ms)
{
    if (!round->again) {
        round->resting = true;
        dw_err err = dw__fiber_park(dw__runner_clock(r)->mono_ns + (uint64_t)ms * NS_PER_MS);
        round->resting = false;
        (void)err; /* woken or late: it looks */
    }
    round->again = false;
}

/* Runs fn(r, ctx) on a context of its own. */
static int64_t go_round(struct job_runner *r, int64_t (*fn)(struct job_runner *r, dw_ctx *ctx))
{
    struct arena arena;
    int64_t ms;
    dw_ctx ctx;

    dw__arena_init(&arena, r->config.chunks, ROUND_MEMORY);
    dw__ctx_init(&ctx, &arena, r->config.services, dw__runner_clock(r));
    ctx.fiber = dw__fiber_self();
    ctx.deadline_ns = dw_now_ns(&ctx) + ROUND_MS * NS_PER_MS;
    ms = fn(r, &ctx);
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    return ms;
}

void dw__runner_settle(struct job_runner *r)
{
    if (!r->draining || r->n_running > 0 || r->looks.fiber != NULL)
        return;
    if (r->renews.fiber != NULL)
        dw__runner_wake(&r->renews);
    else if (r->done != NULL) {
        void (*done)(void *self) = r->done;

        r->done = NULL;
        done(r->done_self);
    }
}

/* ---- taking ---- */

static unsigned running_of(const struct job_runner *r, const struct job_kind *kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < DW__JOBS_AT_ONCE; i++)
        n += r->runs[i].kind == kind;
    return n;
}

static struct run *free_run(struct job_runner *r)
{
    for (unsigned i = 0; i < DW__JOBS_AT_ONCE; i++)
        if (r->runs[i].kind == NULL)
            return &r->runs[i];
    return NULL;
}

/* How many of the kind may begin here, as far as this process knows. */
static int64_t room_for(const struct job_runner *r, const struct job_kind *kind)
{
    unsigned here = DW__JOBS_AT_ONCE - r->n_running, of_kind = running_of(r, kind);
    unsigned room = of_kind >= kind->at_once ? 0 : kind->at_once - of_kind;

    room = room < here ? room : here;
    return room < CLAIM_AT_A_TIME ? room : CLAIM_AT_A_TIME;
}

/* On one machine the store takes one after the other. With several, two could count at the same time and take too many together: then it is a
 * transaction, and one of the two is undone. */
static dw_err claim(struct job_runner *r, dw_ctx *ctx, const dw_job_claim *in, claimed_list *out)
{
    const dw_query *q = r->config.services->jobs->statements->claim;
    dw_err err;

    if (!r->config.several)
        return dw_x_all(ctx, q, in, (dw_any_list *)(void *)out);
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = dw_x_all(ctx, q, in, (dw_any_list *)(void *)out);
    }
    return err;
}

static void take(struct job_runner *r, dw_ctx *ctx, const struct job_kind *kind)
{
    const struct clock *clock = dw__runner_clock(r);
    const dw_job_claim in = {.kind = dw__text_of(kind->job->name),
                             .runner = dw__text_of(r->name),
                             .now_ms = clock->unix_ms,
                             .until = clock->unix_ms + DW__JOB_LEASE_MS,
                             .n = room_for(r, kind),
                             .at_once = kind->at_once};
    claimed_list list = {0};

    if (in.n == 0 || claim(r, ctx, &in, &list) != DW_OK)
        return;
    for (size_t i = 0; i < list.n; i++) {
        struct run *run = free_run(r);

        if (run == NULL || !dw__run_begin(run, kind, &list.v[i]))
            DW__EVENT(r->config.services->log, NULL, DW_LOG_LEVEL_WARN, "job.lost",
                      DW_KV(kind, kind->job->name), DW_KV(id, list.v[i].id),
                      DW_KV(attempt, list.v[i].attempt));
    }
    if (list.n == (size_t)in.n)
        r->looks.again = true; /* there may be more */
}

static void revive(struct job_runner *r, dw_ctx *ctx, const struct job_kind *kind)
{
    const dw_job_kind in = {.kind = dw__text_of(kind->job->name), .now_ms = dw__runner_clock(r)->unix_ms};
    int64_t n = 0;

    if (dw_x_exec(ctx, r->config.services->jobs->statements->revive, &in, &n) == DW_OK && n > 0)
        DW__EVENT(r->config.services->log, NULL, DW_LOG_LEVEL_WARN, "job.revived",
                  DW_KV(kind, kind->job->name), DW_KV(jobs, n));
}

/* Looks at one kind; when to look again, in milliseconds from now. */
static int64_t look_at(struct job_runner *r, dw_ctx *ctx, const struct job_kind *kind)
{
    const dw_query *q = r->config.services->jobs->statements->due;
    const int64_t now = dw__runner_clock(r)->unix_ms;
    const dw_job_kind in = {.kind = dw__text_of(kind->job->name), .now_ms = now};
    dw_job_due due;

    if (dw_x_one(ctx, q, &in, &due) != DW_OK)
        return REST_MS;
    if (due.running <= now) {
        revive(r, ctx, kind);
        due.waiting = now;
    }
    if (due.waiting > now)
        return due.waiting - now;
    take(r, ctx, kind);
    return REST_MS;
}

/* ---- what is not put by anybody ---- */

static bool plan(struct job_runner *r, dw_ctx *ctx)
{
    const struct job_table *table = r->config.services->jobs;
    const int64_t now = dw__runner_clock(r)->unix_ms;
    bool all = true;

    for (size_t i = 0; i < table->n; i++) {
        const struct job_kind *kind = &table->kinds[i];
        dw_job_row row = {.id = dw_uuid_text(ctx, dw_uuid_new()),
                          .kind = dw__text_of(kind->job->name),
                          .key = DW_TEXT(DW__JOB_SCHEDULED),
                          .args = DW_TEXT("{}"),
                          .made_at = now};

        if (!kind->scheduled)
            continue;
        row.due_at = dw__job_next_ms(kind, now);
        all = dw_x_exec(ctx, table->statements->plan, &row, NULL) == DW_OK && all;
    }
    return all;
}

static void forget(struct job_runner *r, dw_ctx *ctx)
{
    const struct job_table *table = r->config.services->jobs;
    const int64_t now = dw__runner_clock(r)->unix_ms;

    for (size_t i = 0; i < table->n; i++) {
        const dw_job_kind in = {.kind = dw__text_of(table->kinds[i].job->name), .now_ms = now};

        if (dw_x_exec(ctx, table->statements->forget, &in, NULL) != DW_OK)
            return;
    }
    r->forget_at_ms = now + FORGET_MS;
}

/* ---- the two fibers ---- */

static int64_t look(struct job_runner *r, dw_ctx *ctx)
{
    const struct job_table *table = r->config.services->jobs;
    int64_t ms = REST_MS;

    r->planned = r->planned || plan(r, ctx);
    for (size_t i = 0; i < table->n && !r->draining; i++) {
        int64_t in_ms = look_at(r, ctx, &table->kinds[i]);

        ms = in_ms < ms ? in_ms : ms;
    }
    if (dw__runner_clock(r)->unix_ms >= r->forget_at_ms)
        forget(r, ctx);
    return ms;
}

static void look_on_fiber(void *arg)
{
    struct job_runner *r = arg;

    r->looks.fiber = dw__fiber_self();
    while (!r->draining)
        rest(r, &r->looks, go_round(r, look));
    r->looks.fiber = NULL;
    dw__runner_settle(r);
}

static void renew_one(struct run *run, dw_ctx *ctx)
{
    struct job_runner *r = run->runner;
    char id[sizeof run->id];
    const dw_job_lease in = {.id = {memcpy(id, run->id, sizeof id), strlen(run->id)},
                             .runner = dw__text_of(r->name),
                             .until = dw__runner_clock(r)->unix_ms + DW__JOB_LEASE_MS};
    int64_t changes = 1;
    dw_err err = dw_x_exec(ctx, r->config.services->jobs->statements->renew, &in, &changes);

    if (err != DW_OK || changes > 0 || run->over || run->kind == NULL || strcmp(run->id, id) != 0)
        return;
    run->lost = true; /* another may run it already */
    dw__ctx_cancel(&run->ctx);
}

static int64_t renew(struct job_runner *r, dw_ctx *ctx)
{
    for (unsigned i = 0; i < DW__JOBS_AT_ONCE; i++)
        if (r->runs[i].kind != NULL)
            renew_one(&r->runs[i], ctx);
    return DW__JOB_RENEW_MS;
}

static void renew_on_fiber(void *arg)
{
    struct job_runner *r = arg;

    r->renews.fiber = dw__fiber_self();
    while (!r->draining || r->n_running > 0 || r->looks.fiber != NULL)
        rest(r, &r->renews, go_round(r, renew));
    r->renews.fiber = NULL;
    dw__runner_settle(r);
}

/* ---- life ---- */

static void on_wake(struct io *io, uint32_t events)
{
    (void)events;
    dw__wake_seen(io->fd);
    dw__runner_wake(&DW__LIST_ENTRY(io, struct job_runner, wake)->looks);
}

static void begin(struct task *task)
{
    struct job_runner *r = DW__LIST_ENTRY(task, struct job_runner, begin);
    dw_err err;

    if (r->draining)
        return;
    err = dw__fiber_start(r->config.fibers, look_on_fiber, r, NULL);
    if (err == DW_OK)
        err = dw__fiber_start(r->config.fibers, renew_on_fiber, r, NULL);
    DW__CHECK(err == DW_OK); /* the first two of its pool */
}

static void name_it(struct job_runner *r)
{
    uint8_t random[16];

    dw_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(r->name + 2 * i, 3, "%02x", random[i]);
}

dw_err dw__job_runner_new(struct job_runner **out, const struct job_runner_config *config)
{
    struct job_runner *r = calloc(1, sizeof *r);
    dw_err err;

    *out = NULL;
    if (r == NULL)
        return DW_UNAVAILABLE;
    r->config = *config;
    for (unsigned i = 0; i < DW__JOBS_AT_ONCE; i++)
        r->runs[i].runner = r;
    name_it(r);
    r->wake = (struct io){.fn = on_wake, .fd = config->services->jobs_wake};
    if (r->wake.fd > 0 && (err = dw__loop_watch(config->services->loop, &r->wake, EPOLLIN)) != DW_OK) {
        free(r);
        return err;
    }
    dw__task_init(&r->begin, begin);
    dw__loop_ready(config->services->loop, &r->begin);
    *out = r;
    return DW_OK;
}

void dw__job_runner_drain(struct job_runner *r, void (*done)(void *self), void *self)
{
    r->done = done;
    r->done_self = self;
    r->draining = true;
    if (r->looks.fiber != NULL)
        dw__runner_wake(&r->looks);
    else
        dw__runner_settle(r);
}

void dw__job_runner_cut_all(struct job_runner *r)
{
    r->cut = true;
    for (unsigned i = 0; i < DW__JOBS_AT_ONCE; i++)
        if (r->runs[i].kind != NULL && !r->runs[i].over)
            dw__ctx_cancel(&r->runs[i].ctx);
}

void dw__job_runner_free(struct job_runner *r)
{
    if (r == NULL)
        return;
    dw__task_cancel(&r->begin);
    if (r->wake.fd > 0) {
        dw_err removed = dw__loop_watch(r->config.services->loop, &r->wake, 0);

        (void)removed; /* removing never fails */
    }
    free(r);
}
