/* store_reading.h -- a worker's reads without a worker: a loop, fibers, and another process that writes. */
#ifndef TESTS_UNIT_STORE_READING_H
#define TESTS_UNIT_STORE_READING_H

#include "store_author.h"

#include <time.h>

#include "os/fiber.h"
#include "os/loop.h"
#include "os/wait.h"
#include "store/read_threads.h"
#include "store/reader.h"

struct reading {
    struct fixture f;
    struct author author;
    struct loop *loop;
    struct fiber_pool *fibers;
    struct reader *reader;
    struct read_threads *threads;
};

static inline int reading_set_up(void **state)
{
    struct reading *r = calloc(1, sizeof *r);

    fixture_init(&r->f);
    author_start(&r->author, &r->f);
    fixture_log_start(&r->f);
    fixture_open(&r->f, SQL_READ_ONLY);
    fixture_ok(&r->f, dw__loop_new(&r->loop));
    fixture_ok(&r->f, dw__fiber_pool_new(&r->fibers, r->loop, 256, 8));
    fixture_ok(&r->f, dw__reader_new(&r->reader, r->f.h, r->f.inv, r->loop));
    fixture_ok(&r->f, dw__read_threads_new(&r->threads, r->f.h, r->loop));
    *state = r;
    return 0;
}

static inline int reading_tear_down(void **state)
{
    struct reading *r = *state;

    dw__reader_free(r->reader);
    dw__read_threads_free(r->threads);
    dw__fiber_pool_free(r->fibers);
    dw__loop_free(r->loop);
    author_end(&r->author);
    fixture_release(&r->f);
    free(r);
    return 0;
}

/* What runs on a fiber, with a context of its own. */
struct job {
    struct reading *r;
    void (*fn)(struct job *job);
    void *arg;
    uint64_t deadline_ns;
    dw_ctx ctx;
    struct arena arena;
    struct sql_call call; /* of the last read */
    const char *trouble;
    dw_err err;
    bool ended;
};

static inline void job_run(void *arg)
{
    struct job *job = arg;

    dw__arena_init(&job->arena, NULL, (size_t)8 << 20);
    dw__ctx_init(&job->ctx, &job->arena, &job->r->f.services, dw__loop_clock(job->r->loop));
    job->ctx.fiber = dw__fiber_self();
    job->ctx.deadline_ns = job->deadline_ns;
    job->fn(job);
    dw__ctx_end(&job->ctx);
    dw__arena_release(&job->arena);
    job->ended = true;
}

static inline void job_start(struct reading *r, struct job *job, void (*fn)(struct job *job), void *arg)
{
    job->r = r;
    job->fn = fn;
    job->arg = arg;
    assert_int_equal(dw__fiber_start(r->fibers, job_run, job, NULL), DW_OK);
}

static inline void on_fiber(struct reading *r, void (*fn)(struct job *job))
{
    struct job job = {0};

    job_start(r, &job, fn, NULL);
    dw__loop_run_until_idle(r->loop);
    assert_true(job.ended);
}

enum where { BY_READER, IN_A_THREAD };

/* One run of q with the value `one` for its parameter, if it has one. */
static inline dw_err ask(struct job *job, enum where where, const dw_query *q, int64_t one,
                         enum sql_want want, void *out)
{
    struct fixture *f = &job->r->f;
    size_t i = dw__sql_index(f->inv, q);
    struct sql_value value = {.type = SQL_INT, .i = one};
    struct sql_call *call = &job->call;
    struct sql_run run = {.statement = i, .values = &value, .one_row = want == SQL_WANT_ONE, .trouble = ""};

    *call = (struct sql_call){.index = i, .st = dw__sql_statement(f->inv, i), .values = &value, .want = want};
    dw__collect_init(&call->collect, call->st, &job->arena, want, out);
    run.sink = &call->collect.sink;
    job->err = dw__client_budget(&job->ctx, 0, &run.budget_ns);
    if (job->err == DW_OK && where == BY_READER)
        job->err = dw__reader_run(job->r->reader, &job->ctx, call, &run);
    else if (job->err == DW_OK)
        job->err = dw__read_threads_run(job->r->threads, &job->ctx, call, &run);
    job->trouble = run.trouble;
    return job->err;
}

/* The number of notes. */
static inline int64_t count_notes(struct job *job, enum where where)
{
    note_count row = {.n = -1};

    assert_int_equal(ask(job, where, &note_total, 0, SQL_WANT_ONE, &row), DW_OK);
    return row.n;
}

static inline uint64_t clock_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
