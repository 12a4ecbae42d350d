/* app/webhook.c -- a webhook is done once.
 *
 * A second delivery of a message waits for the first, since both write the row of its id: on SQLite for the lease, on PostgreSQL for the row.  Then it
 * finds it, or, where the first came to nothing, is the first itself.  Must never: run the handler for an id that is kept. */
#include "app/webhook.h"

#include <stdio.h>

#include "auth/webhook.h"
#include "base/log.h"
#include "base/text.h"
#include "http/precondition.h"
#include <dw/tx.h>

#define KEPT_S INT64_C(604800) /* a week: longer than senders try again */
#define PRUNE_ONE_IN 64u

/* What is old goes, now and then. */
static dw_err prune(dw_ctx *ctx, const dw_webhooks *webhooks)
{
    const dw_webhook_since since = {.since = dw_now_unix(ctx) - KEPT_S};
    unsigned char random;

    dw_random(&random, sizeof random);
    return random % PRUNE_ONE_IN == 0 ? dw_x_exec(ctx, webhooks->prune, &since, NULL) : DW_OK;
}

static dw_err answer_again(dw_req *req, const dw_webhook_claim *claim, struct made *made)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "webhook.repeated",
              DW_KV(source, claim->source), DW_KV(id, claim->id));
    *made = (struct made){.status = 200};
    return DW_OK;
}

dw_err dw__webhook_make(const dw_webhooks *webhooks, dw_req *req, const struct maker *maker,
                        struct made *made)
{
    dw_ctx *ctx = &req->ctx;
    const size_t n_extra = req->reply.n_extra;
    const dw_webhook_claim claim = {.source = dw__text_of(req->plan->allow.webhook->name),
                                    .id = dw__req_single_field(req, DW_TEXT("webhook-id")),
                                    .now_s = dw_now_unix(ctx)};
    int64_t changes = 0;
    dw_err err = prune(ctx, webhooks);

    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        dw__reply_forget(req, n_extra);
        changes = 0;
        err = dw_x_exec(ctx, webhooks->claim, &claim, &changes);
        if (err == DW_OK && changes > 0)
            err = maker->make(maker->self, req, made);
    }
    return err == DW_OK && changes == 0 ? answer_again(req, &claim, made) : err;
}

/* What is wrong with the secrets of `hook`, or NULL. */
static const char *fault_of(const dw_webhook *hook, const struct config *config)
{
    const char *values = config->own.values;
    dw_secret secrets;

    if (values == NULL)
        return NULL;
    secrets = *(const dw_secret *)(const void *)(values + hook->at);
    return secrets.n > 0 ? dw__webhook_secrets_fault(secrets) : NULL;
}

void dw__webhooks_check(const struct route_table *routes, const dw_app *app, const struct config *config,
                        struct buf *why)
{
    for (size_t i = 0; i < routes->n_plans; i++) {
        const dw_policy *allow = &routes->plans[i].allow;
        const char *fault = allow->kind == DW_ALLOW_SIGNED ? fault_of(allow->webhook, config) : NULL;
        char name[128], upper[64];
        size_t n = 0;

        if (fault == NULL)
            continue;
        for (const char *p = allow->webhook->field; *p != '\0' && n < sizeof upper; p++)
            upper[n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        dw__setting_prefixed(app, (dw_text){upper, n}, name, sizeof name);
        dw__buf_format(why, "%s %s\n", name, fault);
    }
}
