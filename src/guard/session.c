/* guard/session.c -- who is asking: the session that the cookie names.
 *
 * Only on routes that want a caller and count this credential; on others the cookie is not parsed.  A cookie that names no session that lives is no
 * caller, unless the browser is remembered (auth/remember.h), which the roles guard judges: browsers send what they have.  What the caller may not do without a token of ours, guard/csrf.c says. */
#include "auth/remember.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/account.h"

static dw_err nobody(dw_req *req, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.refused", DW_KV(why, why));
    return DW_OK;
}

static dw_err load(const struct guard_env *env, dw_req *req, const struct session *session)
{
    dw_principal *principal = dw__arena_zalloc(&req->arena, sizeof *principal);
    dw_err err;

    if (principal == NULL)
        return DW_UNAVAILABLE;
    err = dw__account_of(env, req, session->row.account, principal);
    if (err == DW_NOT_FOUND)
        return nobody(req, "there is no such account any more");
    if (err != DW_OK)
        return err;
    principal->by = DW_SESSION;
    principal->auth_time = session->row.auth_time / 1000;
    principal->amr = (unsigned)session->row.amr;
    if ((err = dw__caller_take(req, principal)) == DW_OK)
        dw__session_touch(req, session);
    return err;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const struct session *session;
    dw_err err;

    (void)guarded;
    if (!dw__plan_wants_caller(req->plan) || !(req->plan->by & DW_SESSION))
        return DW_OK;
    if (req->ctx.services->sessions == NULL)
        return DW_UNAVAILABLE;
    err = dw__session_find(req, &session);
    if (err == DW_OK && req->waiting != NULL)
        return nobody(req, "its second factor was not shown yet");
    if (err == DW_OK && session == NULL)
        err = dw__remember_use(req, &session);
    return err != DW_OK || session == NULL ? err : load(env, req, session);
}

/* 401 says how to sign in. `Session` is a scheme of ours: RFC 9110 §11.6.1 wants one, browsers pass over what they do not know. */
static void after(const struct guard_env *env, dw_req *req)
{
    dw_text challenge;

    dw__remember_say(req);
    if (req->reply.status != 401 || !(req->plan->by & DW_SESSION))
        return;
    challenge = req->outcome == DW_SIGN_IN_AGAIN
                    ? dw__arena_format(
                          &req->arena,
                          "Session realm=\"%s\", error=\"insufficient_user_authentication\", max_age=\"%u\"",
                          env->realm, env->fresh_s)
                    : dw__arena_format(&req->arena, "Session realm=\"%s\"", env->realm);
    if (challenge.p == NULL || dw__reply_header(req, DW_TEXT("WWW-Authenticate"), challenge) != DW_OK)
        req->reply.close = true; /* the status says enough */
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    size_t n = 0;

    for (size_t i = 0; i < env->routes->n_plans; i++)
        n += env->routes->plans[i].route->signs_in;
    if (env->app->sessions == NULL)
        return;
    dw__audit_say(audit, FOUND_SESSION_COOKIE, NULL,
                  "the session's cookie is __Host-%s; %zu route%s in with one", env->app->name, n,
                  n == 1 ? " signs" : "s sign");
    if (n == 0)
        dw__audit_say(audit, FOUND_SESSION_NO_SIGN_IN, NULL,
                      "dw_app.sessions is set, and no route says .signs_in");
}

static guard_errors refuses(const struct route_plan *plan)
{
    return dw__plan_wants_caller(plan) && (plan->by & DW_SESSION)
               ? DW__GUARD_ERROR(DW_UNAUTHENTICATED) | DW__GUARD_ERROR(DW_TOO_MANY)
               : 0;
}

const struct guard dw__guard_session = {"session", before, after, audit, refuses};
