/* guard/csrf.c -- did they mean to? A request that a session identified, and that may change something, must come from a page of ours.
 *
 * Two things must hold: what the browser says of where it was made (guard/csrf_evidence.c), and a token (auth/csrf.h) in X-CSRFToken, X-CSRF-Token
 * or the field csrf_token of a form, which the second half of the guard looks for when the body is read.  A route that signs in (.signs_in) has no
 * session yet: its forms are bound to a cookie that came with the form.  JSON without that cookie needs no token there, since no other site can have a browser
 * send it.  Callers that show a token of their own are not looked at: a browser adds none by itself.
 *
 * GET and HEAD change nothing, and are not looked at; a GET that says .writes is asked where it was made, and, since a link has no token, for no more.
 *
 * Must never: take a token from the query, look at a header that names another method, or let pass what it cannot tell. */
#include "guard/csrf.h"

#include "auth/session.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/multipart.h"
#include "guard/media.h"
#include "http/precondition.h"

static bool by_session(const dw_req *req)
{
    return req->ctx.principal != NULL && req->ctx.principal->by == DW_SESSION;
}

static bool is_safe(enum http_method method)
{
    return method == HTTP_GET || method == HTTP_HEAD || method == HTTP_OPTIONS;
}

static dw_err refuse(dw_req *req, dw_err err, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "csrf.refused", DW_KV(why, why));
    return err;
}

/* ---- the token ---- */

static dw_err judge_form_token(dw_req *req, dw_text token)
{
    const struct session_rules *rules = req->ctx.services->sessions;
    int64_t age = (int64_t)((rules->times.form_ms + 999) / 1000);
    dw_text id = dw__session_form_id(req);

    return dw__csrf_judge(rules->csrf, CSRF_OF_FORM, id, req->ctx.clock->unix_ms / 1000, age, token);
}

/* Of the session that the request came with; for a route that signs in also of the form. */
static dw_err judge_token(dw_req *req, dw_text token)
{
    const struct session_rules *rules = req->ctx.services->sessions;
    bool signs_in = req->plan->route->signs_in;
    const struct session *session;
    dw_err err = signs_in ? judge_form_token(req, token) : DW_CSRF;

    if (err != DW_OK && (err = dw__session_find(req, &session)) == DW_OK)
        err = session != NULL ? dw__csrf_judge(rules->csrf, CSRF_OF_SESSION, session->id,
                                               req->ctx.clock->unix_ms / 1000, 0, token)
                              : DW_CSRF;
    if (err == DW_CSRF)
        return refuse(req, err, "the token is not good here");
    req->may_sign_in = err == DW_OK && signs_in;
    return err;
}

/* ---- before the body ---- */

enum csrf_evidence dw__csrf_evidence_of(dw_text origin, const dw_req *req)
{
    const struct csrf_clues clues = {
        .fetch_site = dw__req_single_field(req, DW_TEXT("sec-fetch-site")),
        .fetch_mode = dw__req_single_field(req, DW_TEXT("sec-fetch-mode")),
        .origin = dw__req_single_field(req, DW_TEXT("origin")),
        .referer = dw__req_single_field(req, DW_TEXT("referer")),
        .canonical = origin,
        .host = req->head.host,
        .https = req->https,
        .local = req->peer.loopback,
    };

    return dw__csrf_evidence(&clues);
}

/* The token of the one header that has it; empty when there are two. */
static dw_text header_token(const dw_req *req)
{
    dw_text a = dw__req_single_field(req, DW_TEXT("x-csrftoken"));
    dw_text b = dw__req_single_field(req, DW_TEXT("x-csrf-token"));

    return a.p == NULL ? b : b.p == NULL ? a : DW_TEXT("");
}

/* Whether what follows may be a form that has it. */
static bool may_be_in_body(const dw_req *req)
{
    dw_text type = req->head.known[HTTP_CONTENT_TYPE];

    return req->plan->route->raw == NULL && (dw__media_is_form(type) || dw__media_is_multipart(type));
}

/* JSON to a route that signs in: no site but ours can have a browser send that without being asked about first. */
static bool json_signs_in(const dw_req *req)
{
    return req->plan->route->signs_in && dw__media_is_json(req->head.known[HTTP_CONTENT_TYPE]) &&
           dw__session_form_id(req).p == NULL;
}

/* Whether a request for `plan` may change something: a GET may where the route says so. */
static bool may_change(const struct route_plan *plan, enum http_method method)
{
    return !is_safe(method) || (plan->route->writes != NULL && method != HTTP_OPTIONS);
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const struct route_plan *plan = req->plan;
    dw_text token;

    (void)guarded;
    if (!may_change(plan, req->head.method) || (!plan->route->signs_in && !by_session(req)) ||
        plan->csrf_exempt != NULL)
        return DW_OK;
    if (req->ctx.services->sessions == NULL || req->ctx.services->sessions->csrf == NULL)
        return DW_UNAVAILABLE;
    if (dw__csrf_evidence_of(env->origin, req) == CSRF_BAD)
        return refuse(req, DW_CROSS_SITE, "it came from another site, or does not say from where");
    if (is_safe(req->head.method))
        return DW_OK;
    token = header_token(req);
    if (token.p != NULL)
        return judge_token(req, token);
    if (json_signs_in(req)) {
        req->may_sign_in = true;
        return DW_OK;
    }
    if (!may_be_in_body(req))
        return refuse(req, DW_CSRF, "there is no token");
    req->csrf_pending = true;
    return DW_OK;
}

/* ---- the field of a form ---- */

/* What a body said under the name. */
struct field {
    dw_text token;
    unsigned tokens, others;
};

static void see(struct field *f, dw_text name, dw_text value)
{
    if (!dw__text_eq(name, DW__CSRF_FIELD)) {
        f->others++;
        return;
    }
    f->tokens++;
    f->token = value;
}

static dw_err look_in_form(dw_req *req, dw_text body, struct field *f)
{
    struct form form;
    dw_err err = dw__form_parse(body, &req->arena, &form);

    for (size_t i = 0; err == DW_OK && i < form.n; i++)
        see(f, form.pairs[i].name, form.pairs[i].value);
    return err;
}

/* The whole body is one chunk, so each value is one slice of it. */
static dw_err look_in_multipart(dw_text boundary, dw_text body, struct multipart *m, struct field *f)
{
    struct multipart_event event = {.kind = MULTIPART_PART};
    dw_text value = DW_TEXT("");
    dw_err err = DW_OK;

    dw__multipart_init(m, boundary);
    while (err == DW_OK && event.kind != MULTIPART_MORE) {
        err = dw__multipart_next(m, &body, &event);
        if (err != DW_OK || event.kind == MULTIPART_MORE)
            break;
        if (event.kind == MULTIPART_PART)
            value = DW_TEXT("");
        else if (event.kind == MULTIPART_DATA)
            value = event.data;
        else
            see(f, m->part.filename.p == NULL ? m->part.name : DW_TEXT(""), value);
    }
    return err == DW_OK ? dw__multipart_end(m) : err;
}

static dw_err look(dw_req *req, dw_text body, struct field *f)
{
    dw_text type = req->head.known[HTTP_CONTENT_TYPE], boundary;
    struct multipart *m;

    if (dw__media_is_form(type))
        return look_in_form(req, body, f);
    if (!dw__multipart_boundary(type, &boundary))
        return DW_BAD_REQUEST;
    m = dw__arena_alloc(&req->arena, sizeof *m);
    return m != NULL ? look_in_multipart(boundary, body, m, f) : DW_UNAVAILABLE;
}

static dw_err before_body(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    struct field field = {0};
    dw_err err;

    (void)env;
    if (!req->csrf_pending)
        return DW_OK;
    if ((err = dw_req_body(req, &guarded->body)) != DW_OK)
        return err;
    guarded->body_read = true;
    if ((err = look(req, guarded->body, &field)) != DW_OK)
        return err;
    if (field.tokens != 1)
        return refuse(req, DW_CSRF, field.tokens == 0 ? "there is no token" : "there are several tokens");
    if ((err = judge_token(req, field.token)) != DW_OK)
        return err;
    if (req->plan->sources.body == 0 && field.others > 0)
        return dw_req_fail(req, DW_BAD_REQUEST, "This form may have csrf_token, and nothing else");
    return DW_OK;
}

/* ---- what others are told ---- */

static bool is_guarded(const struct route_plan *plan)
{
    enum http_method method = dw__method_of(plan->route->method);
    bool session = dw__plan_wants_caller(plan) && (plan->by & DW_SESSION);

    return may_change(plan, method) && plan->csrf_exempt == NULL && (session || plan->route->signs_in);
}

static guard_errors refuses(const struct route_plan *plan)
{
    return is_guarded(plan) ? DW__GUARD_ERROR(DW_CROSS_SITE) | DW__GUARD_ERROR(DW_CSRF) : 0;
}

static guard_errors refuses_body(const struct route_plan *plan)
{
    return is_guarded(plan) ? DW__GUARD_ERROR(DW_CSRF) | DW__GUARD_ERROR(DW_BAD_REQUEST) : 0;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->route->writes != NULL)
            dw__audit_say(audit, FOUND_CSRF_GET_WRITES, plan->route->where, "%s %.*s may write: %s",
                          plan->method, DW_FMT(plan->pattern), plan->route->writes);
        if (plan->csrf_exempt != NULL)
            dw__audit_say(audit, FOUND_CSRF_EXEMPT, plan->route->where,
                          "%s %.*s takes requests that other sites made: %s", plan->method,
                          DW_FMT(plan->pattern), plan->csrf_exempt);
    }
}

const struct guard dw__guard_csrf = {"csrf", before, NULL, audit, refuses};
const struct guard dw__guard_csrf_form = {"csrf_form", before_body, NULL, NULL, refuses_body};
