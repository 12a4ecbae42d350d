/* http/request.c -- what a handler asks of its request, and how it says that it failed. */
#include <execinfo.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/cookie.h"
#include "http/request.h"

#define FAIL_FRAMES 32

dw_ctx *dw_req_ctx(dw_req *req)
{
    return &req->ctx;
}

dw_text dw_req_method(const dw_req *req)
{
    return req->head.method_text;
}

dw_text dw_req_path(const dw_req *req)
{
    return req->path;
}

dw_text dw_req_query(const dw_req *req)
{
    return req->head.query;
}

dw_text dw_req_id(const dw_req *req)
{
    return req->ctx.request_id;
}

dw_text dw_req_address(const dw_req *req)
{
    return req->peer.text;
}

bool dw_req_is_https(const dw_req *req)
{
    return req->https;
}

/* The values of all `name` fields from place `first` on, joined (RFC 9110 §5.3). */
static dw_text join_fields(dw_req *req, dw_text name, size_t first)
{
    struct buf b;
    dw__buf_init(&b, &req->arena, UINT32_MAX);
    for (size_t i = first; i < req->head.n_fields; i++) {
        const struct http_field *field = &req->head.fields[i];
        if (!dw__text_eq(field->name, name))
            continue;
        if (i > first)
            dw__buf_lit(&b, ", ");
        dw__buf_text(&b, field->value);
    }
    return b.failed ? (dw_text){0} : (dw_text){b.p, b.n};
}

/* Notes that somebody has looked: the answer may depend on it. */
static void note_read(dw_req *req, const char *name)
{
    for (unsigned i = 0; i < req->n_read_fields && i < DW__READ_FIELDS; i++)
        if (strcmp(req->read_fields[i], name) == 0)
            return;
    if (req->n_read_fields < DW__READ_FIELDS)
        req->read_fields[req->n_read_fields] = name;
    if (req->n_read_fields <= DW__READ_FIELDS)
        req->n_read_fields++;
}

dw_text dw_x_req_header(dw_req *req, const char *name_text)
{
    dw_text name = dw__text_of(name_text);
    size_t first = req->head.n_fields;

    note_read(req, name_text);
    for (size_t i = 0; i < req->head.n_fields; i++) {
        if (!dw__text_eq(req->head.fields[i].name, name))
            continue;
        if (first < req->head.n_fields)
            return join_fields(req, name, first);
        first = i;
    }
    return first < req->head.n_fields ? req->head.fields[first].value : (dw_text){0};
}

dw_text dw_x_req_cookie(dw_req *req, const char *name)
{
    note_read(req, "cookie");
    return dw__cookie_find(req->head.known[HTTP_COOKIE], dw__text_of(name));
}

dw_err dw_req_read(dw_req *req, void *buf, size_t n, size_t *got)
{
    *got = 0;
    return req->ops->read(req->stream, buf, n, got);
}

dw_err dw_req_body(dw_req *req, dw_text *body)
{
    *body = req->whole_body;
    if (body->p != NULL)
        return DW_OK;
    return req->ops->read_all(req->stream, body);
}

dw_err dw_x_req_fail(dw_req *req, dw_err err, const char *sentence)
{
    req->fail_sentence = sentence;
    return err;
}

/* Where it failed, for a developer's eyes: the name of a function says more than any sentence. */
static void note_frames(dw_req *req)
{
    if (req->ctx.services == NULL || !req->ctx.services->development || req->fail_frames != NULL)
        return;
    void **frames = dw__arena_alloc(&req->arena, FAIL_FRAMES * sizeof(void *));
    if (frames == NULL)
        return;
    req->n_fail_frames = backtrace(frames, FAIL_FRAMES);
    req->fail_frames = frames;
}

dw_err dw_req_fail_internal(dw_req *req, dw_text why)
{
    req->fail_internal = dw__arena_text(&req->arena, why);
    note_frames(req);
    return DW_INTERNAL;
}

void dw__reply_forget(dw_req *req, size_t n_extra)
{
    req->reply.status = 0;
    req->reply.n_extra = n_extra;
    req->reply.header_broken = false;
    req->fail_sentence = NULL;
    req->fail_internal = (dw_text){NULL, 0};
}

void dw__req_stop(dw_req *req, dw_text why)
{
    if (req->ctx.stopped)
        return;
    req->ctx.stopped = true;
    req->fail_internal = dw__arena_text(&req->arena, why);
    note_frames(req);
    DW__EVENT(req->ctx.services != NULL ? req->ctx.services->log : NULL, &req->ctx, DW_LOG_LEVEL_ERROR,
              "request.stopped", DW_KV(why, why));
}

const dw_principal *dw_req_principal(dw_req *req)
{
    static const dw_principal nobody = {.id = -1};
    const dw_principal *who = dw_ctx_principal(&req->ctx);

    if (who != NULL)
        return who;
    dw__req_stop(req, DW_TEXT("dw_req_principal: there is no caller, the route is public"));
    return &nobody;
}
