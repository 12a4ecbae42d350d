/* codec/webhook.h -- what the three headers of a webhook say, and what a secret looks like (Standard Webhooks 1.0.0). */
#ifndef DW_CODEC_WEBHOOK_H
#define DW_CODEC_WEBHOOK_H

#include <dw/types.h>

#define DW__WEBHOOK_TAG 32u
#define DW__WEBHOOK_SECRET_MIN 24u
#define DW__WEBHOOK_SECRET_MAX 64u

struct webhook_head {
    dw_text id, timestamp, signatures; /* as they came */
    int64_t seconds;                   /* the timestamp */
};

/* Reads the values of webhook-id, webhook-timestamp and webhook-signature. False: the id is not 1 to 255 printable ASCII characters without '.', or
 * the timestamp not 1 to 12 digits without a leading zero, or there is no signature. With a '.' in either, the same signed bytes could be read in two
 * ways. */
bool dw__webhook_head_read(dw_text id, dw_text timestamp, dw_text signatures, struct webhook_head *out);
/* Cuts *rest behind its next signature of version v1, which is written to `tag`; others are passed over. False: there is none any more. */
bool dw__webhook_next_tag(dw_text *rest, uint8_t tag[static DW__WEBHOOK_TAG]);

/* Cuts *rest behind its next secret, between commas, spaces around it dropped: "whsec_" and base64 of DW__WEBHOOK_SECRET_MIN to …_MAX bytes, *n of
 * them into `key`. False: it is none. */
bool dw__webhook_next_secret(dw_text *rest, uint8_t key[static DW__WEBHOOK_SECRET_MAX], size_t *n);

#endif
