/* app/answer.c -- early guards, route, head guards, body guards, loaders, handler, reply: the data flow of the whole, in one place.
 *
 * Runs on the request's fiber, straight down.  Whatever returns an error on the way, the error becomes the reply; a reply that
 * was begun and not ended is cut.  Must never: call back up, or leave a request without a reply. */
#include "app/answer.h"

#include "app/access_log.h"
#include "app/admin.h"
#include "app/error_reply.h"
#include "app/load.h"
#include "app/repeat.h"
#include "app/view.h"
#include "app/webhook.h"
#include "base/audit.h"
#include "base/check.h"
#include "base/counts.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "guard/charge.h"
#include "guard/cors.h"
#include "guard/probes.h"
#include "schema/print.h"

#define OUTPUT_MAX ((size_t)16 << 20)

/* The methods of a path as a header value: "GET, HEAD, POST, OPTIONS". */
static dw_err put_allow(dw_req *req, unsigned methods)
{
    struct buf b;

    if (methods & 1u << HTTP_GET)
        methods |= 1u << HTTP_HEAD;
    methods |= 1u << HTTP_OPTIONS;
    dw__buf_init(&b, &req->arena, 128);
    for (enum http_method m = HTTP_GET; m <= HTTP_OPTIONS; m++)
        if (methods & 1u << m)
            dw__buf_format(&b, "%s%s", b.n ? ", " : "", dw__method_name(m));
    return b.failed ? DW_UNAVAILABLE : dw__reply_header(req, DW_TEXT("Allow"), (dw_text){b.p, b.n});
}

/* Finds the route. DW_OK with req->plan set, or an OPTIONS reply made, or 404 or 429, 405 or 501. */
static dw_err find_route(const struct answerer *a, dw_req *req, struct route_match *match)
{
    enum http_method method = req->head.method == HTTP_HEAD ? HTTP_GET : req->head.method;

    dw__route_tree_match(a->env.routes->tree, method, req->path, match);
    if (method == HTTP_UNKNOWN) {
        bool known =
            dw__text_is(req->head.method_text, "TRACE") || dw__text_is(req->head.method_text, "CONNECT");

        dw__cors_find(&a->env, req);
        req->allow_methods = match->methods;
        return known ? DW_METHOD_NOT_ALLOWED : DW_NOT_IMPLEMENTED;
    }
    if (match->methods == 0) {
        req->cors = dw__cors_scope(&a->env.routes->cors, req->path);
        return dw__probes_judge(req);
    }
    if (match->plan != NULL) {
        req->plan = match->plan;
        req->cors = match->plan->cors;
        req->ctx.route = match->plan->pattern;
        return DW_OK;
    }
    req->cors = match->other->cors;
    if (dw__cors_is_preflight(req))
        return dw__cors_preflight(&a->env, req, match);
    if (method == HTTP_OPTIONS) {
        dw_err err = put_allow(req, match->methods);

        return err != DW_OK ? err : dw__reply_send(req, 204, (dw_text){0}, (dw_text){0});
    }
    req->allow_methods = match->methods;
    return DW_METHOD_NOT_ALLOWED;
}

/* *out, or what the handler decided instead (304, 204), as a reply. */
static dw_err print_output(dw_req *req, const void *out, struct made *made)
{
    const struct route_plan *plan = req->plan;
    int status = req->reply.status ? req->reply.status : plan->status;
    const char *unset = NULL;
    struct buf body;

    *made = (struct made){.status = status};
    if (status == 304 || status == 204 || plan->out == NULL)
        return DW_OK;
    dw__buf_init(&body, &req->arena, OUTPUT_MAX);
    dw__print_json(plan->out, out, dw__view_roles(&req->ctx, plan->out), &body, NULL, &unset);
    if (unset != NULL)
        return dw_req_fail_internal(req, dw__arena_format(&req->arena, "handler %s never set output field %s",
                                                          plan->route->handler->name, unset));
    if (body.failed)
        return dw_req_fail_internal(req, DW_TEXT("the output does not fit the request's memory"));
    made->type = DW_TEXT("application/json");
    made->body = (dw_text){body.p, body.n};
    return DW_OK;
}

/* Runs the loaders and the handler; *made is its reply, unless it has sent one itself. */
static dw_err run_handler(const struct answerer *a, dw_req *req, const void *in, struct made *made)
{
    const struct route_plan *plan = req->plan;
    void *out = NULL;
    dw_err err;

    if (plan->typed_reply) {
        out = dw__arena_zalloc(&req->arena, plan->route->handler->out->size);
        if (out == NULL)
            return DW_UNAVAILABLE;
        if (a->poison && plan->out != NULL)
            dw__poison(plan->out, out);
    }
    if ((err = dw__load_all(req)) == DW_OK)
        err = plan->route->handler->call(req, in, out);
    if (req->ctx.stopped)
        return DW_INTERNAL;
    if (req->ctx.tx_left && (err == DW_OK || err == DW_INTERNAL))
        return dw_req_fail_internal(
            req, DW_TEXT("a transaction was left before its end and without an error: it is undone"));
    if (err != DW_OK)
        return err;
    if (req->reply.header_broken)
        return dw_req_fail_internal(req, DW_TEXT("a header value held CR, LF or NUL"));
    if (plan->typed_reply && req->reply.state == REPLY_NONE)
        return print_output(req, out, made);
    if (req->reply.state != REPLY_ENDED)
        return dw_req_fail_internal(req, DW_TEXT("the handler returned without a complete reply"));
    return DW_OK;
}

struct handling {
    const struct answerer *a;
    const void *in;
};

static dw_err make_reply(const void *self, dw_req *req, struct made *made)
{
    const struct handling *h = self;

    return run_handler(h->a, req, h->in, made);
}

/* The handler's reply, or the one that was kept for the request's Idempotency-Key. */
static dw_err handle(const struct answerer *a, dw_req *req, const struct guarded *guarded)
{
    const struct handling handling = {a, guarded->in};
    const struct maker maker = {make_reply, &handling};
    struct made made = {0};
    dw_text key = {NULL, 0};
    dw_err err = DW_OK;

    if (req->plan->route->idempotent)
        err = dw__repeat_key(req, &key);
    if (req->plan->allow.kind == DW_ALLOW_SIGNED)
        err = dw__webhook_make(a->env.app->webhooks, req, &maker, &made);
    else if (err == DW_OK)
        err = key.p != NULL ? dw__repeat_make(a->env.app->repeats, req, key, guarded->body, &maker, &made)
                            : make_reply(&handling, req, &made);
    if (err != DW_OK || req->reply.state == REPLY_ENDED)
        return err;
    return dw__reply_send(req, made.status, made.type, made.body);
}

static dw_err answer(const struct answerer *a, dw_req *req)
{
    struct guarded guarded; /* filled on the way: the match, then the input */
    dw_err err;

    guarded.body_read = false;
    if ((err = dw__guards_before(GUARD_EARLY, &a->env, req, &guarded)) != DW_OK) {
        if (!req->admin && req->refused == DW_OK)
            dw__cors_find(&a->env, req); /* pages that may ask may read why not */
        return err;
    }
    if (req->admin)
        return dw__admin_answer(req, a->env.routes);
    if ((err = find_route(a, req, &guarded.match)) != DW_OK || req->reply.state == REPLY_ENDED)
        return err;
    req->ctx.read_only = req->plan->read_only;
    req->ctx.deadline_ns = req->ctx.clock->mono_ns + req->plan->deadline_ms * UINT64_C(1000000);
    if ((err = dw__guards_before(GUARD_HEAD, &a->env, req, &guarded)) != DW_OK ||
        req->reply.state != REPLY_NONE ||
        (err = dw__guards_before(GUARD_BODY, &a->env, req, &guarded)) != DW_OK)
        return err;
    return handle(a, req, &guarded);
}

/* What a client is not told goes into the log. */
static void log_failure(const dw_req *req, dw_err err)
{
    dw_text why = req->fail_internal;

    if (why.n == 0)
        why = dw__text_of(req->refused_why        ? req->refused_why
                          : dw__err_is_known(err) ? dw_err_code(err)
                                                  : "an error that DW_APP_ERRORS does not list");
    if (err == DW_CANCELED)
        return; /* the client left: its access line says so, and a line of error for each would be its to write */
    if (req->shed)
        return;
    if (err == DW_UNAUTHENTICATED || err == DW_DENIED)
        dw__audit_note(&req->ctx, AUDIT_DENIED, (const dw_kv[]){dw_x_kv_cstr("code", dw_err_code(err))}, 1);
    if (dw_err_status(err) >= 500)
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "request.failed",
                  DW_KV(code, dw_err_code(err)), DW_KV(why, why));
    else if (req->refused != DW_OK)
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "request.refused",
                  DW_KV(code, dw_err_code(err)), DW_KV(why, why));
}

static void serve(void *self, dw_req *req)
{
    const struct answerer *a = self;
    dw_err err;

    if (a->dev != NULL)
        dw__dev_begin(req);
    req->plan = &a->env.routes->fallback;
    req->ctx.peer = req->peer.text;
    req->ctx.deadline_ns = req->ctx.clock->mono_ns + req->plan->deadline_ms * UINT64_C(1000000);
    err = answer(a, req);
    req->outcome = err;
    if (err == DW_OK)
        return;
    log_failure(req, err);
    dw__error_reply(req, err);
}

static void reply_begins(void *self, dw_req *req)
{
    const struct answerer *a = self;

    dw__guards_after(&a->env, req);
    if (req->reply.status == 405 && put_allow(req, req->allow_methods) != DW_OK)
        req->reply.close = true;
}

/* What the admin asks is no work of the server's. */
static void count(const dw_req *req)
{
    struct counts *counts = req->ctx.services->counts;

    if (counts == NULL || req->admin || req->reply.state == REPLY_NONE)
        return;
    switch (req->reply.status / 100) {
    case 2: dw__count_up(&counts->replies_2xx); break;
    case 3: dw__count_up(&counts->replies_3xx); break;
    case 4: dw__count_up(&counts->replies_4xx); break;
    default: dw__count_up(&counts->replies_5xx);
    }
}

static void done(void *self, dw_req *req)
{
    const struct answerer *a = self;

    count(req);
    if (a->dev != NULL)
        dw__dev_request(a->dev, req);
    else
        dw__access_log(req);
}

/* The body of every 503 in our own shape, but for the id: there is no request. */
static void put_unavailable(struct buf *b)
{
    dw__buf_lit(b, "{\"error\":");
    dw__json_put_string(b, dw__text_of(dw__http_reason(503)));
    dw__buf_lit(b, ",\"message\":");
    dw__json_put_string(b, dw__text_of(dw_err_text(DW_UNAVAILABLE)));
    dw__buf_lit(b, ",\"code\":");
    dw__json_put_string(b, dw__text_of(dw_err_code(DW_UNAVAILABLE)));
    dw__buf_putc(b, '}');
}

/* What is said when there is nothing to make a reply with: prepared, and with the headers that every reply has. The length of its head is *head. */
static dw_text make_overloaded(struct answerer *a, size_t *head)
{
    const struct header_variants *headers = &a->env.routes->fallback.headers;
    struct buf b, body;
    char text[256];

    dw__buf_init_fixed(&body, text, sizeof text);
    put_unavailable(&body);
    dw__buf_init_fixed(&b, a->overloaded, sizeof a->overloaded);
    dw__buf_lit(&b, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n");
    dw__buf_text(&b, headers->block[HEADERS_JSON][0][CACHE_NEVER]->h1);
    dw__buf_format(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                   body.n);
    *head = b.n;
    dw__buf_text(&b, (dw_text){body.p, body.n});
    DW__CHECK(!b.failed && !body.failed);
    return (dw_text){b.p, b.n};
}

static void soon(void *self, const struct services *services, const struct ip_counted *peer, uint64_t *note)
{
    const struct answerer *a = self;

    dw__charge_soon(services->rates, &a->env.routes->global, peer, note);
}

void dw__answer_bind(struct http_app *app, struct answerer *a)
{
    size_t head;
    dw_text overloaded = make_overloaded(a, &head);

    *app = (struct http_app){
        .self = a,
        .soon = soon,
        .serve = serve,
        .reply_begins = reply_begins,
        .done = done,
        .overloaded = overloaded,
        .overloaded_head = head,
    };
}
