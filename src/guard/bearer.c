/* guard/bearer.c -- who is asking: access tokens in the Authorization header (RFC 6750 §2.1).
 *
 * Only on routes that want a caller and count this credential; others never parse it.  The token names an account by its random
 * id, and the sign-in that it is of; both are looked up with every request, or known to be unchanged since they were (auth/principal_cache.h), so that a role
 * taken away, an account disabled or a sign-in ended takes effect on the next.
 * No header is no caller, which the roles guard judges; a header that does not verify is 401 at once. */
#include "guard/bearer.h"
#include "auth/issuer.h"
#include "auth/principal_cache.h"
#include "auth/token_cache.h"
#include "auth/token_family.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/account.h"
#include "guard/api_key.h"
#include "guard/guard.h"
#include "store/sql.h"
#include <dw/query.h>

/* The token of "Bearer <token>"; false when the header is something else. */
static bool bearer_token(dw_text header, dw_text *token)
{
    dw_text rest = header;
    dw_text scheme = dw__text_cut(&rest, ' ');

    if (rest.p == NULL || !dw__text_eq_nocase(scheme, DW_TEXT("bearer")))
        return false;
    *token = dw__text_trim(rest);
    return token->n > 0;
}

static dw_err refuse(dw_req *req, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "auth.token_refused", DW_KV(why, why));
    return DW_UNAUTHENTICATED;
}

/* A token that verified: what it says, and where that is looked up. */
struct verified {
    struct token_claims claims;
    const dw_query *account;
    const dw_tokens *families; /* NULL: it is of none */
    dw_text sign_in;           /* … or, of another issuer, his name, under which accounts are remembered */
};

static bool may_keep(const struct guard_env *env, const struct sql_client *sql, const struct verified *v)
{
    return dw__account_may_keep(env, sql, v->account) &&
           (v->families == NULL || dw__sql_may_keep(sql, v->families->live));
}

/* The account of a token, from the database as it is at `generation` or later, if its sign-in is there where there are any. */
static dw_err look_up(const struct guard_env *env, const struct verified *v, dw_req *req, uint64_t generation,
                      dw_principal *who)
{
    const struct services *services = req->ctx.services;
    const dw_principal_key key = {.uid = v->claims.sub};
    dw_principal_row row = {0};
    dw_err err = DW_OK;

    if (v->families != NULL)
        err = dw__token_family_live(&req->ctx, v->families, v->sign_in, v->claims.sub);
    if (err == DW_OK)
        err = dw_x_one(&req->ctx, v->account, &key, &row);
    if (err == DW_OK)
        err = dw__account_fill(env, &req->ctx, &row, who);
    if (err != DW_OK)
        return err;
    if (generation != 0 && may_keep(env, services->sql, v))
        dw__principal_cache_keep(services->principals, generation, v->claims.sub, v->sign_in, who);
    return DW_OK;
}

static bool is_of_no_sign_in(const struct verified *v)
{
    return v->families != NULL && v->sign_in.n == 0;
}

/* The same, or as it is remembered. DW_NOT_FOUND: it is not there, or its sign-in has ended. */
static dw_err find_account(const struct guard_env *env, dw_req *req, const struct verified *v,
                           dw_principal *who)
{
    const struct services *services = req->ctx.services;
    uint64_t generation;

    if (services->sql == NULL)
        return DW_UNAVAILABLE;
    generation = dw__sql_generation(services->sql);
    if (dw__principal_cache_find(services->principals, generation, v->claims.sub, v->sign_in, &req->arena,
                                 who))
        return DW_OK;
    return look_up(env, v, req, generation, who);
}

/* The account of a verified token, as the caller. */
static dw_err load_principal(const struct guard_env *env, dw_req *req, const struct verified *v)
{
    dw_principal *principal = dw__arena_zalloc(&req->arena, sizeof *principal);
    dw_err err;

    if (principal == NULL)
        return DW_UNAVAILABLE;
    if (is_of_no_sign_in(v))
        return refuse(req, "it is of no sign-in");
    err = find_account(env, req, v, principal);
    if (err == DW_NOT_FOUND)
        return refuse(req, "its account is not there, or its sign-in has ended");
    if (err != DW_OK)
        return err;
    principal->by = DW_BEARER;
    principal->auth_time = v->claims.auth_time;
    if (v->families != NULL)
        req->came_with.sign_in = v->sign_in;
    req->came_with.account = v->account;
    req->came_with.subject = v->claims.sub;
    return dw__caller_take(req, principal);
}

static dw_err verify_ours(const dw_app *app, dw_req *req, dw_text token, const struct verify_payer *payer,
                          struct verified *v)
{
    const struct services *services = req->ctx.services;
    dw_err err = dw__token_cache_verify(services->token_cache, services->tokens, token,
                                        req->ctx.clock->unix_ms / 1000, payer, &req->arena, &v->claims);

    v->account = app->principal;
    v->families = app->tokens;
    if (app->tokens != NULL)
        v->sign_in = v->claims.sid;
    return err;
}

/* As ours, but for what ends our sign-ins. */
static dw_err verify_foreign(const dw_app *app, dw_req *req, dw_text token, const struct verify_payer *payer,
                             struct verified *v)
{
    const struct services *services = req->ctx.services;
    const dw_issuer *by;
    dw_err err;

    err = dw__token_cache_verify_foreign(services->token_cache, services->issuers, token,
                                         req->ctx.clock->unix_ms / 1000, payer, &req->arena, &v->claims, &by);
    if (err != DW_OK)
        return err;
    v->account = by->principal != NULL ? by->principal : app->principal;
    v->sign_in = dw__arena_format(&req->arena, "issuer:%s", by->name);
    return v->sign_in.p != NULL ? DW_OK : DW_UNAVAILABLE;
}

static dw_err verify(const dw_app *app, dw_req *req, dw_text token, struct verified *v)
{
    const struct services *services = req->ctx.services;
    const struct verify_payer from = {services->verify_budget, req->peer.text, req->ctx.clock->mono_ns};
    const struct verify_payer *payer = from.budget != NULL ? &from : NULL;

    if (services->issuers == NULL || dw__token_is_ours(services->tokens, token))
        return verify_ours(app, req, token, payer, v);
    return verify_foreign(app, req, token, payer, v);
}

bool dw__bearer_is_somebody(const struct guard_env *env, dw_req *req)
{
    dw_text token;
    struct verified v = {0};
    dw_principal who = {0};

    return req->ctx.services->tokens != NULL && env->app->principal != NULL &&
           bearer_token(req->head.known[HTTP_AUTHORIZATION], &token) &&
           verify(env->app, req, token, &v) == DW_OK && !is_of_no_sign_in(&v) &&
           find_account(env, req, &v, &who) == DW_OK;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    dw_text header = req->head.known[HTTP_AUTHORIZATION], token;
    const struct services *services = req->ctx.services;
    struct verified v = {0};
    dw_err err;

    (void)guarded;
    if (!dw__plan_wants_caller(req->plan) || !(req->plan->by & DW_BEARER) || header.p == NULL)
        return DW_OK;
    if ((req->plan->by & DW_API_KEY) && dw__is_api_key_field(header))
        return DW_OK; /* the guard of keys has it */
    if (services->tokens == NULL || env->app->principal == NULL)
        return DW_UNAVAILABLE;
    if (!bearer_token(header, &token))
        return refuse(req, "not a bearer token");
    err = verify(env->app, req, token, &v);
    if (err == DW_UNAUTHENTICATED)
        return refuse(req, "token does not verify");
    if (err == DW_TOO_MANY)
        (void)refuse(req, "too many of this address that do not verify");
    return err != DW_OK ? err : load_principal(env, req, &v);
}

/* Whether what a route counts is something else. */
static bool is_not_asked_for(const struct route_plan *plan)
{
    return plan != NULL &&
           (plan->allow.kind == DW_ALLOW_SIGNED || (plan->by != 0 && !(plan->by & DW_BEARER)));
}

/* 401 says how to sign in (RFC 9110 §11.6.1), also where there is no route; a sign-in that was too long ago in the words of RFC 9470. */
static void after(const struct guard_env *env, dw_req *req)
{
    bool presented = req->head.known[HTTP_AUTHORIZATION].p != NULL;
    dw_text challenge;

    if (req->reply.status != 401 || is_not_asked_for(req->plan))
        return;
    challenge = req->outcome == DW_SIGN_IN_AGAIN
                    ? dw__arena_format(
                          &req->arena,
                          "Bearer realm=\"%s\", error=\"insufficient_user_authentication\", max_age=\"%u\"",
                          env->realm, env->fresh_s)
                    : dw__arena_format(&req->arena, "Bearer realm=\"%s\"%s", env->realm,
                                       presented ? ", error=\"invalid_token\"" : "");
    if (challenge.p == NULL || dw__reply_header(req, DW_TEXT("WWW-Authenticate"), challenge) != DW_OK)
        req->reply.close = true; /* the status says enough */
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    if (env->app->principal == NULL)
        dw__audit_say(audit, FOUND_BEARER_NOBODY, NULL, "nobody can sign in: dw_app.principal is not set");
}

static guard_errors refuses(const struct route_plan *plan)
{
    return dw__plan_wants_caller(plan) && (plan->by & DW_BEARER)
               ? DW__GUARD_ERROR(DW_UNAUTHENTICATED) | DW__GUARD_ERROR(DW_TOO_MANY)
               : 0;
}

const struct guard dw__guard_bearer = {"bearer", before, after, audit, refuses};
