/* auth/webhook.h -- whether a webhook is from who has one of its secrets, and new enough. */
#ifndef DW_AUTH_WEBHOOK_H
#define DW_AUTH_WEBHOOK_H

#include "base/arena.h"
#include "codec/webhook.h"
#include <dw/err.h>

/* Secrets in one setting. */
#define DW__WEBHOOK_SECRETS 8u
/* How far a timestamp may be from our clock, in seconds. */
#define DW__WEBHOOK_TOLERANCE INT64_C(300)

/* What is wrong with the text of a setting, a static phrase with nothing of it, or NULL. */
const char *dw__webhook_secrets_fault(dw_secret text);

/* Whether the timestamp is within DW__WEBHOOK_TOLERANCE of `now`, Unix seconds. */
bool dw__webhook_is_fresh(const struct webhook_head *head, int64_t now);
/* DW_OK when one of the signatures is that of id, timestamp and `body` with one of `secrets` (a text without fault); DW_UNAUTHENTICATED when none
 * is. The time depends on lengths and numbers alone. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__webhook_verify(dw_secret secrets, const struct webhook_head *head, dw_text body,
                                  struct arena *a);

#endif
