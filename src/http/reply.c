/* http/reply.c -- what a handler or guard says about the reply, checked before a byte of it leaves.
 *
 * A header value is the classic place to break out of: CR, LF, NUL and the other control characters are refused here, where every
 * header of every reply passes, and the reply becomes a 500.  Framing belongs to the protocol below: a handler cannot set it. */
#include "base/log.h"
#include "base/text.h"
#include "http/h1_scan.h"
#include "http/request.h"

#define FIRST_EXTRA 8u

static bool belongs_to_protocol(dw_text name)
{
    static const dw_text names[] = {
        DW_TEXT_INIT("connection"),        DW_TEXT_INIT("content-length"), DW_TEXT_INIT("date"),
        DW_TEXT_INIT("keep-alive"),        DW_TEXT_INIT("server"),         DW_TEXT_INIT("trailer"),
        DW_TEXT_INIT("transfer-encoding"), DW_TEXT_INIT("upgrade"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (dw__text_eq_nocase(names[i], name))
            return true;
    return false;
}

static bool is_value(dw_text t)
{
    return dw__h1_span_value(t.p, t.n) == t.n;
}

static dw_err refuse_header(dw_req *req, dw_text name)
{
    struct log *log = req->ctx.services != NULL ? req->ctx.services->log : NULL;
    req->reply.header_broken = true;
    DW__EVENT(log, &req->ctx, DW_LOG_LEVEL_ERROR, "reply.header_refused", DW_KV(header, name));
    return DW_INTERNAL;
}

static bool grow_extra(dw_req *req)
{
    struct http_reply *reply = &req->reply;
    size_t cap = reply->cap_extra == 0 ? FIRST_EXTRA : reply->cap_extra * 2;
    struct http_field *extra = dw__arena_calloc(&req->arena, cap, sizeof(*extra));
    if (extra == NULL)
        return false;
    if (reply->n_extra > 0)
        memcpy(extra, reply->extra, reply->n_extra * sizeof(*extra));
    reply->extra = extra;
    reply->cap_extra = cap;
    return true;
}

dw_err dw__reply_header(dw_req *req, dw_text name, dw_text value)
{
    struct http_reply *reply = &req->reply;
    if (!dw__h1_is_token(name) || belongs_to_protocol(name) || !is_value(value))
        return refuse_header(req, name);
    if (reply->n_extra == reply->cap_extra && !grow_extra(req))
        return DW_UNAVAILABLE;
    reply->extra[reply->n_extra++] = (struct http_field){name, value};
    return DW_OK;
}

dw_err dw_x_reply_header(dw_req *req, const char *name, dw_text value)
{
    dw_text copy = dw__arena_text(&req->arena, value);
    if (copy.p == NULL)
        return DW_UNAVAILABLE;
    return dw__reply_header(req, dw__text_of(name), copy);
}

void dw_reply_status(dw_req *req, int status)
{
    req->reply.status = status;
}

/* Everything about a reply but its body; the guards see it and add theirs. */
static dw_err prepare(dw_req *req, int status, dw_text content_type, int64_t length)
{
    struct http_reply *reply = &req->reply;
    dw_err err = dw__ctx_may_wait(&req->ctx); /* nothing is said of a transaction that may still be undone */
    if (err != DW_OK)
        return err;
    if (reply->state != REPLY_NONE || reply->header_broken || status < 200 || status > 599)
        return DW_INTERNAL;
    if (!is_value(content_type))
        return refuse_header(req, DW_TEXT("Content-Type"));
    /* What would be a 200 is a 304 when dw_reply_validators found that the client has it. Guards still see which type it would have. */
    reply->status = reply->status == 304 && status == 200 ? 304 : status;
    reply->content_type = content_type;
    reply->length = length < 0 ? -1 : length;
    if (req->app != NULL && req->app->reply_begins != NULL)
        req->app->reply_begins(req->app->self, req);
    if (reply->status == 304)
        reply->content_type = (dw_text){NULL, 0};
    return reply->header_broken ? DW_INTERNAL : DW_OK;
}

dw_err dw__reply_send(dw_req *req, int status, dw_text content_type, dw_text body)
{
    if (body.n > INT64_MAX)
        return DW_INTERNAL;
    dw_err err = prepare(req, status, content_type, (int64_t)body.n);
    return err != DW_OK ? err : req->ops->send(req->stream, body);
}

dw_err dw_reply_html(dw_req *req, int status, dw_text body)
{
    return dw__reply_send(req, status, DW_TEXT("text/html; charset=utf-8"), body);
}

dw_err dw_reply_json(dw_req *req, int status, dw_text body)
{
    return dw__reply_send(req, status, DW_TEXT("application/json"), body);
}

dw_err dw_reply_begin(dw_req *req, int status, dw_text content_type, int64_t length)
{
    dw_err err = prepare(req, status, content_type, length);
    return err != DW_OK ? err : req->ops->begin(req->stream);
}

dw_err dw_reply_write(dw_req *req, const void *p, size_t n)
{
    if (req->reply.state != REPLY_BEGUN)
        return DW_INTERNAL;
    return n == 0 ? DW_OK : req->ops->write(req->stream, p, n);
}

dw_err dw_reply_end(dw_req *req)
{
    return req->reply.state != REPLY_BEGUN ? DW_INTERNAL : req->ops->end(req->stream);
}
