/* http/h1_dispatch.c -- a request's life: from its head, over its fiber, to what becomes of the connection.
 *
 * A head that was refused goes the same way as any other: its answer is made by the application on a fiber, so that even
 * nonsense gets the security headers and a line in the log. */
#include <string.h>

#include "base/load.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/text.h"
#include "codec/url.h"
#include "http/forwarding.h"
#include "http/h1_room.h"
#include "http/server_inside.h"
#include "http/traceparent.h"
#include "os/lag.h"

/* Of all fibers one in so many is: the admin's; kept, with it, for who is signed in; and left when who is slow begins to leave. */
#define FIBERS_OF_ADMIN 64u
#define FIBERS_OF_KNOWN 16u
#define FIBERS_SHORT 8u

static dw_text via_text(const struct h1_conn *h, struct h1_request *r)
{
    size_t n = dw__ip_write(h->via, r->via);
    return n > 0 ? (dw_text){r->via, n} : DW_TEXT("unix");
}

/* Everything that a request has whether its head was good or not. */
static void set_up(struct h1_conn *h, struct h1_request *r)
{
    struct http_server *server = h->server;
    const struct http_server_config *config = &server->config;
    const struct clock *clock = dw__loop_clock(config->loop);
    struct dw_req *req = &r->req;
    dw__http_server_take_spare(server);
    if (!h->admin) {
        dw__count_up(&server->counts->requests);
        dw__count_up(&server->counts->in_hand);
        if (config->services->lag != NULL)
            dw__lag_work(config->services->lag);
    }
    h->request = r;
    h->seen = 0;
    h->phase = H1_IDLE;
    dw__conn_deadline(&h->conn, 0);
    r->h = h;
    r->stream.req = req;
    /* What the admin asks does not share the memory of others: it is answered when that is gone. */
    dw__arena_init(&req->arena, h->admin ? NULL : config->chunks, server->http.memory);
    dw__ctx_init(&req->ctx, &req->arena, config->services, clock);
    dw__random_hex(r->id, sizeof(r->id));
    req->ctx.request_id = (dw_text){r->id, sizeof(r->id)};
    req->admin = h->admin;
    req->peer =
        (struct peer_address){{h->conn.peer, h->conn.peer_n}, h->conn.peer_loopback, h->counted, h->note};
    if (h->has_via)
        req->via = via_text(h, r);
    req->https = h->https;
    req->of_proxy = h->hops > 0;
    req->begun_ns = clock->mono_ns;
    req->reply.length = -1;
    req->ops = &dw__h1_stream_ops;
    req->stream = &r->stream;
    req->app = config->app;
}

/* ---- the fiber ---- */

static void run(void *arg)
{
    struct h1_request *r = arg;
    struct dw_req *req = &r->req;
    struct h1_conn *h = r->h;
    const struct http_app *app = req->app;
    req->ctx.fiber = dw__fiber_self();
    dw__fiber_serves(&req->ctx);
    app->serve(app->self, req);
    if (req->reply.state != REPLY_ENDED)
        r->broken = true;
    dw__ctx_end(&req->ctx);
    if (app->done != NULL)
        app->done(app->self, req);
    r->ended = true;
    if (!h->starting)
        dw__loop_ready(h->server->config.loop, &h->task);
}

/* Gives back all that the request in hand holds. */
static void let_go(struct h1_conn *h)
{
    struct h1_request *r = h->request;
    h->request = NULL;
    dw__arena_release(&r->req.arena);
    dw__netbuf_return(&h->server->bufs, r->head_buf);
    dw__http_server_recycle(h->server, r);
}

/* Whether but one in `parts` of the fibers is left, and of the memory. */
static bool few_fibers(const struct http_server *server, size_t parts)
{
    const size_t most = dw__fiber_max(server->config.fibers);
    return dw__fiber_live(server->config.fibers) >= most - most / parts;
}

static bool little_memory(const struct http_server *server, size_t parts)
{
    const size_t memory = server->http.total;
    return memory != 0 && server->config.chunks->lent + server->bufs.lent_bytes > memory - memory / parts;
}

/* Whether a request may begin.  First the slowest clients leave, then strangers are refused (guard/shed.c), then everybody: the last fibers are the
 * admin's, and what runs may still need memory. */
static bool has_room(struct h1_conn *h)
{
    struct http_server *server = h->server;
    struct load *load = server->config.services->load;
    if (h->admin)
        return true;
    if (load == NULL)
        return !few_fibers(server, FIBERS_OF_ADMIN) && !little_memory(server, 4);
    if (few_fibers(server, FIBERS_SHORT))
        dw__h1_make_way(server, false);
    else if (little_memory(server, 3))
        dw__h1_make_way(server, true);
    load->crowded = few_fibers(server, FIBERS_OF_KNOWN) || little_memory(server, 4);
    return load->level != LOAD_FULL && !few_fibers(server, FIBERS_OF_ADMIN) && !little_memory(server, 8);
}

static void start(struct h1_conn *h, struct h1_request *r)
{
    enum http_method method = r->req.head.method;
    dw_err err = DW_UNAVAILABLE;
    h->starting = true;
    if (has_room(h))
        err = dw__fiber_start(h->server->config.fibers, run, r, NULL);
    h->starting = false;
    if (err != DW_OK) {
        let_go(h);
        dw__h1_overloaded(h, method);
    } else if (r->ended) {
        (void)dw__h1_finish(h);
    }
}

/* At most one line a second, not one for each client. */
static void log_overload(struct http_server *server)
{
    uint64_t now = dw__loop_clock(server->config.loop)->mono_ns;
    if (server->overload_told_ns != 0 && now - server->overload_told_ns < UINT64_C(1000000000))
        return;
    server->overload_told_ns = now;
    DW__EVENT(server->config.log, NULL, DW_LOG_LEVEL_WARN, "server.overloaded",
              DW_KV(refused, (int64_t)server->counts->overloaded),
              DW_KV(connections, (int64_t)server->counts->connections),
              DW_KV(requests, (int64_t)dw__fiber_live(server->config.fibers)),
              DW_KV(memory, (int64_t)(server->config.chunks->lent + server->bufs.lent_bytes)));
}

void dw__h1_overloaded(struct h1_conn *h, enum http_method method)
{
    const struct http_app *app = h->server->config.app;
    dw_text text = app->overloaded;
    dw__count_up(&h->server->counts->overloaded);
    log_overload(h->server);
    (void)dw__conn_put(&h->conn, text.p, method == HTTP_HEAD ? app->overloaded_head : text.n);
    h->dirty = true;
    h->phase = H1_CLOSING;
}

/* ---- heads, good and bad ---- */

static const char *normalise_path(struct dw_req *req)
{
    dw_text raw = req->head.path;
    if (dw__path_is_normal(raw) || dw__text_is(raw, "*")) {
        req->path = raw;
        return NULL;
    }
    char *out = dw__arena_bytes(&req->arena, raw.n);
    size_t n = 0;
    if (out == NULL || dw__path_normalise(raw, out, &n) != DW_OK)
        return "bad path";
    req->path = (dw_text){out, n};
    return NULL;
}

/* Fields that are not a client's to send, where there are any. */
static const char *judge_marked(struct h1_conn *h, struct h1_request *r)
{
    if (r->req.head.marks == 0)
        return NULL;
    return dw__forwarding_take(&r->req, h->server->config.proxies, h->hops, r->client);
}

void dw__h1_dispatch(struct h1_conn *h, struct h1_request *r, size_t used)
{
    struct dw_req *req = &r->req;
    const struct http_head *head = &req->head;
    set_up(h, r);
    dw__conn_consume(&h->conn, used);
    dw__h1_body_init(&h->body, head);
    r->ask_continue = head->expect_continue && !dw__h1_body_done(&h->body);
    r->close = !head->keep_alive;
    dw_text trace = head->known[HTTP_TRACEPARENT];
    if (dw__traceparent_valid(trace))
        req->ctx.traceparent = trace;
    req->refused_why = judge_marked(h, r);
    const char *why = normalise_path(req);
    if (req->refused_why == NULL)
        req->refused_why = why;
    if (req->refused_why != NULL) {
        req->refused = DW_BAD_REQUEST;
        dw__count_up(&h->server->counts->refused);
        h->dirty = r->close = true;
    }
    start(h, r);
}

void dw__h1_refuse(struct h1_conn *h, struct h1_request *r, const struct h1_fault *fault)
{
    struct dw_req *req = &r->req;
    req->head = (struct http_head){.fields = r->fields, .minor = 1, .content_length = -1};
    set_up(h, r);
    dw__h1_body_init(&h->body, &req->head);
    req->refused = fault->err;
    req->refused_why = fault->why;
    dw__count_up(&h->server->counts->refused);
    h->dirty = r->close = true;
    start(h, r);
}

/* ---- what becomes of the connection ---- */

/* What nobody read of the body must be read past, if that is little; else the connection ends. */
static void after_body(struct h1_conn *h)
{
    if (dw__h1_body_direct(&h->body) > h->server->http.discard) {
        h->dirty = true;
        h->phase = H1_CLOSING;
        return;
    }
    h->phase = H1_DISCARD;
    h->dropped = 0;
    uint64_t now = dw__loop_clock(h->server->config.loop)->mono_ns;
    dw__conn_deadline(&h->conn, now + h->server->net.body_window_ms * UINT64_C(1000000));
}

bool dw__h1_finish(struct h1_conn *h)
{
    bool broken = h->request->broken, close = h->request->close;
    bool unread = !dw__h1_body_done(&h->body);
    let_go(h);
    dw__h1_moves(h);
    h->served++;
    h->waiting = H1_WAIT_NONE;
    if (h->released) {
        dw__http_server_forget(h->server, h);
        return false;
    }
    if (broken) {
        /* What was sent is no whole reply: only the end of the connection can say so. */
        dw__conn_flush(&h->conn);
        dw__conn_close(&h->conn);
    } else if (close) {
        h->dirty = h->dirty || unread || dw__conn_input(&h->conn).n > 0;
        h->phase = H1_CLOSING;
    } else if (unread) {
        after_body(h);
    }
    return true;
}
