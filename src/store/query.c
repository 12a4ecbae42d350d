/* store/query.c -- what DW_ONE, DW_ALL and DW_EXEC call.
 *
 * Everything that decides whether a statement may run is here, for every kind of client: it is in the inventory, a context that only
 * reads does not write, :me is somebody, and the values are what the schema says.  What is refused is an event, since it is a
 * mistake of the program and not of a client. */
#include <dw/query.h>

#include "base/check.h"
#include "base/counts.h"
#include "base/log.h"
#include "store/tx.h"

static void refused(const dw_ctx *ctx, const dw_query *q, const char *why)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "sql.refused", dw_x_kv_cstr("statement", q->name),
              dw_x_kv_cstr("why", why));
}

/* Finds q; DW_INTERNAL when it is not to be run here. */
static dw_err find(const dw_ctx *ctx, const struct sql_client *c, const dw_query *q, size_t *index)
{
    if (ctx->stopped)
        return DW_INTERNAL;
    *index = dw__sql_index(c->inv, q);
    if (*index == SIZE_MAX) {
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "sql.refused",
                  dw_x_kv_cstr("why", "the statement is not in the inventory"));
        return DW_INTERNAL;
    }
    if (ctx->read_only && c->h && dw__sql_writes(c->h, *index)) {
        refused(ctx, q, "it writes, and a GET or HEAD handler only reads");
        return DW_INTERNAL;
    }
    return DW_OK;
}

static dw_err fill(dw_ctx *ctx, const struct sql_statement *st, const void *in, struct sql_value *values)
{
    dw_text now = {ctx->clock->rfc3339, sizeof ctx->clock->rfc3339 - 1};
    const char *fault;

    if (st->uses_me) {
        ctx->principal_asked = true;
        if (!ctx->principal) {
            refused(ctx, st->query, "it asks for :me, and the caller is anonymous");
            return DW_INTERNAL;
        }
    }
    dw__params_from(st, in, ctx->principal ? ctx->principal->id : 0, now, ctx->arena, values);
    fault = dw__params_fault(st, values);
    if (fault) {
        refused(ctx, st->query, fault);
        return DW_INVALID;
    }
    return DW_OK;
}

/* To whoever runs it. */
static dw_err pass_on(struct sql_client *c, dw_ctx *ctx, struct sql_call *call)
{
    if (ctx->services->counts != NULL)
        dw__count_up(&ctx->services->counts->statements);
    if (ctx->tx)
        return dw__tx_run(c, ctx, call);
    if (c->ops->run)
        return c->ops->run(c, ctx, call);
    return dw__sql_writes(c->h, call->index) ? c->ops->write(c, ctx, call) : dw__client_read(c, ctx, call);
}

/* Runs q; what it gave is in *call. */
static dw_err run(dw_ctx *ctx, const dw_query *q, const void *in, enum sql_want want, void *one,
                  struct sql_call *call)
{
    struct sql_client *c = ctx->services ? ctx->services->sql : NULL;
    struct sql_value values[DW__SQL_MAX_PARAMS];
    dw_err err;

    if (!c)
        return DW_UNAVAILABLE;
    DW__MAGIC(c, DW__SQL_CLIENT_MAGIC);
    *call = (struct sql_call){.values = values, .want = want};
    err = find(ctx, c, q, &call->index);
    if (err != DW_OK)
        return err;
    call->st = dw__sql_statement(c->inv, call->index);
    dw__ctx_count(ctx, q->name);
    err = fill(ctx, call->st, in, values);
    if (err != DW_OK)
        return err;
    dw__collect_init(&call->collect, call->st, ctx->arena, want, one);
    err = pass_on(c, ctx, call);
    call->values = NULL;
    return err;
}

dw_err dw_x_one(dw_ctx *ctx, const dw_query *q, const void *in, void *out)
{
    struct sql_call call;
    dw_err err = run(ctx, q, in, SQL_WANT_ONE, out, &call);

    if (err != DW_OK)
        return err;
    if (call.collect.n > 0)
        return DW_OK;
    return q->version ? DW_PRECONDITION_FAILED : DW_NOT_FOUND;
}

dw_err dw_x_all(dw_ctx *ctx, const dw_query *q, const void *in, dw_any_list *rows)
{
    struct sql_call call;
    dw_err err = run(ctx, q, in, SQL_WANT_ALL, NULL, &call);

    *rows = (dw_any_list){0};
    if (err != DW_OK)
        return err;
    *rows = (dw_any_list){call.collect.rows, call.collect.n};
    return DW_OK;
}

dw_err dw_x_exec(dw_ctx *ctx, const dw_query *q, const void *in, int64_t *changes)
{
    struct sql_call call;
    dw_err err = run(ctx, q, in, SQL_WANT_NONE, NULL, &call);

    if (changes)
        *changes = err == DW_OK ? call.changes : 0;
    return err == DW_OK && q->version && call.changes == 0 ? DW_PRECONDITION_FAILED : err;
}
