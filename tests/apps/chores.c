/* chores.c -- jobs that sleep, fail, crash and give up as they are told, and write down what they did. */
#include <stdlib.h>
#include <time.h>

#include <dw/dw.h>

DW_MIGRATIONS(chores);

/* ---- what was done ---- */

DW_SCHEMA(mark, (dw_text, name), (dw_text, job), (dw_text, key), (int64_t, attempt), (dw_text, what),
          (int64_t, at_ms));
DW_LIST(marks, mark);
DW_SCHEMA(mark_key, (dw_text, name, DW_LEN(1, 40)));
DW_SCHEMA(mark_list, (marks, items));

DW_QUERY(mark_add, mark, dw_nothing,
         "INSERT INTO marks (name, job, key, attempt, what, at_ms)"
         " VALUES (:name, :job, :key, :attempt, :what, :at_ms)");
DW_QUERY(marks_of, mark_key, mark,
         "SELECT name, job, key, attempt, what, at_ms FROM marks WHERE name = :name ORDER BY at_ms LIMIT 1000");

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static dw_err note(dw_ctx *ctx, dw_text name, dw_text what)
{
    const dw_job_run *self = dw_job_self(ctx);
    const mark row = {.name = name,
                      .job = self->id,
                      .key = self->key,
                      .attempt = self->attempt,
                      .what = what,
                      .at_ms = now_ms()};

    return DW_EXEC(ctx, mark_add, &row, NULL);
}

/* ---- jobs ---- */

DW_SCHEMA(chore, (dw_text, name, DW_LEN(1, 40)), (int64_t, sleep_ms, DW_RANGE(0, 60000), DW_DEFAULT(0)),
          (int64_t, fails, DW_RANGE(0, 100), DW_DEFAULT(0), .doc = "So many attempts fail"),
          (int64_t, crashes, DW_RANGE(0, 100), DW_DEFAULT(0), .doc = "So many attempts end the process"),
          (bool, hopeless, DW_DEFAULT(false)));

static dw_err do_chore(dw_ctx *ctx, const chore *in)
{
    const dw_job_run *self = dw_job_self(ctx);
    dw_err err = note(ctx, in->name, DW_TEXT("begin"));

    if (err == DW_OK && in->sleep_ms > 0)
        err = dw_sleep(ctx, (uint64_t)in->sleep_ms);
    if (err != DW_OK)
        return err;
    if (self->attempt <= in->crashes)
        abort();
    if (in->hopeless)
        return dw_job_give_up(ctx, "there is no hope for %.*s", DW_FMT(in->name));
    if (self->attempt <= in->fails)
        return dw_job_fail(ctx, "attempt %d failed", (int)self->attempt);
    return note(ctx, in->name, DW_TEXT("end"));
}
DW_JOB(plain, chore, do_chore, .attempts = 3, .retry_ms = 100, .at_once = 8);
DW_JOB(narrow, chore, do_chore, .at_once = 2, .retry_ms = 100);
DW_JOB(stubborn, chore, do_chore, .attempts = 50, .retry_ms = 50, .at_once = 16);
DW_JOB(hasty, chore, do_chore, .deadline_ms = 300, .attempts = 2, .retry_ms = 100);

static dw_err tick(dw_ctx *ctx, const dw_nothing *in)
{
    (void)in;
    return note(ctx, DW_TEXT("tick"), DW_TEXT("end"));
}
DW_JOB(ticking, dw_nothing, tick, .schedule = DW_EVERY(2));
DW_JOB(nightly, dw_nothing, tick, .schedule = DW_DAILY("03:30"));

DW_JOBS(jobs);

/* ---- routes ---- */

DW_ENUM(kind_of, plain, narrow, stubborn, hasty);
DW_SCHEMA(order, (kind_of, kind), (chore, chore), (dw_text, key, DW_LEN(1, 300), .optional = true),
          (int64_t, delay_s, DW_DEFAULT(0)), (int64_t, copies, DW_RANGE(1, 100), DW_DEFAULT(1)));

static dw_err put_one(dw_ctx *ctx, const order *in)
{
    switch (in->kind) {
    case kind_of_narrow: return DW_PUT_JOB(ctx, narrow, &in->chore, .key = in->key, .delay_s = in->delay_s);
    case kind_of_stubborn:
        return DW_PUT_JOB(ctx, stubborn, &in->chore, .key = in->key, .delay_s = in->delay_s);
    case kind_of_hasty: return DW_PUT_JOB(ctx, hasty, &in->chore, .key = in->key, .delay_s = in->delay_s);
    default: return DW_PUT_JOB(ctx, plain, &in->chore, .key = in->key, .delay_s = in->delay_s);
    }
}

static dw_err put(dw_req *req, const order *in, dw_nothing *out)
{
    dw_err err = DW_OK;

    (void)out;
    for (int64_t i = 0; i < in->copies && err == DW_OK; i++)
        err = put_one(dw_req_ctx(req), in);
    return err;
}
DW_HANDLER(put, order, dw_nothing);

static const mark by_request = {.name = DW_TEXT_INIT("request"),
                                .job = DW_TEXT_INIT(""),
                                .key = DW_TEXT_INIT(""),
                                .what = DW_TEXT_INIT("written")};

/* In a transaction, with something else. */
static dw_err put_with(dw_req *req, const order *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    mark row = by_request;
    dw_err err;

    (void)out;
    row.name = in->chore.name;
    row.at_ms = now_ms();
    DW_TX(ctx, &err)
    {
        err = DW_EXEC(ctx, mark_add, &row, NULL);
        if (err == DW_OK)
            err = put_one(ctx, in);
    }
    return err;
}
DW_HANDLER(put_with, order, dw_nothing);

/* The same, and then it is undone. */
static dw_err put_without(dw_req *req, const order *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err;

    (void)out;
    DW_TX(ctx, &err)
    {
        err = put_one(ctx, in);
        if (err == DW_OK)
            err = DW_CONFLICT;
    }
    return err;
}
DW_HANDLER(put_without, order, dw_nothing);

/* A job whose arguments break its schema. */
static dw_err put_wrong(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    const chore wrong = {.name = DW_TEXT(""), .sleep_ms = -1};

    (void)in;
    (void)out;
    return DW_PUT_JOB(dw_req_ctx(req), plain, &wrong);
}
DW_HANDLER(put_wrong, dw_nothing, dw_nothing);

static dw_err put_in_get(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    const chore one = {.name = DW_TEXT("never")};

    (void)in;
    (void)out;
    return DW_PUT_JOB(dw_req_ctx(req), plain, &one);
}
DW_HANDLER(put_in_get, dw_nothing, dw_nothing);

static dw_err show(dw_req *req, const mark_key *in, mark_list *out)
{
    return DW_ALL(dw_req_ctx(req), marks_of, in, &out->items);
}
DW_HANDLER(show, mark_key, mark_list);

#define ANYBODY DW_PUBLIC("a test on one machine")
static const dw_route routes[] = {
    DW_POST("/jobs", put, ANYBODY, .status = 204, .deadline_ms = 60000),
    DW_POST("/jobs/with", put_with, ANYBODY, .status = 204),
    DW_POST("/jobs/without", put_without, ANYBODY, .status = 204),
    DW_POST("/jobs/wrong", put_wrong, ANYBODY, .status = 204),
    DW_GET("/jobs/in-get", put_in_get, ANYBODY, .status = 204),
    DW_GET("/marks/{name}", show, ANYBODY),
};
static const dw_blueprint chores = DW_BLUEPRINT("", routes);
static const dw_blueprint *const blueprints[] = {&chores, NULL};

int main(int argc, char **argv)
{
    static const dw_app app = {
        .name = "chores", .migrations = chores_migrations, .blueprints = blueprints, .jobs = &jobs};

    return dw_main(argc, argv, &app);
}
