/* app/admin.c -- liveness and readiness, on a Unix socket by default: never on the listener that the world sees. */
#include "app/admin.h"

#include "base/text.h"
#include "store/sql.h"

static dw_err answer_ready(dw_req *req)
{
    struct sql_client *sql = req->ctx.services->sql;
    bool ready = sql == NULL || dw__sql_client_answers(sql, &req->ctx) == DW_OK;
    dw_text body = dw__arena_format(&req->arena, "{\"status\":\"%s\",\"database\":\"%s\"}\n",
                                    ready ? "ready" : "not ready",
                                    sql == NULL ? "none"
                                    : ready     ? "ok"
                                                : "away");

    if (body.p == NULL)
        return DW_UNAVAILABLE;
    if (!ready && dw__reply_header(req, DW_TEXT("Retry-After"), DW_TEXT("1")) != DW_OK)
        return DW_UNAVAILABLE;
    return dw__reply_send(req, ready ? 200 : 503, DW_TEXT("application/json"), body);
}

dw_err dw__admin_answer(dw_req *req)
{
    bool health = dw__text_is(req->path, "/healthz");

    if (!health && !dw__text_is(req->path, "/readyz"))
        return DW_NOT_FOUND;
    if (req->head.method != HTTP_GET && req->head.method != HTTP_HEAD) {
        req->allow_methods = 1u << HTTP_GET;
        return DW_METHOD_NOT_ALLOWED;
    }
    if (health)
        return dw__reply_send(req, 200, DW_TEXT("application/json"), DW_TEXT("{\"status\":\"ok\"}\n"));
    return answer_ready(req);
}
