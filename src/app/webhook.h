/* app/webhook.h -- a webhook is done once: its id is kept in the transaction of its handler. */
#ifndef DW_APP_WEBHOOK_H
#define DW_APP_WEBHOOK_H

#include "app/config.h"
#include "app/repeat.h"
#include "route/plan.h"
#include <dw/webhook.h>

/* What maker->make makes of a verified delivery, in a transaction that keeps its id; or an empty 200 when that is known. Not DW_OK: the error is
 * the reply, and nothing was kept. */
DW_MUST dw_err dw__webhook_make(const dw_webhooks *webhooks, dw_req *req, const struct maker *maker,
                                struct made *made);

/* A line in `why` for each route whose secrets, as they are set, are none; not for those that are not set. */
void dw__webhooks_check(const struct route_table *routes, const dw_app *app, const struct config *config,
                        struct buf *why);

#endif
