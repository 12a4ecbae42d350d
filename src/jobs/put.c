/* jobs/put.c -- DW_PUT_JOB, and what a job may ask and say of itself.
 *
 * A job is one row, written as any other: by itself, or in the transaction that is open.  Who runs jobs is woken when it is on disk, never before, so
 * that he never looks too early.
 *
 * Must never: put what could not be run. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "jobs/args.h"
#include "jobs/run.h"
#include "jobs/table.h"
#include "os/wake.h"
#include <dw/job.h>
#include <dw/values.h>

#define KEY_MAX 255u
#define DELAY_MAX_S INT64_C(31622400)

static void refused(const dw_ctx *ctx, const dw_job *job, dw_text why)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "job.refused", DW_KV(kind, job->name),
              DW_KV(why, why));
}

/* Why a job cannot be put like that; NULL when it can. */
static const char *fault_of(const dw_job_how *how)
{
    if (how->delay_s < 0 || how->delay_s > DELAY_MAX_S)
        return ".delay_s is 0 to a year";
    if (how->key.n > KEY_MAX || (how->key.n > 0 && how->key.p[0] == '@'))
        return ".key has 1 to 255 bytes and does not begin with '@'";
    for (size_t i = 0; i < how->key.n; i++)
        if (how->key.p[i] < ' ' || how->key.p[i] > '~')
            return ".key is printable ASCII";
    return NULL;
}

static dw_err make_row(dw_ctx *ctx, const struct job_kind *kind, const void *args, const dw_job_how *how,
                       dw_job_row *row)
{
    void *again;
    dw_text why;
    dw_err err = dw__job_args_print(kind->args, args, ctx->arena, &row->args);

    if (err == DW_OK &&
        (err = dw__job_args_bind(kind->args, row->args, ctx->arena, &again, &why)) == DW_INVALID)
        refused(ctx, kind->job, why);
    if (err != DW_OK)
        return err;
    row->id = dw_uuid_text(ctx, dw_uuid_new());
    row->kind = dw__text_of(kind->job->name);
    row->key = how->key.n > 0 ? how->key : row->id;
    row->made_at = ctx->clock->unix_ms;
    row->due_at = row->made_at + how->delay_s * 1000;
    return row->id.n > 0 ? DW_OK : DW_UNAVAILABLE;
}

dw_err dw_x_job_put(dw_ctx *ctx, const dw_job *job, const void *args, const dw_job_how *how)
{
    const struct services *services = ctx->services;
    const struct job_kind *kind = services != NULL ? dw__job_kind_of(services->jobs, job) : NULL;
    const char *fault = fault_of(how);
    dw_job_row row = {0};
    dw_err err;

    if (services == NULL || services->sql == NULL)
        return DW_UNAVAILABLE;
    if (kind == NULL)
        fault = "it is no job of this program";
    if (fault != NULL) {
        refused(ctx, job, dw__text_of(fault));
        return DW_INTERNAL;
    }
    if ((err = make_row(ctx, kind, args, how, &row)) != DW_OK ||
        (err = dw_x_exec(ctx, job->put, &row, NULL)) != DW_OK)
        return err;
    if (ctx->tx != NULL)
        ctx->jobs_put = true; /* store/tx.c wakes when it is committed */
    else
        dw__wake(services->jobs_wake);
    return DW_OK;
}

/* ---- for the job itself ---- */

const dw_job_run *dw_job_self(const dw_ctx *ctx)
{
    return ctx->job != NULL ? &ctx->job->self : NULL;
}

static void say(dw_ctx *ctx, const char *fmt, va_list args)
{
    struct job_run *run = ctx->job;
    int n;

    if (run == NULL)
        return;
    n = vsnprintf(run->why, sizeof run->why, fmt, args);
    run->why_n = n < 0 ? 0 : (size_t)n < sizeof run->why ? (size_t)n : sizeof run->why - 1;
    run->why_n = dw__utf8_cut((dw_text){run->why, run->why_n}, run->why_n).n;
    if (!dw__utf8_valid_text(run->why, run->why_n)) /* a server's words, perhaps */
        for (size_t i = 0; i < run->why_n; i++)
            if ((unsigned char)run->why[i] < ' ' || (unsigned char)run->why[i] > '~')
                run->why[i] = '?';
}

dw_err dw_job_fail(dw_ctx *ctx, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(ctx, fmt, args);
    va_end(args);
    return DW_UNAVAILABLE;
}

dw_err dw_job_give_up(dw_ctx *ctx, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(ctx, fmt, args);
    va_end(args);
    if (ctx->job != NULL)
        ctx->job->gave_up = true;
    return DW_INVALID;
}
