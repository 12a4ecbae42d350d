/* guard/api_key.c -- who is asking: API keys (<dw/api_key.h>), in X-API-Key or Authorization: ApiKey.
 *
 * Only on routes that want a caller and count this credential; others never parse it.  Who came by a key is its owner as they are now, so that a
 * key can never do more than they may.  A key in the query is refused wherever keys count, whether it is good or not: it is in the log of every
 * server on the way, and whoever sent it so must hear of it.
 *
 * No key is no caller, which the roles guard judges; one that does not verify is 401 at once. */
#include "guard/api_key.h"

#include "auth/api_key.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/api_key.h"
#include "guard/account.h"

bool dw__is_api_key_field(dw_text authorization)
{
    dw_text rest = authorization;

    return dw__text_eq_nocase(dw__text_cut(&rest, ' '), DW_TEXT("apikey"));
}

static bool counts(const struct route_plan *plan)
{
    return dw__plan_wants_caller(plan) && (plan->by & DW_API_KEY);
}

/* ---- where it is ---- */

static bool is_key_name(dw_text name)
{
    static const dw_text names[] = {DW_TEXT_INIT("api_key"), DW_TEXT_INIT("apikey"), DW_TEXT_INIT("api-key"),
                                    DW_TEXT_INIT("x-api-key")};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (dw__text_eq_nocase(name, names[i]))
            return true;
    return false;
}

/* Whether the query has a key of ours under whatever name, or anything under the name of one. */
static bool is_in_query(const struct services *services, dw_text query, dw_text *id)
{
    char prefix[DW__API_KEY_PREFIX_MAX];

    *id = (dw_text){"", 0};
    if (dw__api_key_find(query, dw__api_key_prefix_of(services, prefix), id))
        return true;
    while (query.p != NULL) {
        dw_text pair = dw__text_cut(&query, '&');

        if (is_key_name(dw__text_cut(&pair, '=')))
            return true;
    }
    return false;
}

static dw_err judge_query(dw_req *req)
{
    dw_text id;

    if (req->head.query.n == 0 || !is_in_query(req->ctx.services, req->head.query, &id))
        return DW_OK;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "key.in_query", DW_KV(key, id));
    return dw_req_fail(req, DW_BAD_REQUEST,
                       "An API key belongs in the header X-API-Key, never in the query: end this one");
}

/* How many keys the request has; *key is the last. */
static size_t find(const dw_req *req, dw_text *key)
{
    size_t n = 0;

    *key = (dw_text){NULL, 0};
    for (size_t i = 0; i < req->head.n_fields; i++) {
        const struct http_field *field = &req->head.fields[i];
        dw_text value = field->value;

        if (dw__text_is(field->name, "x-api-key")) {
            *key = value;
            n++;
        } else if (dw__text_is(field->name, "authorization") && dw__is_api_key_field(value)) {
            (void)dw__text_cut(&value, ' ');
            *key = dw__text_trim(value);
            n++;
        }
    }
    return n;
}

dw_text dw__api_key_sent(const dw_req *req)
{
    dw_text key;

    return find(req, &key) > 0 ? key : (dw_text){NULL, 0};
}

/* ---- whose it is ---- */

static dw_err refuse(dw_req *req, dw_text id, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "key.refused", DW_KV(key, id),
              DW_KV(why, why));
    return DW_UNAUTHENTICATED;
}

/* Two credentials are good when they are of one account, and then both limit. */
static dw_err join(dw_req *req, dw_principal *who)
{
    const dw_principal *other = req->ctx.principal;

    if (other == NULL)
        return DW_OK;
    if (other->id != who->id)
        return dw_req_fail(req, DW_BAD_REQUEST, "The request has credentials of two accounts");
    who->by |= other->by;
    who->auth_time = other->auth_time;
    who->amr = other->amr;
    if (other->scoped)
        who->scopes &= other->scopes;
    return DW_OK;
}

static dw_err load_principal(const struct guard_env *env, dw_req *req, const struct api_key *key)
{
    dw_principal *who = dw__arena_zalloc(&req->arena, sizeof *who);
    dw_err err;

    if (who == NULL)
        return DW_UNAVAILABLE;
    err = dw__account_of(env, req, key->facts.account, who);
    if (err == DW_NOT_FOUND)
        return refuse(req, key->id, "its owner is not there, or disabled");
    if (err != DW_OK)
        return err;
    who->by = DW_API_KEY;
    who->scoped = true;
    who->scopes = key->facts.scopes;
    if ((err = join(req, who)) != DW_OK)
        return err;
    req->ctx.principal = who;
    req->came_with.key_id = key->id;
    dw__api_key_note_use(&req->ctx, key);
    return DW_OK;
}

static dw_err judge(dw_req *req, dw_text text, struct api_key *key, const char **why)
{
    const struct services *services = req->ctx.services;
    const struct verify_payer payer = {services->verify_budget, req->peer.text, req->ctx.clock->mono_ns};

    return dw__api_key_verify(&req->ctx, text, payer.budget != NULL ? &payer : NULL, key, why);
}

bool dw__api_key_is_somebody(const struct guard_env *env, dw_req *req)
{
    struct api_key key = {.id = {"", 0}};
    dw_principal who = {0};
    const char *why;
    dw_text text;

    return find(req, &text) == 1 && judge(req, text, &key, &why) == DW_OK &&
           dw__account_of(env, req, key.facts.account, &who) == DW_OK;
}

static dw_err verify(const struct guard_env *env, dw_req *req, dw_text text)
{
    struct api_key key = {.id = {"", 0}};
    const char *why;
    dw_err err = judge(req, text, &key, &why);

    if (err == DW_UNAUTHENTICATED || err == DW_TOO_MANY)
        (void)refuse(req, key.id, why);
    return err != DW_OK ? err : load_principal(env, req, &key);
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    dw_text text;
    size_t n;
    dw_err err;

    (void)guarded;
    if (!counts(req->plan))
        return DW_OK;
    if ((err = judge_query(req)) != DW_OK || (n = find(req, &text)) == 0)
        return err;
    if (n > 1)
        return dw_req_fail(req, DW_BAD_REQUEST, "The request has more than one API key");
    return verify(env, req, text);
}

/* 401 says how to come in (RFC 9110 §11.6.1). */
static void after(const struct guard_env *env, dw_req *req)
{
    dw_text challenge;

    if (req->reply.status != 401 || req->plan == NULL || !counts(req->plan))
        return;
    challenge = dw__arena_format(&req->arena, "ApiKey realm=\"%s\"", env->realm);
    if (challenge.p == NULL || dw__reply_header(req, DW_TEXT("WWW-Authenticate"), challenge) != DW_OK)
        req->reply.close = true; /* the status says enough */
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (counts(plan) && plan->scopes == 0)
            dw__audit_say(audit, FOUND_API_KEY_ANY_SCOPE, plan->route->where,
                          "%s %.*s takes API keys of whatever scopes: it has no .scopes", plan->method,
                          DW_FMT(plan->pattern));
    }
}

static guard_errors refuses(const struct route_plan *plan)
{
    return counts(plan) ? DW__GUARD_ERROR(DW_UNAUTHENTICATED) | DW__GUARD_ERROR(DW_TOO_MANY) |
                              DW__GUARD_ERROR(DW_BAD_REQUEST)
                        : 0;
}

const struct guard dw__guard_api_key = {"api_key", before, after, audit, refuses};
