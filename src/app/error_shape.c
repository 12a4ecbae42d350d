/* app/error_shape.c -- the shapes of an error: our own JSON, RFC 9457, a page, RFC 6749 §5.2.
 *
 * Every fact comes from the tables of <dw/err.h>, from a literal (dw_req_fail) or from the schema's faults, which never hold a
 * value.  Must never: show a path, a query, a stack or a version outside development. */
#include "app/error_shape.h"

#include "app/debug_info.h"
#include "base/text.h"
#include "codec/html_escape.h"
#include "codec/json.h"
#include "route/plan.h"

#define QUALITY_MAX 1000u

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

enum error_shape dw__error_shape_choose(const dw_req *req)
{
    dw_error_style style = req->plan != NULL ? req->plan->errors : DW_ERRORS_DEWAR;
    dw_text accept = req->head.known[HTTP_ACCEPT];
    unsigned json, problem, html;

    if (style == DW_ERRORS_OAUTH)
        return SHAPE_OAUTH;
    json = wants(accept, DW_TEXT("application/json"));
    problem = wants(accept, DW_TEXT("application/problem+json"));
    html = wants(accept, DW_TEXT("text/html"));
    if (html > json && html > problem)
        return SHAPE_HTML;
    return style == DW_ERRORS_PROBLEM || (problem > 0 && problem >= json) ? SHAPE_PROBLEM : SHAPE_JSON;
}

static void put_member(struct buf *b, const char *name, const char *value)
{
    dw__json_put_string(b, dw__text_of(name));
    dw__buf_putc(b, ':');
    dw__json_put_string(b, dw__text_of(value));
}

/* What every JSON shape has behind its own members. */
static void put_rest(struct buf *b, const dw_req *req, const struct error_facts *facts)
{
    size_t before;

    dw__buf_putc(b, ',');
    put_member(b, "code", facts->code);
    dw__buf_lit(b, ",\"request_id\":");
    dw__json_put_string(b, req->ctx.request_id);
    before = b->n;
    dw__buf_putc(b, ',');
    if (facts->faults == NULL || !dw__faults_json(facts->faults, facts->err, b))
        b->n = before; /* without the comma */
    dw__debug_members(req, facts->err, b);
    dw__buf_putc(b, '}');
}

static void put_json(struct buf *b, const dw_req *req, const struct error_facts *facts)
{
    dw__buf_putc(b, '{');
    put_member(b, "error", facts->title);
    dw__buf_putc(b, ',');
    put_member(b, "message", facts->message);
    put_rest(b, req, facts);
}

static void put_problem(struct buf *b, const dw_req *req, const struct error_facts *facts)
{
    dw__buf_lit(b, "{\"type\":\"about:blank\",");
    put_member(b, "title", facts->title);
    dw__buf_format(b, ",\"status\":%d,", facts->status);
    put_member(b, "detail", facts->message);
    put_rest(b, req, facts);
}

/* RFC 6749 §5.2: its own codes for its own errors, invalid_request for the rest of what the client did. */
static void put_oauth(struct buf *b, const dw_req *req, const struct error_facts *facts)
{
    bool own = facts->err == DW_INVALID_GRANT || facts->err == DW_UNSUPPORTED_GRANT_TYPE ||
               facts->err == DW_INVALID_SCOPE;
    /* Two words for it: one that every client of RFC 6749 knows, and one for those that ask for the code. */
    bool mfa = facts->err == DW_MFA_REQUIRED;

    dw__buf_putc(b, '{');
    put_member(b, "error",
               own                    ? facts->code
               : mfa                  ? "invalid_grant"
               : facts->status < 500  ? "invalid_request"
               : facts->status == 503 ? "temporarily_unavailable"
                                      : "server_error");
    dw__buf_putc(b, ',');
    put_member(b, "error_description", facts->message);
    if (mfa)
        dw__buf_lit(b, ",\"mfa_required\":true");
    put_rest(b, req, facts);
}

static void put_html(struct buf *b, const dw_req *req, const struct error_facts *facts)
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

dw_text dw__error_shape_type(enum error_shape shape)
{
    static const dw_text types[] = {
        [SHAPE_JSON] = DW_TEXT_INIT("application/json"),
        [SHAPE_PROBLEM] = DW_TEXT_INIT("application/problem+json"),
        [SHAPE_HTML] = DW_TEXT_INIT("text/html; charset=utf-8"),
        [SHAPE_OAUTH] = DW_TEXT_INIT("application/json"),
    };
    return types[shape];
}

void dw__error_shape_put(enum error_shape shape, struct buf *b, const dw_req *req,
                         const struct error_facts *facts)
{
    static void (*const put[])(struct buf *, const dw_req *, const struct error_facts *) = {
        [SHAPE_JSON] = put_json,
        [SHAPE_PROBLEM] = put_problem,
        [SHAPE_HTML] = put_html,
        [SHAPE_OAUTH] = put_oauth,
    };
    put[shape](b, req, facts);
}
