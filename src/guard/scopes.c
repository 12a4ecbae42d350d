/* guard/scopes.c -- is what the caller came by for this?
 *
 * A key, or a token with scopes, is for what its owner said and nothing else; who came by a session or a token without scopes is not limited here.
 * Decided from the route and the credential alone, before anything is looked up or read. */
#include "guard/guard.h"

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const dw_principal *who = req->ctx.principal;
    const uint64_t needs = req->plan->scopes;

    (void)env, (void)guarded;
    if (needs == 0 || who == NULL || !who->scoped || (who->scopes & needs) == needs)
        return DW_OK;
    return dw_req_fail(req, DW_DENIED, "The key or token is not for this");
}

static guard_errors refuses(const struct route_plan *plan)
{
    return plan->scopes != 0 && dw__plan_wants_caller(plan) ? DW__GUARD_ERROR(DW_DENIED) : 0;
}

const struct guard dw__guard_scopes = {"scopes", before, NULL, NULL, refuses};
