/* guard/global.c -- not too often, whatever is asked for: the limit of all requests of a client together (.rate_global, or 10000 a minute).
 *
 * The first guard of all, before there is a route and before a request that could not be parsed is told so: what is not found, not allowed
 * or broken costs as much as the rest, so that nobody may search or probe more often than anybody may ask.  What comes on the
 * admin listener is not counted; nor, where nobody has said a limit, what comes from this machine: a proxy that nobody has named stands there, and has many clients. */
#include "guard/charge.h"

bool dw__charged_globally(const struct guard_env *env, const dw_req *req)
{
    const struct plan_limit *limit = &env->routes->global;

    return limit->n > 0 && !req->admin && !(limit->by_default && req->peer.loopback);
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)guarded;
    return dw__charged_globally(env, req) ? dw__charge(req, &env->routes->global, (dw_text){NULL, 0}) : DW_OK;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    if (env->routes->global.why_not != NULL)
        dw__audit_say(audit, FOUND_LIMIT_NOBODY, NULL, "no limit of all requests of a client holds: %s",
                      env->routes->global.why_not);
}

static guard_errors refuses(const struct route_plan *plan)
{
    return plan->limited_globally ? DW__GUARD_ERROR(DW_TOO_MANY) : 0;
}

const struct guard dw__guard_global = {"global", before, NULL, audit, refuses};
