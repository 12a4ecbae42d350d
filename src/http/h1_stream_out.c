/* http/h1_stream_out.c -- the reply, written by the request's fiber.
 *
 * A small reply is encoded straight into the connection's output and leaves with whatever else the turn produces.  A large body is
 * written from where it lies; when the client is slow the fiber waits, so a producer is never faster than its reader.  The minimum rate of
 * the connection ends a wait that is too long, and so does the reply's own deadline: a client at a minimum rate would else keep a handler for
 * days.  The handler's deadline is not meant for that, but a reply has at least as long. */
#include <string.h>

#include "http/h1_reply.h"
#include "http/h1_room.h"
#include "http/server_inside.h"

/* Up to here a copy is cheaper than a system call. */
#define COPY_MOST 8192u
#define CHUNK_HEAD 18u

static struct h1_request *of(struct http_stream *s)
{
    return DW__LIST_ENTRY(s, struct h1_request, stream);
}

/* ---- waiting ---- */

/* Until all that is unsent has gone. */
static dw_err wait_for_output(struct h1_request *r)
{
    struct h1_conn *h = r->h;
    dw_err refused = dw__ctx_may_wait(&r->req.ctx);
    if (refused != DW_OK)
        return refused;
    if (h->conn.closed || r->req.ctx.canceled)
        return DW_CANCELED;
    h->waiting = H1_WAIT_OUTPUT;
    dw__h1_stalls(h);
    dw_err err = dw__fiber_park_interruptible(0);
    dw__h1_moves(h);
    h->waiting = H1_WAIT_NONE;
    return h->conn.closed ? DW_CANCELED : err;
}

static dw_err make_room(struct h1_request *r)
{
    struct conn *c = &r->h->conn;
    size_t most = r->h->server->net.unsent_bytes;
    if (c->unsent > most)
        dw__conn_flush(c);
    while (c->unsent > most) {
        dw_err err = wait_for_output(r);
        if (err != DW_OK)
            return err;
    }
    return c->closed ? DW_CANCELED : DW_OK;
}

/* ---- bytes ---- */

static dw_err write_through(struct h1_request *r, const char *p, size_t n)
{
    struct conn *c = &r->h->conn;
    while (n > 0) {
        ptrdiff_t took = dw__conn_write_through(c, p, n);
        if (took == STREAM_FAILED)
            return DW_CANCELED;
        p += took;
        n -= (size_t)took;
        dw_err err = n > 0 ? wait_for_output(r) : dw__h1_breathe(r, (uint64_t)took);
        if (err != DW_OK)
            return err;
    }
    return DW_OK;
}

static dw_err put_bytes(struct h1_request *r, const void *p, size_t n)
{
    if (n > COPY_MOST)
        return write_through(r, p, n);
    dw_err err = make_room(r);
    if (err != DW_OK)
        return err;
    return dw__conn_put(&r->h->conn, p, n) ? DW_OK : DW_UNAVAILABLE;
}

/* ---- the head ---- */

/* Whether the client may begin its next request behind this reply. */
static bool decide_close(const struct h1_request *r)
{
    const struct h1_conn *h = r->h;
    const struct http_server *server = h->server;
    return r->close || r->req.reply.close || server->draining ||
           h->served + 1 >= server->net.requests_per_connection ||
           (r->ask_continue && !dw__h1_body_done(&h->body));
}

/* RFC 9112 §6.3: how the client will know where the body ends. */
static struct h1_framing decide_framing(struct h1_request *r)
{
    const struct dw_req *req = &r->req;
    bool none = req->reply.status == 204 || req->reply.status == 304;
    bool unknown = !none && req->reply.length < 0;
    r->mute = none || req->head.method == HTTP_HEAD;
    r->chunked = unknown && req->head.minor >= 1;
    r->close = decide_close(r) || (unknown && !r->chunked);
    return (struct h1_framing){
        .length = none ? -1 : req->reply.length,
        .chunked = r->chunked,
        .close = r->close,
        .keep = req->head.minor == 0,
    };
}

/* By when the client must have taken the reply that begins. */
static uint64_t end_of_reply(const struct h1_request *r)
{
    const struct dw_ctx *ctx = &r->req.ctx;
    uint64_t end = ctx->clock->mono_ns + r->h->server->net.reply_ms * UINT64_C(1000000);
    return ctx->deadline_ns > end ? ctx->deadline_ns : end;
}

/* Puts the head and `with` (small) in one piece. */
static dw_err put_head(struct h1_request *r, dw_text with)
{
    struct conn *c = &r->h->conn;
    dw__h1_moves(r->h); /* whatever of the body is not there: it is not waited for any more */
    dw_err err = make_room(r);
    if (err != DW_OK)
        return err;
    struct h1_framing framing = decide_framing(r);
    c->out_end_ns = end_of_reply(r);
    if (r->mute)
        with.n = 0;
    char *at = dw__conn_out(c, dw__h1_reply_size(&r->req) + with.n);
    if (at == NULL)
        return DW_UNAVAILABLE;
    size_t n = dw__h1_reply_put(at, &r->req, &framing);
    if (with.n > 0)
        memcpy(at + n, with.p, with.n);
    dw__conn_out_commit(c, n + with.n);
    r->req.reply.state = REPLY_BEGUN;
    return DW_OK;
}

/* ---- what streams do ---- */

dw_err dw__h1_begin(struct http_stream *s)
{
    struct h1_request *r = of(s);
    /* A handler that begins a success before it reads means to read. */
    if (r->req.reply.status < 300 && !dw__h1_body_done(&r->h->body) && !dw__h1_say_continue(r))
        return DW_UNAVAILABLE;
    return put_head(r, (dw_text){0});
}

/* The line before a chunk of n > 0 bytes. */
static size_t chunk_head(char out[static CHUNK_HEAD], size_t n)
{
    static const char digits[] = "0123456789abcdef";
    unsigned width = (67u - (unsigned)__builtin_clzll(n)) / 4u;
    for (unsigned i = 0; i < width; i++)
        out[i] = digits[n >> (width - 1 - i) * 4 & 15];
    out[width] = '\r';
    out[width + 1] = '\n';
    return width + 2;
}

static dw_err put_chunk(struct h1_request *r, const void *p, size_t n)
{
    char head[CHUNK_HEAD];
    dw_err err = put_bytes(r, head, chunk_head(head, n));
    if (err == DW_OK)
        err = put_bytes(r, p, n);
    return err != DW_OK ? err : put_bytes(r, "\r\n", 2);
}

/* Adds to the body of a reply that has begun. */
static dw_err add(struct h1_request *r, const void *p, size_t n)
{
    struct http_reply *reply = &r->req.reply;
    if (r->mute || n == 0)
        return DW_OK;
    if (reply->length >= 0 && n > (uint64_t)reply->length - r->produced)
        return DW_INTERNAL;
    r->produced += n;
    dw_err err = r->chunked ? put_chunk(r, p, n) : put_bytes(r, p, n);
    if (err == DW_OK)
        reply->body_bytes += n;
    return err;
}

dw_err dw__h1_write(struct http_stream *s, const void *p, size_t n)
{
    struct h1_request *r = of(s);
    dw_err err = r->broken ? DW_CANCELED : add(r, p, n);
    r->broken = r->broken || err != DW_OK;
    return err;
}

dw_err dw__h1_end(struct http_stream *s)
{
    struct h1_request *r = of(s);
    struct http_reply *reply = &r->req.reply;
    if (r->broken)
        return DW_CANCELED;
    if (!r->mute && reply->length >= 0 && r->produced != (uint64_t)reply->length)
        return DW_INTERNAL;
    dw_err err = r->chunked && !r->mute ? put_bytes(r, "0\r\n\r\n", 5) : DW_OK;
    if (err == DW_OK)
        reply->state = REPLY_ENDED;
    return err;
}

dw_err dw__h1_send(struct http_stream *s, dw_text body)
{
    struct h1_request *r = of(s);
    if (body.n > COPY_MOST) {
        dw_err err = put_head(r, (dw_text){0});
        if (err == DW_OK)
            err = dw__h1_write(s, body.p, body.n);
        return err != DW_OK ? err : dw__h1_end(s);
    }
    dw_err err = put_head(r, body);
    if (err != DW_OK)
        return err;
    r->req.reply.body_bytes = r->mute ? 0 : body.n;
    r->req.reply.state = REPLY_ENDED;
    return DW_OK;
}
