/* guard/roles.c -- may this caller use this route?
 *
 * Decided from the route's policy and the caller's roles before anything is looked up or read, so that a refusal says nothing
 * about what exists.  A policy that says nothing lets nobody in. */
#include "guard/guard.h"

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const dw_policy *allow = &req->plan->allow;

    (void)env, (void)guarded;
    switch (allow->kind) {
    case DW_ALLOW_PUBLIC: return DW_OK;
    case DW_ALLOW_USER: return req->ctx.principal != NULL ? DW_OK : DW_UNAUTHENTICATED;
    case DW_ALLOW_ROLES:
        if (req->ctx.principal == NULL)
            return DW_UNAUTHENTICATED;
        return (req->ctx.principal->roles & allow->roles) != 0 ? DW_OK : DW_DENIED;
    case DW_ALLOW_NOBODY: break;
    }
    return DW_DENIED;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->allow.kind == DW_ALLOW_PUBLIC)
            dw__audit_say(audit, FINDING_NOTE, "roles", "%s %.*s is public: %s", plan->method,
                          DW_FMT(plan->pattern), plan->allow.why);
    }
}

static guard_errors refuses(const struct route_plan *plan)
{
    switch (plan->allow.kind) {
    case DW_ALLOW_PUBLIC: return 0;
    case DW_ALLOW_USER: return DW__GUARD_ERROR(DW_UNAUTHENTICATED);
    case DW_ALLOW_ROLES: return DW__GUARD_ERROR(DW_UNAUTHENTICATED) | DW__GUARD_ERROR(DW_DENIED);
    case DW_ALLOW_NOBODY: break;
    }
    return DW__GUARD_ERROR(DW_DENIED);
}

const struct guard dw__guard_roles = {"roles", before, NULL, audit, refuses};
