/* coffer/blueprints/webhooks.c -- what others tell us: any JSON, kept as it came, once. */
#include "../coffer.h"
#include "../models.h"

DW_SCHEMA(webhook_event, (dw_json, body, DW_BYTES(1, 65536), .levels = 64));
DW_QUERY(webhook_event_insert, webhook_event, dw_nothing,
    "INSERT INTO webhook_events (body, received_at) VALUES (:body, :now)");

static const dw_webhook deliveries = DW_WEBHOOK("deliveries", coffer_settings, webhook_secrets);

/* Runs in the transaction that keeps the message's id. */
static dw_err take_delivery(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    webhook_event event;
    dw_text body, json;
    dw_err err = dw_req_body(req, &body);

    (void)in, (void)out;
    if (err == DW_OK)
        err = dw_json_rewrite(ctx, body, &json);
    if (err != DW_OK)
        return err;
    event.body = (dw_json){json.p, json.n};
    return DW_EXEC(ctx, webhook_event_insert, &event, NULL);
}
DW_HANDLER(take_delivery, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/webhook", take_delivery, DW_SIGNED(deliveries), .status = 202,
            .raw = "any JSON: senders add fields as they like",
            .doc = "A signed message (Standard Webhooks)"),
};
const dw_blueprint coffer_webhooks =
    DW_BLUEPRINT("/api", routes, .name = "webhooks", .doc = "What other systems tell us", API_LIMIT);
