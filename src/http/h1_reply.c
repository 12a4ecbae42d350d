/* http/h1_reply.c -- encodes a reply's head by copying what was prepared.
 *
 * Nothing is formatted but a length and a status that is in no list.  Values were checked when they were set (http/reply.c); must
 * never write a Server header. */
#include "http/h1_reply.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "http/status.h"

/* More than all fixed parts together: status line, Date, names, framing, line ends. */
#define FIXED_PARTS 320u

static inline char *put(char *at, dw_text t)
{
    if (t.n > 0)
        memcpy(at, t.p, t.n);
    return at + t.n;
}
#define PUT(at, lit) put((at), DW_TEXT(lit))

size_t dw__h1_reply_size(const dw_req *req)
{
    const struct http_reply *reply = &req->reply;
    size_t n = FIXED_PARTS + req->ctx.request_id.n + reply->content_type.n;
    if (reply->block != NULL)
        n += reply->block->h1.n;
    for (size_t i = 0; i < reply->n_extra; i++)
        n += reply->extra[i].name.n + reply->extra[i].value.n + 4;
    return n;
}

/* FIXED_PARTS leaves room for all twenty digits. */
static char *put_u64(char *at, uint64_t v)
{
    return at + dw__u64_digits(v, at);
}

static char *put_status(char *at, int status)
{
    dw_text line = dw__http_status_line(status);
    if (line.p != NULL)
        return put(at, line);
    at = PUT(at, "HTTP/1.1 ");
    at = put_u64(at, (uint64_t)status);
    return PUT(at, " \r\n");
}

static inline char *put_field(char *at, dw_text name, dw_text value)
{
    at = put(at, name);
    at = PUT(at, ": ");
    at = put(at, value);
    return PUT(at, "\r\n");
}

static char *put_framing(char *at, const struct h1_framing *f)
{
    if (f->chunked) {
        at = PUT(at, "Transfer-Encoding: chunked\r\n");
    } else if (f->length >= 0) {
        at = PUT(at, "Content-Length: ");
        at = put_u64(at, (uint64_t)f->length);
        at = PUT(at, "\r\n");
    }
    if (f->close)
        at = PUT(at, "Connection: close\r\n");
    else if (f->keep)
        at = PUT(at, "Connection: keep-alive\r\n");
    return at;
}

size_t dw__h1_reply_put(char *at, const dw_req *req, const struct h1_framing *f)
{
    const struct http_reply *reply = &req->reply;
    const char *begin = at;
    at = put_status(at, reply->status);
    at = PUT(at, "Date: ");
    at = put(at, (dw_text){req->ctx.clock->http_date, sizeof(req->ctx.clock->http_date) - 1});
    at = PUT(at, "\r\n");
    if (req->ctx.request_id.n > 0)
        at = put_field(at, DW_TEXT("X-Request-Id"), req->ctx.request_id);
    if (reply->block != NULL)
        at = put(at, reply->block->h1);
    if (reply->content_type.n > 0)
        at = put_field(at, DW_TEXT("Content-Type"), reply->content_type);
    at = put_framing(at, f);
    for (size_t i = 0; i < reply->n_extra; i++)
        at = put_field(at, reply->extra[i].name, reply->extra[i].value);
    at = PUT(at, "\r\n");
    DW__CHECK((size_t)(at - begin) <= dw__h1_reply_size(req));
    return (size_t)(at - begin);
}
