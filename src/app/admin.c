/* app/admin.c -- liveness, readiness, counts and who is shut out, on a Unix socket by default: never on the listener that the world sees. */
#include "app/admin.h"

#include "app/counters.h"
#include "base/text.h"
#include "guard/bans.h"
#include "guard/charge.h"
#include "store/sql.h"

#define HELD_MAX ((size_t)128 << 10)
#define METRICS_MAX ((size_t)1 << 20)

/* What is said of counts that are to outlive the server, where they are: no reason to have no requests. */
static const char *limits_say(const struct services *services)
{
    static const char *const says[] = {[LIMITS_NOT_TO_BE_KEPT] = "",
                                       [LIMITS_KEPT] = ",\"limits\":\"ok\"",
                                       [LIMITS_LOST] = ",\"limits\":\"not kept\""};

    return says[services->all_counts != NULL ? dw__counters_limits(services->all_counts)
                                             : LIMITS_NOT_TO_BE_KEPT];
}

static dw_err answer_ready(dw_req *req, const struct route_table *routes)
{
    struct sql_client *sql = req->ctx.services->sql;
    bool ready = sql == NULL || dw__sql_client_answers(sql, &req->ctx) == DW_OK;
    dw_text body = dw__arena_format(&req->arena, "{\"status\":\"%s\",\"database\":\"%s\"%s}\n",
                                    ready ? "ready" : "not ready",
                                    sql == NULL ? "none"
                                    : ready     ? "ok"
                                                : "away",
                                    limits_say(req->ctx.services));

    (void)routes;
    if (body.p == NULL)
        return DW_UNAVAILABLE;
    if (!ready && dw__reply_header(req, DW_TEXT("Retry-After"), DW_TEXT("1")) != DW_OK)
        return DW_UNAVAILABLE;
    return dw__reply_send(req, ready ? 200 : 503, DW_TEXT("application/json"), body);
}

static dw_err answer_health(dw_req *req, const struct route_table *routes)
{
    (void)routes;
    return dw__reply_send(req, 200, DW_TEXT("application/json"), DW_TEXT("{\"status\":\"ok\"}\n"));
}

static dw_err answer_metrics(dw_req *req, const struct route_table *routes)
{
    const struct services *services = req->ctx.services;
    struct buf b;

    (void)routes;
    if (services->all_counts == NULL)
        return DW_NOT_FOUND;
    dw__buf_init(&b, &req->arena, METRICS_MAX);
    dw__counters_print(services->all_counts, services->n_counts, &b);
    if (b.failed)
        return DW_UNAVAILABLE;
    return dw__reply_send(req, 200, DW_TEXT("text/plain; version=0.0.4; charset=utf-8"), (dw_text){b.p, b.n});
}

static dw_err answer_held(dw_req *req, const struct route_table *routes)
{
    struct buf b;

    dw__buf_init(&b, &req->arena, HELD_MAX);
    dw__charge_held_print(req->ctx.services->rates, routes, req->ctx.clock->mono_ns, &b);
    dw__bans_print(&req->ctx, &b);
    if (b.failed)
        return DW_UNAVAILABLE;
    return dw__reply_send(req, 200, DW_TEXT("text/plain; charset=utf-8"), (dw_text){b.p, b.n});
}

/* DELETE /limits/ID */
static dw_err let_go(dw_req *req, const struct route_table *routes, dw_text id)
{
    size_t n = dw__charge_let_go(&req->ctx, routes, id) + dw__bans_let_go(&req->ctx, id);

    if (n == 0 && !dw__text_is(id, "all"))
        return DW_NOT_FOUND;
    return dw__reply_send(req, 200, DW_TEXT("text/plain; charset=utf-8"),
                          dw__arena_format(&req->arena, "%zu let go\n", n));
}

static const struct {
    const char *path;
    dw_err (*answer)(dw_req *req, const struct route_table *routes);
} pages[] = {{"/healthz", answer_health},
             {"/readyz", answer_ready},
             {"/metrics", answer_metrics},
             {"/limits", answer_held}};

dw_err dw__admin_answer(dw_req *req, const struct route_table *routes)
{
    size_t i = 0;

    if (req->head.method == HTTP_DELETE && dw__text_starts(req->path, DW_TEXT("/limits/")))
        return let_go(req, routes, (dw_text){req->path.p + 8, req->path.n - 8});
    while (i < sizeof pages / sizeof *pages && !dw__text_eq(req->path, dw__text_of(pages[i].path)))
        i++;
    if (i == sizeof pages / sizeof *pages)
        return DW_NOT_FOUND;
    if (req->head.method != HTTP_GET && req->head.method != HTTP_HEAD) {
        req->allow_methods = 1u << HTTP_GET;
        return DW_METHOD_NOT_ALLOWED;
    }
    return pages[i].answer(req, routes);
}
