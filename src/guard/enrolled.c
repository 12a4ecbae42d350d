/* guard/enrolled.c -- has the caller the second factor that their role wants? (MFA_REQUIRED_ROLES)
 *
 * Who has none can turn one on, and nothing else: the routes for that say .without_mfa.  It is asked of the caller and not of the credential, so that a
 * session, a token, a browser that was told to remember somebody and an API key are all the same; and it was looked up with the account, so that a
 * role that is given and a factor that is taken away take effect on the next request. */
#include "base/log.h"
#include "guard/guard.h"

static bool is_spared(const struct route_plan *plan)
{
    return plan->route != NULL && plan->route->without_mfa != NULL;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const dw_principal *who = req->ctx.principal;

    (void)guarded;
    if (who == NULL || (who->roles & env->mfa_roles) == 0 || who->mfa || is_spared(req->plan))
        return DW_OK;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "auth.mfa_missing",
              DW_KV(account, who->uid));
    return DW_MFA_ENROLMENT_REQUIRED;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (is_spared(plan))
            dw__audit_say(audit, FOUND_ENROLLED_SPARED, plan->route->where,
                          "%s %.*s wants no second factor of anybody: %s", plan->method,
                          DW_FMT(plan->pattern), plan->route->without_mfa);
    }
}

/* Which roles there are is a setting, and what clients are told is not: any route may be refused so where there are second factors at all. */
static guard_errors refuses(const struct route_plan *plan)
{
    return plan->has_mfa && dw__plan_wants_caller(plan) && !is_spared(plan)
               ? DW__GUARD_ERROR(DW_MFA_ENROLMENT_REQUIRED)
               : 0;
}

const struct guard dw__guard_enrolled = {"enrolled", before, NULL, audit, refuses};
