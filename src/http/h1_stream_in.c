/* http/h1_stream_in.c -- the body of a request, read by its fiber.
 *
 * What is in the input buffer is decoded from there; the bulk of a large body is read straight into the handler's memory.  Waiting
 * has a minimum rate, counted while the handler waits for the client and not while the client waits for it. */
#include <string.h>

#include "base/buf.h"
#include "http/h1_room.h"
#include "http/server_inside.h"
#include "os/wait.h"

/* Less than this is not worth a read of its own. */
#define DIRECT_LEAST 4096u
#define GROW_BY 4096u
/* What is announced is not there yet: no more memory than this before it comes, then three times as much as has come, and all when an eighth has: a request's memory
 * keeps what a buffer has left behind. */
#define FIRST_MOST 16384u

static struct h1_request *of(struct http_stream *s)
{
    return DW__LIST_ENTRY(s, struct h1_request, stream);
}

dw_err dw__h1_breathe(struct h1_request *r, uint64_t n)
{
    struct h1_conn *h = r->h;
    uint64_t now = r->req.ctx.clock->mono_ns;
    if (r->turn_ns != now) {
        r->turn_ns = now;
        r->turn_bytes = 0;
    }
    r->turn_bytes += n;
    if (r->turn_bytes < h->server->net.bytes_per_turn || r->req.ctx.tx != NULL)
        return DW_OK;
    r->turn_bytes = 0;
    h->waiting = H1_WAIT_TURN;
    dw__loop_ready(h->server->config.loop, &h->task);
    dw_err err = r->req.ctx.canceled ? DW_CANCELED : dw__fiber_park_interruptible(0);
    h->waiting = H1_WAIT_NONE;
    return err;
}

bool dw__h1_say_continue(struct h1_request *r)
{
    static const char go_ahead[] = "HTTP/1.1 100 Continue\r\n\r\n";
    bool asked = r->ask_continue;
    r->ask_continue = false;
    return !asked || dw__conn_put(&r->h->conn, go_ahead, sizeof(go_ahead) - 1);
}

/* Until more comes, at the minimum rate. */
static dw_err wait_for_input(struct h1_request *r)
{
    struct h1_conn *h = r->h;
    const struct net_limits *limits = &h->server->net;
    const struct clock *clock = r->req.ctx.clock;
    if (r->req.reply.state == REPLY_NONE && !dw__h1_say_continue(r))
        return DW_UNAVAILABLE;
    if (r->waited_until_ns == 0)
        dw__rate_begin(&r->rate, clock->mono_ns);
    else
        r->rate.since_ns += clock->mono_ns - r->waited_until_ns;
    const uint64_t since = r->rate.since_ns;
    uint64_t deadline = dw__rate_count(&r->rate, clock->mono_ns, r->arrived, limits->body_window_ms,
                                       limits->body_window_bytes);
    if (r->rate.since_ns != since)
        dw__h1_moves(h);
    r->arrived = 0;
    h->waiting = H1_WAIT_INPUT;
    dw__h1_stalls(h);
    dw_err err = dw__ctx_park(&r->req.ctx, deadline);
    h->waiting = H1_WAIT_NONE;
    r->waited_until_ns = clock->mono_ns;
    return err == DW_TIMEOUT && clock->mono_ns >= deadline ? DW_REQUEST_TIMEOUT : err;
}

/* Reads more of the connection: pure data into buf (*got bytes), or anything into the input buffer. */
static dw_err receive(struct h1_request *r, void *buf, size_t n, size_t *got)
{
    struct h1_conn *h = r->h;
    uint64_t direct = dw__h1_body_direct(&h->body);
    ptrdiff_t result;
    if (direct >= DIRECT_LEAST && n >= DIRECT_LEAST) {
        result = dw__conn_read(&h->conn, buf, n < direct ? n : (size_t)direct);
        if (result > 0) {
            dw__h1_body_took(&h->body, (uint64_t)result);
            *got = (size_t)result;
        }
    } else {
        if (r->head_buf == NULL)
            r->head_buf = dw__conn_detach(&h->conn);
        result = dw__conn_fill(&h->conn);
    }
    if (result > 0) {
        r->arrived += (uint64_t)result;
        return dw__h1_breathe(r, (uint64_t)result);
    }
    if (result == STREAM_AGAIN)
        return wait_for_input(r);
    return result == STREAM_FAILED ? DW_CANCELED : DW_BAD_REQUEST;
}

/* Decodes from the input buffer into buf. DW_OK with *got > 0, or *got == 0 and *more saying whether more is needed. */
static dw_err decode(struct h1_request *r, void *buf, size_t n, size_t *got, bool *more)
{
    struct h1_conn *h = r->h;
    dw_text in = dw__conn_input(&h->conn), data = {0};
    size_t used = 0;
    enum h1_body_result result = dw__h1_body_next(&h->body, in.p, in.n, n, &used, &data, r->req.trailers);
    if (result == H1_BODY_DATA)
        memcpy(buf, data.p, data.n);
    dw__conn_consume(&h->conn, used);
    *got = data.n;
    *more = result == H1_BODY_MORE;
    if (result == H1_BODY_BAD)
        return DW_BAD_REQUEST;
    return r->req.trailers != NULL && r->req.trailers->failed ? DW_UNAVAILABLE : DW_OK;
}

static dw_err read_some(struct h1_request *r, void *buf, size_t n, size_t *got)
{
    struct dw_req *req = &r->req;
    dw_err err = DW_OK;
    bool more = true;
    if (r->h->conn.closed)
        return DW_CANCELED;
    while (err == DW_OK && *got == 0 && more) {
        err = decode(r, buf, n, got, &more);
        if (err == DW_OK && more)
            err = receive(r, buf, n, got);
    }
    req->body_read += *got;
    if (err == DW_OK && req->body_read > req->body_limit)
        err = DW_TOO_LARGE;
    if (err != DW_OK || dw__h1_body_done(&r->h->body))
        dw__h1_moves(r->h);
    if (err != DW_OK)
        *got = 0;
    return err;
}

/* A body that was announced too large is not read at all. */
static bool announced_too_large(const struct dw_req *req)
{
    return req->head.content_length > 0 && (uint64_t)req->head.content_length > req->body_limit;
}

dw_err dw__h1_read(struct http_stream *s, void *buf, size_t n, size_t *got)
{
    struct h1_request *r = of(s);
    *got = 0;
    if (n == 0)
        return DW_INTERNAL;
    if (r->body_err == DW_OK)
        r->body_err = announced_too_large(&r->req) ? DW_TOO_LARGE : read_some(r, buf, n, got);
    /* What comes behind a body that was not read to its end cannot be told from it. */
    r->close = r->close || r->body_err != DW_OK;
    return r->body_err;
}

/* The whole body lies in the input buffer as it came: no copy. */
static bool take_in_place(struct h1_request *r, dw_text *body)
{
    struct h1_conn *h = r->h;
    uint64_t left = dw__h1_body_direct(&h->body);
    dw_text in = dw__conn_input(&h->conn);
    if (r->req.head.chunked || r->head_buf != NULL || left == 0 || in.n < left)
        return false;
    *body = (dw_text){in.p, (size_t)left};
    dw__conn_consume(&h->conn, (size_t)left);
    dw__h1_body_took(&h->body, left);
    r->req.body_read += left;
    return true;
}

/* How much more of a body of `announced` bytes (0: nobody knows) to make room for, when `n` are there. */
static size_t room_for(size_t announced, size_t n)
{
    const size_t left = announced > n ? announced - n : 0;
    const size_t most = n == 0 ? FIRST_MOST : n >= announced / 8 ? left : 3 * n;

    return left == 0 ? GROW_BY : left < most ? left : most;
}

dw_err dw__h1_read_all(struct http_stream *s, dw_text *body)
{
    struct h1_request *r = of(s);
    struct dw_req *req = &r->req;
    *body = (dw_text){"", 0};
    if (r->body_err == DW_OK && announced_too_large(req))
        r->body_err = DW_TOO_LARGE;
    if (r->body_err != DW_OK) {
        r->close = true;
        return r->body_err;
    }
    if (dw__h1_body_done(&r->h->body) || take_in_place(r, body))
        return DW_OK;
    struct buf b;
    size_t most = req->body_limit < UINT32_MAX ? (size_t)req->body_limit : UINT32_MAX;
    size_t announced = req->head.content_length > 0 ? (size_t)req->head.content_length : 0;
    dw__buf_init(&b, &req->arena, most + GROW_BY);
    while (!dw__h1_body_done(&r->h->body)) {
        size_t got;
        if (b.cap == b.n && !dw__buf_reserve(&b, room_for(announced, b.n)))
            return DW_UNAVAILABLE;
        dw_err err = dw__h1_read(s, b.p + b.n, b.cap - b.n, &got);
        if (err != DW_OK)
            return err;
        b.n += got;
    }
    *body = (dw_text){b.p, b.n};
    return DW_OK;
}
