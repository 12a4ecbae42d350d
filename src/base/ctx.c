/* base/ctx.c -- what requests, commands and tests share.
 *
 * Only carries: the arena, the clock and the principal belong to others.  Whatever way a context ends, dw__ctx_end() runs
 * what was deferred exactly once, last first. */
#include "base/ctx.h"

#include <stdarg.h>
#include <string.h>

#include "base/log.h"

void dw__ctx_init(dw_ctx *ctx, struct arena *arena, const struct services *services,
                  const struct clock *clock)
{
    *ctx = (dw_ctx){.arena = arena, .services = services, .clock = clock};
}

void dw__ctx_count(dw_ctx *ctx, const char *name)
{
    struct statements *s = ctx->statements;
    size_t i = 0;

    if (s == NULL)
        return;
    s->total++;
    while (i < s->n && s->each[i].name != name)
        i++;
    if (i == DW__STATEMENTS_KEPT)
        return;
    s->each[i].name = name;
    s->each[i].times++;
    if (i == s->n)
        s->n++;
}

void dw__ctx_end(dw_ctx *ctx)
{
    /* One at a time: what is deferred may defer. */
    while (ctx->deferred != NULL) {
        struct deferred *d = ctx->deferred;
        ctx->deferred = d->next;
        d->fn(d->p);
    }
}

dw_err dw__ctx_may_wait(dw_ctx *ctx)
{
    if (ctx->stopped)
        return DW_INTERNAL;
    if (ctx->tx == NULL || ctx->in_store)
        return DW_OK;
    ctx->waited = true;
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "tx.refused",
              dw_x_kv_cstr("why", "it would wait for something else than its database"));
    return DW_INTERNAL;
}

void *dw_alloc(dw_ctx *ctx, size_t n)
{
    return dw__arena_zalloc(ctx->arena, n);
}

dw_text dw_format(dw_ctx *ctx, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    dw_text t = dw__arena_vformat(ctx->arena, fmt, args);
    va_end(args);
    return t;
}

dw_err dw_defer(dw_ctx *ctx, void (*fn)(void *p), void *p)
{
    struct deferred *d = dw__arena_alloc(ctx->arena, sizeof *d);
    if (d == NULL) {
        fn(p);
        return DW_UNAVAILABLE;
    }
    *d = (struct deferred){.fn = fn, .p = p, .next = ctx->deferred};
    ctx->deferred = d;
    return DW_OK;
}

uint64_t dw_now_ns(const dw_ctx *ctx)
{
    return ctx->clock->mono_ns;
}

int64_t dw_now_unix(const dw_ctx *ctx)
{
    return ctx->clock->unix_ms / 1000;
}

bool dw_in_development(const dw_ctx *ctx)
{
    return ctx->services != NULL && ctx->services->development;
}

const dw_principal *dw_ctx_principal(dw_ctx *ctx)
{
    ctx->principal_asked = true;
    return ctx->principal;
}

bool dw_ctx_has_role(dw_ctx *ctx, unsigned role)
{
    const dw_principal *who = dw_ctx_principal(ctx);
    return who != NULL && role < 64 && (who->roles >> role & 1) != 0;
}

bool dw_ctx_has_scope(dw_ctx *ctx, unsigned scope)
{
    const dw_principal *who = dw_ctx_principal(ctx);
    return who != NULL && (!who->scoped || (scope < 64 && (who->scopes >> scope & 1) != 0));
}
