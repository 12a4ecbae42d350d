/* guard/fresh.c -- have they shown lately who they are? (step-up)
 *
 * On routes that say .fresh: the caller must have signed in within SESSION_FRESH, by a session or a token that knows when that was.  A key never
 * is enough, nor a browser that was told to remember somebody: behind neither there is a person who has just shown anything. */
#include "base/log.h"
#include "guard/guard.h"

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const dw_principal *who = req->ctx.principal;
    int64_t now = req->ctx.clock->unix_ms / 1000;
    const char *why = NULL;

    (void)guarded;
    if (!req->plan->fresh)
        return DW_OK;
    if (who == NULL)
        return DW_UNAUTHENTICATED;
    if (!(who->by & (DW_SESSION | DW_BEARER)))
        why = "the credential is no sign-in";
    else if (who->amr & DW_AMR_REMEMBERED)
        why = "the browser was remembered";
    else if (who->auth_time <= 0 || now - who->auth_time >= (int64_t)env->fresh_s)
        why = "the sign-in was too long ago";
    if (why == NULL)
        return DW_OK;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "auth.not_fresh", DW_KV(why, why));
    return DW_SIGN_IN_AGAIN;
}

static guard_errors refuses(const struct route_plan *plan)
{
    return plan->fresh ? DW__GUARD_ERROR(DW_SIGN_IN_AGAIN) : 0;
}

const struct guard dw__guard_fresh = {"fresh", before, NULL, NULL, refuses};
