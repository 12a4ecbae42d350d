/* dw/webhook.h -- webhooks that come in: signed by who sends them, and each done once (Standard Webhooks 1.0.0).
 *
 *     DW_SETTINGS(shop_settings, (dw_secret, payment_secrets, .doc = "Secrets of payment webhooks, newest first."));
 *     DW_WEBHOOKS(shop_webhooks);
 *     … .settings = &shop_settings_table, .webhooks = &shop_webhooks …    in the application
 *     static const dw_webhook payments = DW_WEBHOOK("payments", shop_settings, payment_secrets);
 *     DW_POST("/payments", take_payment, DW_SIGNED(payments), .status = 202)   in a table of routes
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_webhooks (
 *         source  text   NOT NULL,
 *         id      text   NOT NULL,
 *         seen_at bigint NOT NULL,
 *         PRIMARY KEY (source, id)
 *     );
 *     CREATE INDEX dw_webhooks_by_age ON dw_webhooks (seen_at);
 *
 * The setting has up to eight secrets with commas between them, each "whsec_" and 24 to 64 bytes in base64: all of them verify, so that a secret
 * can be replaced without losing a delivery.  A delivery has three headers:
 *
 *     webhook-id         names the message, the same in each try: 1 to 255 printable ASCII characters without '.'
 *     webhook-timestamp  Unix seconds of the try, at most five minutes from our clock
 *     webhook-signature  "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body"; several have spaces between them, and one is enough
 *
 * They are verified against the bytes of the body before anything of it is read.  No credential is looked at on such a route, and it has no caller.
 *
 * The handler runs in a transaction (<dw/tx.h>) that also keeps the id, for a week; so whatever it writes is there once, however often and on
 * however many connections a message comes.  It may run several times until it is committed.  A message whose id is known is 200, with nothing
 * done.  When the handler fails nothing is kept, and the next try is as good as the first. */
#ifndef DW_WEBHOOK_H
#define DW_WEBHOOK_H

#include "query.h"
#include "settings.h"

/* Who signs. */
typedef struct dw_webhook {
    const char *name;            /* in the table and the log; never changes */
    const dw_settings *settings; /* where the secrets are … */
    const char *field;           /* … the name of the field … */
    size_t at;                   /* … and its place */
} dw_webhook;

typedef struct dw_webhooks {
    const dw_query *claim, *prune;
} dw_webhooks;

#ifndef __cplusplus
/* A dw_webhook at file scope: a literal, the type of DW_SETTINGS, and its field that is a dw_secret. */
#define DW_WEBHOOK(label, T, secrets)                   \
    {                                                   \
        "" label "", &T##_table, #secrets,              \
            _Generic(((const T *)0)->secrets, dw_secret \
                     : offsetof(T, secrets))            \
    }

DW_SCHEMA(dw_webhook_claim, (dw_text, source), (dw_text, id), (int64_t, now_s));
DW_SCHEMA(dw_webhook_since, (int64_t, since));

/* The statements that webhooks need, at file scope. */
#define DW_WEBHOOKS(name)                                                                                 \
    DW_QUERY(name##_claim, dw_webhook_claim, dw_nothing,                                           \
             "INSERT INTO dw_webhooks (source, id, seen_at) VALUES (:source, :id, :now_s)"         \
             " ON CONFLICT (source, id) DO NOTHING");                                                     \
    DW_QUERY(name##_prune, dw_webhook_since, dw_nothing,                                           \
             "DELETE FROM dw_webhooks WHERE (source, id) IN"                                       \
             " (SELECT source, id FROM dw_webhooks WHERE seen_at < :since ORDER BY seen_at LIMIT 1000)"); \
    static const dw_webhooks name = {&name##_claim, &name##_prune}
#endif

#endif
