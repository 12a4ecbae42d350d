/* app/error_reply.c -- one reply for parser, guards, handlers and crashes: the application's, else ours.
 *
 * Status and headers of an error are decided here, whatever makes its body: app/error_own.c asks the application, app/error_shape.c is
 * what there is without it.  Must never: fail because memory is short, or leave the status to anybody else. */
#include "app/error_reply.h"

#include "app/error_own.h"
#include "base/text.h"
#include "route/plan.h"
#include "schema/bind.h"
#include "schema/language.h"

#define BODY_MAX ((size_t)128 << 10)

static dw_text retry_after(dw_req *req)
{
    const uint32_t at_least = req->ctx.retry_s, n = req->retry_after_s;
    dw_text seconds = DW_TEXT("1");

    if (n > 1 || at_least > 1)
        seconds = dw__arena_format(&req->arena, "%u", n > at_least ? n : at_least);
    return seconds.p != NULL ? seconds : DW_TEXT("60");
}

/* What passes says when to come again; who asked for a part that there is not is told how long the whole is. 405 and 401 get theirs when
 * the reply begins, from answer.c and guard/bearer.c. */
static void put_headers(dw_req *req, const struct error_facts *facts, enum error_shape shape)
{
    dw_err err = DW_OK;

    if (facts->status == 503 || facts->status == 429)
        err = dw__reply_header(req, DW_TEXT("Retry-After"), retry_after(req));
    if (err == DW_OK && facts->status == 416 && req->content_range.p != NULL)
        err = dw__reply_header(req, DW_TEXT("Content-Range"), req->content_range);
    if (err == DW_OK && shape != SHAPE_OAUTH)
        err = dw__reply_header(req, DW_TEXT("Vary"), DW_TEXT("Accept"));
    if (err != DW_OK)
        req->reply.close = true; /* no memory left: the bare answer must do */
}

/* Those of a document, in the words and the language of the request's own; else those. */
static const struct bind_faults *faults_of(dw_req *req)
{
    const struct bind_faults *own = req->faults;
    struct bind_faults *faults = req->ctx.faults ? dw__arena_alloc(&req->arena, sizeof *faults) : NULL;

    if (!faults)
        return own;
    memcpy(faults, req->ctx.faults, sizeof *faults);
    faults->messages = own ? own->messages : NULL;
    if (faults->messages)
        faults->language = dw__language(faults->messages, dw_x_req_header(req, "accept-language"));
    return faults;
}

static struct error_facts facts_of(dw_req *req, dw_err err, enum error_shape shape)
{
    struct error_facts facts = {
        .status = dw_err_status(err),
        .message = req->fail_sentence ? req->fail_sentence : dw_err_text(err),
        .code = dw_err_code(err),
        .err = err,
        .faults = faults_of(req),
    };

    if (shape == SHAPE_OAUTH && facts.status < 500 && facts.status != 413 && facts.status != 415 &&
        facts.status != 429)
        facts.status = 400;
    facts.title =
        err == DW_UNKNOWN_FIELDS || err == DW_INVALID ? dw_err_text(err) : dw__http_reason(facts.status);
    return facts;
}

/* The application's reply. False: it has none to give, and the reply is as it was. */
static bool reply_own(dw_req *req, const struct error_facts *facts, enum error_shape shape)
{
    size_t n_extra = req->reply.n_extra;
    struct own_reply own;

    if (!dw__error_own(req, facts, shape, &own))
        return false;
    if (dw__reply_send(req, facts->status, own.content_type, own.body) == DW_OK)
        return true;
    if (!req->reply.header_broken) {
        req->reply.close = true; /* the client has gone: nobody needs another */
        return true;
    }
    dw__error_own_failed(req, facts, shape, n_extra);
    return false;
}

static void reply_ours(dw_req *req, const struct error_facts *facts, enum error_shape shape)
{
    char bare[128];
    struct buf body;

    dw__buf_init(&body, &req->arena, BODY_MAX);
    dw__error_shape_put(shape, &body, req, facts);
    if (body.failed) { /* the request's memory is used up, by whatever failed: a few bytes without it */
        shape = SHAPE_JSON;
        dw__buf_init_fixed(&body, bare, sizeof bare);
        dw__buf_format(&body, "{\"error\":\"%s\"}", facts->title);
    }
    if (dw__reply_send(req, facts->status, dw__error_shape_type(shape), (dw_text){body.p, body.n}) != DW_OK)
        req->reply.close = true;
}

void dw__error_reply(dw_req *req, dw_err err)
{
    enum error_shape shape = dw__error_shape_choose(req);
    struct error_facts facts = facts_of(req, err, shape);

    if (req->reply.state != REPLY_NONE)
        return;
    req->reply.n_extra = 0;
    req->reply.header_broken = false;
    req->ctx.stopped = false; /* who was stopped has ended */
    if (req->refused != DW_OK)
        req->reply.close = true;
    put_headers(req, &facts, shape);
    if (!reply_own(req, &facts, shape))
        reply_ours(req, &facts, shape);
}
