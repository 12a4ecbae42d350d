/* http/shut.c -- operations that refuse, and a reply that looks ended: what is left is reading the head and adding headers. */
#include "http/shut.h"

static dw_err refuse_read(struct http_stream *s, void *buf, size_t n, size_t *got)
{
    (void)s, (void)buf, (void)n, (void)got;
    return DW_INTERNAL;
}

static dw_err refuse_read_all(struct http_stream *s, dw_text *body)
{
    (void)s, (void)body;
    return DW_INTERNAL;
}

/* What a reply would need is not there: REPLY_ENDED keeps every dw_reply_… from asking for it. */
static const struct http_stream_ops shut_ops = {.read = refuse_read, .read_all = refuse_read_all};

struct http_shut dw__req_shut(dw_req *req)
{
    struct http_shut before = {req->ops, req->reply, req->ctx.read_only};

    req->ops = &shut_ops;
    req->reply.state = REPLY_ENDED;
    req->ctx.read_only = true;
    return before;
}

void dw__req_open(dw_req *req, const struct http_shut *before)
{
    const struct http_reply made = req->reply;

    req->ops = before->ops;
    req->ctx.read_only = before->read_only;
    req->reply = before->reply;
    req->reply.extra = made.extra;
    req->reply.n_extra = made.n_extra;
    req->reply.cap_extra = made.cap_extra;
    req->reply.header_broken = before->reply.header_broken || made.header_broken;
}
