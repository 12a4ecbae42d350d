/* codec/webhook.c -- see webhook.h. */
#include "codec/webhook.h"

#include "base/text.h"
#include "codec/base64.h"

#define ID_MAX 255u
#define TIMESTAMP_MAX 12u

static bool is_id(dw_text id)
{
    if (id.n == 0 || id.n > ID_MAX)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] <= ' ' || id.p[i] > '~' || id.p[i] == '.')
            return false;
    return true;
}

static bool read_timestamp(dw_text t, int64_t *seconds)
{
    uint64_t value;

    if (t.n == 0 || t.n > TIMESTAMP_MAX || (t.p[0] == '0' && t.n > 1) || !dw__text_u64(t, &value))
        return false;
    *seconds = (int64_t)value;
    return true;
}

bool dw__webhook_head_read(dw_text id, dw_text timestamp, dw_text signatures, struct webhook_head *out)
{
    *out = (struct webhook_head){.id = id, .timestamp = timestamp, .signatures = signatures};
    return is_id(id) && read_timestamp(timestamp, &out->seconds) && signatures.n > 0;
}

bool dw__webhook_next_tag(dw_text *rest, uint8_t tag[static DW__WEBHOOK_TAG])
{
    while (rest->p != NULL) {
        dw_text one = dw__text_cut(rest, ' ');
        dw_text version = dw__text_cut(&one, ',');
        size_t n;

        if (dw__text_is(version, "v1") && one.p != NULL && dw__base64_decode(one, tag, DW__WEBHOOK_TAG, &n) &&
            n == DW__WEBHOOK_TAG)
            return true;
    }
    return false;
}

bool dw__webhook_next_secret(dw_text *rest, uint8_t key[static DW__WEBHOOK_SECRET_MAX], size_t *n)
{
    static const dw_text prefix = DW_TEXT_INIT("whsec_");
    dw_text one = dw__text_trim(dw__text_cut(rest, ','));

    *n = 0;
    if (!dw__text_starts(one, prefix))
        return false;
    one.p += prefix.n;
    one.n -= prefix.n;
    return dw__base64_decode(one, key, DW__WEBHOOK_SECRET_MAX, n) && *n >= DW__WEBHOOK_SECRET_MIN;
}
