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
    case DW_ALLOW_PUBLIC:
    case DW_ALLOW_SIGNED: return DW_OK; /* the guard of signatures judges it */
    case DW_ALLOW_USER: return req->ctx.principal != NULL ? DW_OK : DW_UNAUTHENTICATED;
    case DW_ALLOW_ROLES:
        if (req->ctx.principal == NULL)
            return DW_UNAUTHENTICATED;
        return (req->ctx.principal->roles & allow->roles) != 0 ? DW_OK : DW_DENIED;
    case DW_ALLOW_NOBODY: break;
    }
    return DW_DENIED;
}

static void audit_policies(const struct route_plan *plan, struct audit *audit)
{
    for (size_t i = 0; i < plan->loads.n_policies; i++) {
        const struct load_policy *p = &plan->loads.policies[i];

        dw__audit_say(audit, FOUND_ROLES_POLICY, plan->route->where, "%s %.*s is held to %s of %s: %s",
                      plan->method, DW_FMT(plan->pattern), p->policy->name,
                      plan->loads.v[p->load].loader->name, p->policy->why);
    }
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->allow.kind == DW_ALLOW_PUBLIC)
            dw__audit_say(audit, FOUND_ROLES_PUBLIC, plan->route->where, "%s %.*s is public: %s",
                          plan->method, DW_FMT(plan->pattern), plan->allow.why);
        audit_policies(plan, audit);
    }
}

/* What loaders and the policies of their objects refuse with: there is nothing, or it is not theirs. */
static guard_errors objects_refuse(const struct route_loads *loads)
{
    guard_errors errors = loads->n > 0 ? DW__GUARD_ERROR(DW_NOT_FOUND) : 0;

    for (size_t i = 0; i < loads->n_policies; i++)
        errors |=
            DW__GUARD_ERROR(loads->policies[i].policy->refused_as == DW_NOT_FOUND ? DW_NOT_FOUND : DW_DENIED);
    return errors;
}

static guard_errors caller_refused(const struct route_plan *plan)
{
    switch (plan->allow.kind) {
    case DW_ALLOW_PUBLIC:
    case DW_ALLOW_SIGNED: return 0;
    case DW_ALLOW_USER: return DW__GUARD_ERROR(DW_UNAUTHENTICATED);
    case DW_ALLOW_ROLES: return DW__GUARD_ERROR(DW_UNAUTHENTICATED) | DW__GUARD_ERROR(DW_DENIED);
    case DW_ALLOW_NOBODY: break;
    }
    return DW__GUARD_ERROR(DW_DENIED);
}

static guard_errors refuses(const struct route_plan *plan)
{
    return caller_refused(plan) | objects_refuse(&plan->loads);
}

const struct guard dw__guard_roles = {"roles", before, NULL, audit, refuses};
