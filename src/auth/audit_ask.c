/* auth/audit_ask.c -- texts in a fixed order, their lengths before them. */
#include "auth/audit_ask.h"

#include <string.h>

#include "base/text.h"

enum { ASK_SINCE, ASK_UNTIL, ASK_EVENT, ASK_ACCOUNT, ASK_REQUEST, ASK_BEFORE, ASK_TEXTS };

struct ask_head {
    struct audit_head head; /* n: lines */
    uint64_t before_seq;
    uint16_t lengths[ASK_TEXTS];
    uint16_t zero[2];
};

static bool is_chain(dw_text t)
{
    if (t.n != DW__AUDIT_ID)
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (!((t.p[i] >= '0' && t.p[i] <= '9') || (t.p[i] >= 'a' && t.p[i] <= 'f')))
            return false;
    return true;
}

static bool holds(const struct audit_ask *ask)
{
    const struct audit_filter *f = &ask->filter;

    return ask->ticket != 0 && ask->n >= 1 && ask->n <= DW_AUDIT_PAGE &&
           (f->since.n == 0 || dw__audit_filter_time_holds(f->since)) &&
           (f->until.n == 0 || dw__audit_filter_time_holds(f->until)) &&
           (ask->before.n == 0 ? ask->before_seq == 0 : is_chain(ask->before));
}

static void texts_of(const struct audit_ask *ask, dw_text texts[static ASK_TEXTS])
{
    texts[ASK_SINCE] = ask->filter.since;
    texts[ASK_UNTIL] = ask->filter.until;
    texts[ASK_EVENT] = ask->filter.event;
    texts[ASK_ACCOUNT] = ask->filter.account;
    texts[ASK_REQUEST] = ask->filter.request;
    texts[ASK_BEFORE] = ask->before;
}

bool dw__audit_ask_is(dw_bytes bytes)
{
    struct audit_head head;

    if (bytes.n < sizeof head)
        return false;
    memcpy(&head, bytes.p, sizeof head);
    return head.event == DW__AUDIT_ASK_EVENT;
}

dw_err dw__audit_ask_read(dw_bytes bytes, struct audit_ask *out)
{
    struct ask_head head;
    dw_text texts[ASK_TEXTS];
    size_t at = sizeof head;

    *out = (struct audit_ask){0};
    if (bytes.n < sizeof head || !dw__audit_ask_is(bytes))
        return DW_INVALID;
    memcpy(&head, bytes.p, sizeof head);
    if (head.head.size != bytes.n || head.head.lost != 0 || head.head.zero != 0 || head.zero[0] != 0 ||
        head.zero[1] != 0)
        return DW_INVALID;
    for (unsigned i = 0; i < ASK_TEXTS; i++) {
        if (head.lengths[i] > DW__AUDIT_ASK_TEXT || head.lengths[i] > bytes.n - at)
            return DW_INVALID;
        texts[i] = (dw_text){(const char *)bytes.p + at, head.lengths[i]};
        at += head.lengths[i];
    }
    *out = (struct audit_ask){.ticket = head.head.ticket,
                              .filter = {texts[ASK_SINCE], texts[ASK_UNTIL], texts[ASK_EVENT],
                                         texts[ASK_ACCOUNT], texts[ASK_REQUEST]},
                              .before = texts[ASK_BEFORE],
                              .before_seq = head.before_seq,
                              .n = head.head.n};
    return at == bytes.n && holds(out) ? DW_OK : DW_INVALID;
}

size_t dw__audit_ask_write(const struct audit_ask *ask, uint8_t out[static DW__AUDIT_RECORD])
{
    struct ask_head head = {
        .head = {.event = DW__AUDIT_ASK_EVENT, .n = (uint16_t)ask->n, .ticket = ask->ticket},
        .before_seq = ask->before_seq};
    dw_text texts[ASK_TEXTS];
    size_t at = sizeof head;

    _Static_assert(sizeof head + (size_t)ASK_TEXTS * DW__AUDIT_ASK_TEXT <= DW__AUDIT_RECORD,
                   "it is a record");
    if (!holds(ask))
        return 0;
    texts_of(ask, texts);
    for (unsigned i = 0; i < ASK_TEXTS; i++) {
        if (texts[i].n > DW__AUDIT_ASK_TEXT)
            return 0;
        if (texts[i].n > 0)
            memcpy(out + at, texts[i].p, texts[i].n);
        head.lengths[i] = (uint16_t)texts[i].n;
        at += texts[i].n;
    }
    head.head.size = (uint32_t)at;
    memcpy(out, &head, sizeof head);
    return at;
}

bool dw__audit_place_read(dw_text text, dw_text *chain, uint64_t *seq)
{
    *seq = 0;
    *chain = (dw_text){text.p, text.n < DW__AUDIT_ID ? text.n : DW__AUDIT_ID};
    return is_chain(*chain) && text.n > DW__AUDIT_ID + 1 && text.p[DW__AUDIT_ID] == '.' &&
           dw__text_u64((dw_text){text.p + DW__AUDIT_ID + 1, text.n - DW__AUDIT_ID - 1}, seq);
}
