/* guard/limit_field.c -- not too often for what it names: limits that count by a field of the input (.rate_by_field).
 *
 * Behind the binding, since nobody knows before what a body names, and before the handler.  Names that people take for one are one (codec/normalise.h): nobody gets
 * another count by capitals or white space.  What names nothing, or too much, falls to the address, as everywhere; an input that breaks its rules names nobody and
 * is not counted here, but by the limit of the whole application. */
#include "base/text.h"
#include "codec/normalise.h"
#include "guard/charge.h"

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const struct plan_limit *limit = &req->plan->limit;
    dw_text named = {NULL, 0};

    (void)env;
    if (limit->n == 0 || limit->field == NULL)
        return DW_OK;
    /* A dw_email is a dw_text. */
    if (dw__fold(*(const dw_text *)(const void *)((const char *)guarded->in + limit->field->at), &req->arena,
                 &named) != DW_OK)
        return DW_UNAVAILABLE;
    return dw__charge(req, limit, named);
}

static guard_errors refuses(const struct route_plan *plan)
{
    return plan->limit.field != NULL ? DW__GUARD_ERROR(DW_TOO_MANY) : 0;
}

const struct guard dw__guard_limit_field = {"limit_field", before, NULL, NULL, refuses};
