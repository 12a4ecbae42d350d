/* guard/signature.c -- is this from who signs it (<dw/webhook.h>)?
 *
 * The signature is over the bytes of the body, so those are read first and judged as they came; nothing of them has been parsed.  What the head
 * alone decides (no signature, too old) is refused before a byte of the body.  What does not verify is charged to its address, as tokens are. */
#include "auth/verify_budget.h"
#include "auth/webhook.h"
#include "base/log.h"
#include "guard/guard.h"
#include "http/precondition.h"

static dw_err refuse(dw_req *req, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "webhook.refused",
              DW_KV(source, req->plan->allow.webhook->name), DW_KV(why, why));
    return DW_UNAUTHENTICATED;
}

static dw_secret secrets_of(const dw_req *req)
{
    const dw_webhook *hook = req->plan->allow.webhook;
    const char *settings = req->ctx.services->settings;
    dw_secret none = {NULL, 0};

    return settings != NULL ? *(const dw_secret *)(const void *)(settings + hook->at) : none;
}

static dw_err judge_head(dw_req *req, struct webhook_head *head)
{
    if (!dw__webhook_head_read(dw__req_single_field(req, DW_TEXT("webhook-id")),
                               dw__req_single_field(req, DW_TEXT("webhook-timestamp")),
                               dw__req_single_field(req, DW_TEXT("webhook-signature")), head))
        return refuse(req, "a header of the signature is missing, or is not what it must be");
    if (!dw__webhook_is_fresh(head, req->ctx.clock->unix_ms / 1000))
        return refuse(req, "its time is more than five minutes from ours");
    return DW_OK;
}

static dw_err judge_body(dw_req *req, dw_secret secrets, const struct webhook_head *head)
{
    const struct services *services = req->ctx.services;
    const struct verify_payer payer = {services->verify_budget, req->peer.text, req->ctx.clock->mono_ns};
    dw_text body;
    dw_err err = dw_req_body(req, &body);

    if (err != DW_OK)
        return err;
    if (payer.budget != NULL && !dw__verify_budget_take(&payer)) {
        (void)refuse(req, "too many of this address that do not verify");
        return DW_TOO_MANY;
    }
    err = dw__webhook_verify(secrets, head, body, &req->arena);
    if (err == DW_UNAUTHENTICATED)
        return refuse(req, "no signature is right");
    if (err == DW_OK && payer.budget != NULL)
        dw__verify_budget_give(&payer);
    req->whole_body = body;
    return err;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    struct webhook_head head;
    dw_secret secrets;
    dw_err err;

    (void)env, (void)guarded;
    if (req->plan->allow.kind != DW_ALLOW_SIGNED)
        return DW_OK;
    secrets = secrets_of(req);
    if (secrets.n == 0) {
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "webhook.no_secret",
                  DW_KV(source, req->plan->allow.webhook->name));
        return DW_UNAVAILABLE;
    }
    if ((err = judge_head(req, &head)) != DW_OK)
        return err;
    return judge_body(req, secrets, &head);
}

/* A 401 says what would be good (RFC 9110 §11.6.1). */
static void after(const struct guard_env *env, dw_req *req)
{
    dw_text challenge;

    if (req->reply.status != 401 || req->plan == NULL || req->plan->allow.kind != DW_ALLOW_SIGNED)
        return;
    challenge = dw__arena_format(&req->arena, "Webhook-Signature realm=\"%s\"", env->realm);
    if (challenge.p == NULL || dw__reply_header(req, DW_TEXT("WWW-Authenticate"), challenge) != DW_OK)
        req->reply.close = true; /* the status says enough */
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->allow.kind == DW_ALLOW_SIGNED)
            dw__audit_say(audit, FOUND_SIGNATURE_SIGNED, plan->route->where,
                          "%s %.*s is for whoever signs \"%s\" with a secret of the setting %s", plan->method,
                          DW_FMT(plan->pattern), plan->allow.webhook->name, plan->allow.webhook->field);
    }
}

static guard_errors refuses(const struct route_plan *plan)
{
    return plan->allow.kind == DW_ALLOW_SIGNED
               ? DW__GUARD_ERROR(DW_UNAUTHENTICATED) | DW__GUARD_ERROR(DW_TOO_MANY) |
                     DW__GUARD_ERROR(DW_TOO_LARGE) | DW__GUARD_ERROR(DW_REQUEST_TIMEOUT)
               : 0;
}

const struct guard dw__guard_signature = {"signature", before, after, audit, refuses};
