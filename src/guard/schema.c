/* guard/schema.c -- the handler gets what it was promised, or is not called.
 *
 * Each field of the input has one source: the path, the query or the body.  What comes under a name that nobody declared is 400
 * with the names; what breaks a rule is 422 with all of them. Only then is there an input. */
#include "schema/bind.h"

#include "base/text.h"
#include "codec/form.h"
#include "guard/guard.h"
#include "guard/media.h"

static dw_err bind_body(dw_req *req, void *in, struct bind_faults *faults)
{
    const struct route_plan *plan = req->plan;
    dw_text body;
    struct form form;
    dw_err err = dw_req_body(req, &body);

    if (err != DW_OK)
        return err;
    if (dw__media_is_json(req->head.known[HTTP_CONTENT_TYPE]))
        return dw__bind_json(plan->in, body, plan->sources.body, in, faults);
    err = dw__form_parse(body, &req->arena, &form);
    if (err != DW_OK) {
        faults->malformed_at = form.error_at;
        return err;
    }
    dw__bind_form(plan->in, &form, plan->sources.body, in, faults);
    return DW_OK;
}

static dw_err bind_all(dw_req *req, struct guarded *guarded)
{
    const struct route_plan *plan = req->plan;
    struct bind_faults *faults = dw__arena_zalloc(&req->arena, sizeof *faults);
    void *in = dw__arena_zalloc(&req->arena, plan->in->size);
    dw_err err = DW_OK;

    if (faults == NULL || in == NULL)
        return DW_UNAVAILABLE;
    dw__bind_init(faults, &req->arena);
    req->faults = faults;
    for (size_t i = 0; i < plan->n_params; i++)
        dw__bind_text(plan->in, plan->param_field[i], guarded->match.params[i], in, faults);
    /* A raw handler may have query parameters of its own; for all others an undeclared one is a fault. */
    if (req->head.query.n > 0 && !(plan->route->raw != NULL && plan->sources.query == 0))
        err = dw__bind_query(plan->in, req->head.query, plan->sources.query, in, faults);
    if (err == DW_OK && plan->sources.body != 0 && plan->route->raw == NULL)
        err = bind_body(req, in, faults);
    if (err == DW_OK)
        err = dw__bind_end(plan->in, in, faults);
    if (err == DW_OK)
        guarded->in = in;
    return err;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    static const max_align_t nothing;
    const struct schema_plan *in = req->plan->in;
    const struct input_sources *from = &req->plan->sources;

    (void)env;
    if ((in->required | from->path | from->query | from->body) != 0 || req->head.query.n > 0 ||
        in->size > sizeof nothing)
        return bind_all(req, guarded);
    guarded->in = &nothing; /* nothing was promised, and nothing came */
    return DW_OK;
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
    if ((from->path | from->query | from->body) != 0)
        errors |= DW__GUARD_ERROR(DW_INVALID);
    return errors;
}

const struct guard dw__guard_schema = {"schema", before, NULL, NULL, refuses};
