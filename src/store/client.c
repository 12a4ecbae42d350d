/* store/client.c -- reading, which every process does on a handle of its own. See client.h. */
#include "store/client.h"

#include "base/check.h"
#include "base/log.h"

/* A reader that comes while the writer starts or recovers the log is refused for some milliseconds. */
#define READ_TRIES 50
#define READ_WAIT_MS 2

void dw__client_event(const dw_ctx *ctx, const struct sql_statement *st, dw_err err, const char *why)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "sql.failed",
              dw_x_kv_cstr("statement", st->query->name), dw_x_kv_cstr("error", dw_err_code(err)),
              dw_x_kv_cstr("why", why));
}

dw_err dw__client_budget(const dw_ctx *ctx, uint64_t most, uint64_t *budget_ns)
{
    uint64_t now = ctx->clock->mono_ns, left;

    *budget_ns = most;
    if (ctx->canceled)
        return DW_CANCELED;
    if (ctx->deadline_ns == 0)
        return DW_OK;
    if (ctx->deadline_ns <= now)
        return DW_TIMEOUT;
    left = ctx->deadline_ns - now;
    if (most == 0 || left < most)
        *budget_ns = left;
    return DW_OK;
}

dw_err dw__client_read(struct sql_client *c, dw_ctx *ctx, struct sql_call *call)
{
    struct sql_run run = {
        .statement = call->index,
        .values = call->values,
        .sink = &call->collect.sink,
        .one_row = call->want == SQL_WANT_ONE,
        .trouble = "",
    };
    dw_err err;

    for (int tries = 0;; tries++) {
        err = dw__client_budget(ctx, 0, &run.budget_ns);
        if (err != DW_OK)
            return err;
        err = c->ops->read(c, ctx, call, &run);
        if (err == DW_OK || !run.again || tries == READ_TRIES || call->collect.n > 0)
            break;
        err = dw_sleep(ctx, READ_WAIT_MS);
        if (err != DW_OK)
            return err;
    }
    if (call->collect.fault)
        dw__client_event(ctx, call->st, err, call->collect.fault);
    else if (err != DW_OK && err != DW_CANCELED)
        dw__client_event(ctx, call->st, err, run.trouble);
    return err;
}

dw_err dw__sql_client_ready(struct sql_client *c)
{
    char trouble[DW__SQL_TROUBLE];
    dw_err err;

    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    if (!c->h)
        return c->ops->ready(c);
    err = dw__sqlite_control(c->h, SQL_TOUCH, trouble);
    return err == DW_OK ? c->ops->ready(c) : err;
}

dw_err dw__sql_client_answers(struct sql_client *c, dw_ctx *ctx)
{
    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    return c->ops->answers ? c->ops->answers(c, ctx) : dw__sql_client_ready(c);
}

uint64_t dw__sql_generation(struct sql_client *c)
{
    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    return c->h ? dw__sqlite_generation(c->h) : 0;
}

bool dw__sql_may_keep(const struct sql_client *c, const dw_query *q)
{
    size_t i;

    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    i = dw__sql_index(c->inv, q);
    return c->h && i != SIZE_MAX && dw__sqlite_is_stable(c->h, i);
}

void dw__sql_client_free(struct sql_client *c)
{
    if (!c)
        return;
    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    c->magic = 0;
    c->ops->free(c);
}
