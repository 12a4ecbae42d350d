/* auth/webhook.c -- one HMAC for each secret, compared with every signature that came.
 *
 * A sender that replaces its secret signs with both, and a receiver that replaces its own knows both: so several of each, and none is left out
 * once another has matched. */
#include "auth/webhook.h"

#include "base/buf.h"
#include "base/text.h"
#include "crypto/compare.h"
#include "crypto/hmac.h"

const char *dw__webhook_secrets_fault(dw_secret text)
{
    uint8_t key[DW__WEBHOOK_SECRET_MAX];
    dw_text rest = {text.p, text.n};
    const char *fault = NULL;
    size_t n, count = 0;

    while (rest.p != NULL && fault == NULL) {
        if (!dw__webhook_next_secret(&rest, key, &n))
            fault = "has a secret that is not \"whsec_\" and 24 to 64 bytes in base64";
        else if (++count > DW__WEBHOOK_SECRETS)
            fault = "has more than eight secrets";
    }
    dw__wipe(key, sizeof key);
    return fault;
}

bool dw__webhook_is_fresh(const struct webhook_head *head, int64_t now)
{
    return head->seconds >= now - DW__WEBHOOK_TOLERANCE && head->seconds <= now + DW__WEBHOOK_TOLERANCE;
}

/* "id.timestamp.body" */
static bool put_signed(const struct webhook_head *head, dw_text body, struct buf *b)
{
    dw__buf_text(b, head->id);
    dw__buf_putc(b, '.');
    dw__buf_text(b, head->timestamp);
    dw__buf_putc(b, '.');
    dw__buf_text(b, body);
    return !b->failed;
}

static dw_err make_tag(const uint8_t *key, size_t n, const struct buf *b, uint8_t tag[static DW__HMAC_MAX])
{
    struct hmac_key *hmac;
    dw_err err = dw__hmac_key_new(&hmac, HMAC_SHA256, (dw_bytes){key, n});

    if (err != DW_OK)
        return err;
    err = dw__hmac(hmac, (dw_bytes){(const uint8_t *)b->p, b->n}, tag);
    dw__hmac_key_free(hmac);
    return err;
}

/* How many of the signatures are `tag`. */
static unsigned count_matches(dw_text signatures, const uint8_t tag[static DW__HMAC_MAX])
{
    uint8_t one[DW__WEBHOOK_TAG];
    unsigned matches = 0;

    while (dw__webhook_next_tag(&signatures, one))
        matches += dw__equal(one, tag, DW__WEBHOOK_TAG);
    return matches;
}

dw_err dw__webhook_verify(dw_secret secrets, const struct webhook_head *head, dw_text body, struct arena *a)
{
    uint8_t key[DW__WEBHOOK_SECRET_MAX], tag[DW__HMAC_MAX];
    dw_text rest = {secrets.p, secrets.n};
    unsigned matches = 0;
    struct buf b;
    size_t n;
    dw_err err = DW_OK;

    dw__buf_init(&b, a, head->id.n + head->timestamp.n + body.n + 64);
    if (!put_signed(head, body, &b))
        return DW_UNAVAILABLE;
    while (rest.p != NULL && err == DW_OK) {
        if (!dw__webhook_next_secret(&rest, key, &n))
            err = DW_INTERNAL;
        else if ((err = make_tag(key, n, &b, tag)) == DW_OK)
            matches += count_matches(head->signatures, tag);
    }
    dw__wipe(key, sizeof key);
    dw__wipe(tag, sizeof tag);
    return err != DW_OK ? err : matches > 0 ? DW_OK : DW_UNAUTHENTICATED;
}
