/* guard/schema.c -- the handler gets what it was promised, or is not called.
 *
 * Each field of the input has one source: the path, the query, a header, a cookie or the body.  What comes under a name that nobody
 * declared is 400 with the names (headers and cookies are everyone's: those that nobody declared are not looked at); what breaks a rule is
 * 422 with all of them. Only then is there an input. */
#include "schema/bind.h"

#include "base/list.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/multipart.h"
#include "guard/csrf.h"
#include "guard/guard.h"
#include "guard/head_sources.h"
#include "guard/keys.h"
#include "guard/media.h"
#include "schema/language.h"
#include "schema/plan_audit.h"

static dw_err bind_form(dw_req *req, dw_text body, void *in, struct bind_faults *faults)
{
    const struct route_plan *plan = req->plan;
    struct form form;
    dw_err err = dw__form_parse(body, &req->arena, &form);

    if (err != DW_OK) {
        faults->malformed_at = form.error_at;
        return err;
    }
    dw__bind_form(plan->in, &form, plan->sources.body, in, faults);
    return DW_OK;
}

/* By what it says it is: the media guard let pass what the route reads. */
static dw_err bind_whole(dw_req *req, void *in, dw_text body, struct bind_faults *faults)
{
    const struct route_plan *plan = req->plan;
    dw_text type = req->head.known[HTTP_CONTENT_TYPE], boundary;

    if (dw__media_is_form(type))
        return bind_form(req, body, in, faults);
    if (dw__multipart_boundary(type, &boundary))
        return dw__bind_multipart(plan->in, boundary, body, plan->sources.body, in, faults);
    return dw__bind_json(plan->in, body, plan->sources.body, in, faults);
}

/* A form of ours has a token beside its fields. */
static dw_err bind_body(dw_req *req, void *in, struct guarded *guarded, struct bind_faults *faults)
{
    dw_err err = guarded->body_read ? DW_OK : dw_req_body(req, &guarded->body);

    if (err != DW_OK)
        return err;
    if (dw__csrf_field_is_ours(req->plan))
        faults->passed_over = DW__CSRF_FIELD;
    err = bind_whole(req, in, guarded->body, faults);
    faults->passed_over = (dw_text){NULL, 0};
    return err;
}

static dw_err bind_path(const dw_req *req, const struct guarded *guarded, void *in,
                        struct bind_faults *faults)
{
    const struct route_plan *plan = req->plan;
    dw_err err = DW_OK;

    for (size_t i = 0; i < plan->n_params && err == DW_OK; i++)
        err = dw__bind_segment(plan->in, plan->params[i].field, guarded->match.params[plan->params[i].param],
                               in, faults);
    return err;
}

/* What the keys of loaders have left of it. A raw handler may have query parameters of its own; for all others an undeclared one is a fault. */
static void bind_query(const struct route_plan *plan, const struct form *query, void *in,
                       struct bind_faults *faults)
{
    if (query->n > 0 && !(plan->route->raw != NULL && plan->sources.query == 0))
        dw__bind_form(plan->in, query, plan->sources.query, in, faults);
}

/* But the path. */
static dw_err bind_sources(dw_req *req, struct guarded *guarded, const struct form *query, void *in,
                           struct bind_faults *faults)
{
    const struct route_plan *plan = req->plan;
    dw_err err = DW_OK;

    dw__bind_headers(req, plan->in, plan->sources.header, in, faults);
    dw__bind_cookies(req, plan->in, plan->sources.cookie, in, faults);
    bind_query(plan, query, in, faults);
    if (plan->sources.body != 0 && plan->route->raw == NULL)
        err = bind_body(req, in, guarded, faults);
    return err;
}

/* The pairs of the query, where somebody is to judge them. */
static dw_err parse_query(dw_req *req, struct form *query, struct bind_faults *faults)
{
    const struct route_plan *plan = req->plan;
    bool own = plan->route->raw != NULL && plan->sources.query == 0 && !dw__keys_use_query(plan);
    dw_err err;

    *query = (struct form){0};
    if (req->head.query.n == 0 || own)
        return DW_OK;
    err = dw__form_parse(req->head.query, &req->arena, query);
    if (err == DW_MALFORMED)
        err = DW_BAD_REQUEST;
    faults->fatal = err;
    return err;
}

/* The keys of loaders around the input: those that say the same as the input, where that is good. */
static dw_err bind_in_order(dw_req *req, struct guarded *guarded, void *in, struct bind_faults *faults)
{
    struct form query;
    dw_err err = bind_path(req, guarded, in, faults);

    if (err == DW_OK)
        err = parse_query(req, &query, faults);
    if (err == DW_OK && req->plan->loads.n > 0)
        err = dw__keys_init(req);
    if (err == DW_OK && req->plan->loads.n > 0)
        err = dw__keys_bind(req, &guarded->match, false, &query, faults);
    if (err == DW_OK)
        err = bind_sources(req, guarded, &query, in, faults);
    if (err == DW_OK)
        err = dw__bind_end(req->plan->in, in, faults);
    if (err == DW_OK && req->plan->loads.n > 0)
        err = dw__keys_bind(req, &guarded->match, true, &query, faults);
    return err == DW_OK && faults->broken_total > 0 ? DW_INVALID : err;
}

static dw_err bind_all(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    struct bind_faults *faults = dw__arena_zalloc(&req->arena, sizeof *faults);
    void *in = dw__arena_zalloc(&req->arena, req->plan->in->size);
    dw_err err;

    if (faults == NULL || in == NULL)
        return DW_UNAVAILABLE;
    dw__bind_init(faults, &req->arena);
    faults->messages = env->app->messages;
    req->faults = faults;
    err = bind_in_order(req, guarded, in, faults);
    if (err == DW_OK)
        guarded->in = in;
    else if (faults->messages != NULL)
        faults->language = dw__language(faults->messages, dw_x_req_header(req, "accept-language"));
    return err;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    static const max_align_t nothing;
    const struct schema_plan *in = req->plan->in;
    const struct input_sources *from = &req->plan->sources;

    if (!guarded->body_read)
        guarded->body = (dw_text){"", 0};
    if ((in->required | in->defaults | from->path | from->query | from->body | from->header | from->cookie) !=
            0 ||
        in->n_checks > 0 || req->plan->loads.n > 0 || req->head.query.n > 0 || in->size > sizeof nothing)
        return bind_all(env, req, guarded);
    guarded->in = &nothing; /* nothing was promised, and nothing came */
    return DW_OK;
}

/* Findings about schemas as lines of `check`. */
struct schema_audit {
    struct plan_findings to;
    struct audit *audit;
};

static void say(struct plan_findings *to, enum finding finding, const char *schema, const char *field,
                const char *what)
{
    struct schema_audit *self = DW__LIST_ENTRY(to, struct schema_audit, to);

    dw__audit_say(self->audit, finding, NULL, "%s, field %s: %s", schema, field, what);
}

static void warn(struct plan_findings *to, const char *schema, const char *field, const char *what)
{
    say(to, FOUND_SCHEMA_PATTERN_SLOW, schema, field, what);
}

static void note(struct plan_findings *to, const char *schema, const char *field, const char *what)
{
    say(to, FOUND_SCHEMA_PATTERN_UNKNOWN, schema, field, what);
}

static void drop(struct plan_findings *to, const char *schema, const char *why)
{
    struct schema_audit *self = DW__LIST_ENTRY(to, struct schema_audit, to);

    dw__audit_say(self->audit, FOUND_SCHEMA_DROPS, NULL, "%s passes over undeclared fields: %s", schema, why);
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    const struct schema_plans *plans = env->routes->schemas;
    struct schema_audit self = {{warn, note, drop}, audit};

    for (size_t i = 0; i < plans->n; i++)
        dw__plan_audit(plans->v[i], &self.to);
}

/* A query that nobody declared is refused on every route that leaves it to us. */
static guard_errors refuses(const struct route_plan *plan)
{
    const struct input_sources *from = &plan->sources;
    bool own_query = plan->route->raw != NULL && from->query == 0;
    guard_errors errors = DW__GUARD_ERROR(DW_BAD_REQUEST) | DW__GUARD_ERROR(DW_TOO_LARGE);

    if (!own_query || (from->body != 0 && plan->route->raw == NULL))
        errors |= DW__GUARD_ERROR(DW_UNKNOWN_FIELDS);
    if (from->body != 0 && plan->route->raw == NULL)
        errors |= DW__GUARD_ERROR(DW_MALFORMED) | DW__GUARD_ERROR(DW_REQUEST_TIMEOUT);
    if ((from->path | from->query | from->body | from->header | from->cookie) != 0 || plan->loads.n > 0)
        errors |= DW__GUARD_ERROR(DW_INVALID);
    return errors;
}

const struct guard dw__guard_schema = {"schema", before, NULL, audit, refuses};
