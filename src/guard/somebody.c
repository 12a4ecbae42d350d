/* guard/somebody.c -- see somebody.h. */
#include "guard/somebody.h"

#include "auth/session.h"
#include "guard/api_key.h"
#include "guard/bearer.h"

static bool has_session(dw_req *req)
{
    const struct session *session = NULL;

    return req->ctx.services->sessions != NULL && dw__session_find(req, &session) == DW_OK && session != NULL;
}

bool dw__is_somebody(const struct guard_env *env, dw_req *req)
{
    if (req->ctx.principal != NULL || has_session(req))
        return true;
    if (env == NULL)
        return false;
    return ((req->plan->by & DW_BEARER) != 0 && dw__bearer_is_somebody(env, req)) ||
           ((req->plan->by & DW_API_KEY) != 0 && dw__api_key_is_somebody(env, req));
}
