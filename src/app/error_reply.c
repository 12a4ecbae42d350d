/* app/error_reply.c -- one error shape for parser, guards, handlers and crashes.
 *
 * Every fact comes from the X-list of <dw/err.h>, from a literal (dw_req_fail) or from the schema's faults, which never hold a
 * value.  Must never: show a path, a query, a stack or a version outside development, or fail because memory is short. */
#include "app/error_reply.h"

#include "app/debug_info.h"
#include "base/text.h"
#include "codec/html_escape.h"
#include "codec/json.h"
#include "route/plan.h"
#include "schema/bind.h"

#define BODY_MAX ((size_t)128 << 10)
#define QUALITY_MAX 1000u

enum shape { SHAPE_JSON, SHAPE_PROBLEM, SHAPE_HTML, SHAPE_OAUTH };

/* "0", "0.5", "1.000" in thousandths (RFC 9110 §12.4.2); QUALITY_MAX when there is none, 0 when it is malformed. */
static unsigned quality(dw_text params)
{
    while (params.p != NULL) {
        dw_text param = dw__text_trim(dw__text_cut(&params, ';'));
        unsigned q = 0, unit = QUALITY_MAX;

        if (param.n < 3 || (param.p[0] | 0x20) != 'q' || param.p[1] != '=')
            continue;
        for (size_t i = 2; i < param.n && i < 7; i++) {
            if (param.p[i] == '.' && i == 3)
                continue;
            if (param.p[i] < '0' || param.p[i] > '9')
                return 0;
            q += unit * (unsigned)(param.p[i] - '0');
            unit /= 10;
        }
        return q > QUALITY_MAX ? QUALITY_MAX : q;
    }
    return QUALITY_MAX;
}

/* How much an Accept header wants exactly `type`; wildcards do not count, since nobody means an error page by them. */
static unsigned wants(dw_text accept, dw_text type)
{
    while (accept.p != NULL) {
        dw_text params = dw__text_cut(&accept, ',');
        dw_text range = dw__text_trim(dw__text_cut(&params, ';'));

        if (dw__text_eq_nocase(range, type))
            return quality(params);
    }
    return 0;
}

static enum shape choose_shape(const dw_req *req)
{
    dw_text accept = req->head.known[HTTP_ACCEPT];
    unsigned json, problem, html;

    if (req->plan != NULL && req->plan->errors == DW_ERRORS_OAUTH)
        return SHAPE_OAUTH;
    if (accept.p == NULL)
        return SHAPE_JSON;
    json = wants(accept, DW_TEXT("application/json"));
    problem = wants(accept, DW_TEXT("application/problem+json"));
    html = wants(accept, DW_TEXT("text/html"));
    if (html > json && html > problem)
        return SHAPE_HTML;
    return problem > 0 && problem >= json ? SHAPE_PROBLEM : SHAPE_JSON;
}

struct facts {
    int status;
    const char *title, *message, *code;
    dw_err err;
    const struct bind_faults *faults;
};

static void put_member(struct buf *b, const char *name, const char *value)
{
    dw__json_put_string(b, dw__text_of(name));
    dw__buf_putc(b, ':');
    dw__json_put_string(b, dw__text_of(value));
}

/* What every JSON shape has behind its own members. */
static void put_rest(struct buf *b, const dw_req *req, const struct facts *facts)
{
    size_t before;

    dw__buf_putc(b, ',');
    put_member(b, "code", facts->code);
    dw__buf_lit(b, ",\"request_id\":");
    dw__json_put_string(b, req->ctx.request_id);
    dw__buf_putc(b, ',');
    before = b->n;
    if (facts->faults == NULL || !dw__faults_json(facts->faults, facts->err, b))
        b->n = before - 1; /* the comma */
    dw__debug_members(req, facts->err, b);
    dw__buf_putc(b, '}');
}

static void put_json(struct buf *b, const dw_req *req, const struct facts *facts)
{
    dw__buf_putc(b, '{');
    put_member(b, "error", facts->title);
    dw__buf_putc(b, ',');
    put_member(b, "message", facts->message);
    put_rest(b, req, facts);
}

static void put_problem(struct buf *b, const dw_req *req, const struct facts *facts)
{
    dw__buf_lit(b, "{\"type\":\"about:blank\",");
    put_member(b, "title", facts->title);
    dw__buf_format(b, ",\"status\":%d,", facts->status);
    put_member(b, "detail", facts->message);
    put_rest(b, req, facts);
}

/* RFC 6749 §5.2: its own codes for its own errors, invalid_request for the rest of what the client did. */
static void put_oauth(struct buf *b, const dw_req *req, const struct facts *facts)
{
    bool own = facts->err == DW_INVALID_GRANT || facts->err == DW_UNSUPPORTED_GRANT_TYPE;

    dw__buf_putc(b, '{');
    put_member(b, "error",
               own                    ? facts->code
               : facts->status < 500  ? "invalid_request"
               : facts->status == 503 ? "temporarily_unavailable"
                                      : "server_error");
    dw__buf_putc(b, ',');
    put_member(b, "error_description", facts->message);
    put_rest(b, req, facts);
}

static void put_html(struct buf *b, const dw_req *req, const struct facts *facts)
{
    dw__buf_format(
        b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%d %s</title></head>\n",
        facts->status, facts->title);
    dw__buf_format(b, "<body><h1>%s</h1>\n<p>", facts->title);
    dw__html_escape(b, dw__text_of(facts->message));
    dw__buf_lit(b, "</p>\n<p>Request ");
    dw__html_escape(b, req->ctx.request_id);
    dw__buf_lit(b, "</p></body></html>\n");
}

/* What passes says when to come again; who asked for a part that there is not is told how long the whole is. 405 and 401 get theirs when
 * the reply begins, from answer.c and guard/bearer.c. */
static void put_headers(dw_req *req, const struct facts *facts, enum shape shape)
{
    dw_err err = DW_OK;

    if (facts->status == 503 || facts->status == 429)
        err = dw__reply_header(req, DW_TEXT("Retry-After"), DW_TEXT("1"));
    if (err == DW_OK && facts->status == 416 && req->content_range.p != NULL)
        err = dw__reply_header(req, DW_TEXT("Content-Range"), req->content_range);
    if (err == DW_OK && shape != SHAPE_OAUTH)
        err = dw__reply_header(req, DW_TEXT("Vary"), DW_TEXT("Accept"));
    if (err != DW_OK)
        req->reply.close = true; /* no memory left: the bare answer must do */
}

static struct facts facts_of(const dw_req *req, dw_err err, enum shape shape)
{
    struct facts facts = {
        .status = dw_err_status(err),
        .message = req->fail_sentence ? req->fail_sentence : dw_err_text(err),
        .code = dw_err_code(err),
        .err = err,
        .faults = req->faults,
    };

    if (shape == SHAPE_OAUTH && facts.status < 500 && facts.status != 413 && facts.status != 415)
        facts.status = 400;
    facts.title =
        err == DW_UNKNOWN_FIELDS || err == DW_INVALID ? dw_err_text(err) : dw__http_reason(facts.status);
    return facts;
}

void dw__error_reply(dw_req *req, dw_err err)
{
    static const dw_text types[] = {
        [SHAPE_JSON] = DW_TEXT_INIT("application/json"),
        [SHAPE_PROBLEM] = DW_TEXT_INIT("application/problem+json"),
        [SHAPE_HTML] = DW_TEXT_INIT("text/html; charset=utf-8"),
        [SHAPE_OAUTH] = DW_TEXT_INIT("application/json"),
    };
    static void (*const put[])(struct buf *, const dw_req *,
                               const struct facts *) = {[SHAPE_JSON] = put_json,
                                                        [SHAPE_PROBLEM] = put_problem,
                                                        [SHAPE_HTML] = put_html,
                                                        [SHAPE_OAUTH] = put_oauth};
    enum shape shape = choose_shape(req);
    struct facts facts = facts_of(req, err, shape);
    struct buf body;
    dw_text text;

    if (req->reply.state != REPLY_NONE)
        return;
    req->reply.n_extra = 0;
    req->reply.header_broken = false;
    if (req->refused != DW_OK)
        req->reply.close = true;
    put_headers(req, &facts, shape);
    dw__buf_init(&body, &req->arena, BODY_MAX);
    put[shape](&body, req, &facts);
    text = (dw_text){body.p, body.n};
    if (body.failed) {
        shape = SHAPE_JSON;
        text = DW_TEXT("{\"error\":\"Service Unavailable\"}");
        facts.status = 503;
    }
    if (dw__reply_send(req, facts.status, types[shape], text) != DW_OK)
        req->reply.close = true;
}
