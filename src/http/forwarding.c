/* http/forwarding.c -- see forwarding.h.
 *
 * Must never: leave a field in place that was not judged, on whatever way out; believe the kind of header that was not chosen.  A proxy that sets one kind
 * passes the other on as the client wrote it, so that one is dropped; where both are there and disagree, nobody knows which of the two the proxy
 * wrote, and the request is refused. */
#include "http/forwarding.h"

#include "base/text.h"
#include "http/field_mark.h"

#define ID_MAX 64u

static dw_ip address_of(dw_text text)
{
    dw_ip ip;

    (void)dw_ip_read(text, &ip); /* version 0: who came by a Unix socket */
    return ip;
}

/* ---- reading ---- */

static bool read_x(struct forwarded *f, const struct http_field *field)
{
    if (dw__text_is(field->name, "x-forwarded-for"))
        return dw__forwarded_for(f, field->value);
    if (dw__text_is(field->name, "x-forwarded-proto"))
        return dw__forwarded_proto(f, field->value);
    if (dw__text_is(field->name, "x-forwarded-host"))
        return dw__forwarded_host(f, field->value);
    return true;
}

/* All lines of one kind. NULL with *word filled, or why not. */
static const char *read_kind(const dw_req *req, enum forwarded_by by, const struct proxies *proxies,
                             unsigned hops, struct forwarded_word *word)
{
    const unsigned mark = by == FORWARDED_X ? FIELD_X_FORWARDED : FIELD_FORWARDED;
    struct forwarded f = {0};

    *word = (struct forwarded_word){.has_client = false};
    if (!(req->head.marks & mark))
        return NULL;
    for (size_t i = 0; i < req->head.n_fields; i++) {
        const struct http_field *field = &req->head.fields[i];

        if (dw__field_mark(field->name) == mark &&
            !(by == FORWARDED_X ? read_x(&f, field) : dw__forwarded_standard(&f, field->value)))
            return by == FORWARDED_X ? "garbled X-Forwarded" : "garbled Forwarded";
    }
    return dw__forwarded_resolve(&f, proxies, hops, address_of(req->peer.text), word);
}

/* There is one host, wherever anybody looks: the one that is judged. */
static void take_host(struct http_head *head, dw_text host)
{
    head->host = host;
    head->known[HTTP_HOST] = host;
    for (size_t i = 0; i < head->n_fields; i++)
        if (dw__text_is(head->fields[i].name, "host"))
            head->fields[i].value = host;
}

static void believe(dw_req *req, const struct forwarded_word *word, char room[static DW__IP_SIZE])
{
    if (word->has_client) {
        if (req->via.p == NULL)
            req->via = req->peer.text;
        req->peer.text = (dw_text){room, dw__ip_write(word->client, room)};
        req->peer.counted = dw__ip_counted(req->peer.text);
        req->peer.note = 0;
        req->of_proxy = false;
    }
    if (word->proto != FORWARDED_NO_PROTO)
        req->https = word->proto == FORWARDED_HTTPS;
    if (word->host.p != NULL)
        take_host(&req->head, word->host);
}

static const char *take(dw_req *req, const struct proxies *proxies, unsigned hops,
                        char room[static DW__IP_SIZE])
{
    const enum forwarded_by other = proxies->by == FORWARDED_X ? FORWARDED_RFC7239 : FORWARDED_X;
    const unsigned chosen = proxies->by == FORWARDED_X ? FIELD_X_FORWARDED : FIELD_FORWARDED;
    struct forwarded_word word, beside;
    const char *why;

    if (!(req->head.marks & chosen))
        return NULL;
    if ((why = read_kind(req, proxies->by, proxies, hops, &word)) != NULL ||
        (why = read_kind(req, other, proxies, hops, &beside)) != NULL)
        return why;
    if (dw__forwarded_conflict(&word, &beside))
        return "Forwarded and X-Forwarded disagree";
    believe(req, &word, room);
    return NULL;
}

/* ---- the id ---- */

static bool is_id(dw_text t)
{
    if (t.n == 0 || t.n > ID_MAX)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_' || c == '.'))
            return false;
    }
    return true;
}

/* Takes the proxy's id, if it is one and only one; else ours stays. */
static bool take_id(dw_req *req)
{
    dw_text id = {0};

    for (size_t i = 0; i < req->head.n_fields; i++) {
        if (!dw__text_is(req->head.fields[i].name, "x-request-id"))
            continue;
        if (id.p != NULL)
            return false;
        id = req->head.fields[i].value;
    }
    if (!is_id(id))
        return false;
    req->ctx.request_id = id;
    return true;
}

/* ---- what arrives ---- */

/* Leaves those fields whose mark is none, or one of `kept`. */
static void drop(struct http_head *head, unsigned kept)
{
    size_t n = 0;

    for (size_t i = 0; i < head->n_fields; i++)
        if ((dw__field_mark(head->fields[i].name) & ~kept) == 0)
            head->fields[n++] = head->fields[i];
    head->n_fields = n;
}

const char *dw__forwarding_take(dw_req *req, const struct proxies *proxies, unsigned hops,
                                char room[static DW__IP_SIZE])
{
    const unsigned of_proxies = FIELD_X_FORWARDED | FIELD_FORWARDED;
    const char *why = NULL;
    unsigned kept = 0;

    if (hops == 0) {
        req->forwarding_dropped = (req->head.marks & of_proxies) != 0;
    } else {
        if (req->head.marks & of_proxies)
            req->peer.loopback =
                false; /* what came through a proxy did not come from this machine, whoever it says */
        why = take(req, proxies, hops, room);
        if (why == NULL)
            kept = proxies->by == FORWARDED_X ? FIELD_X_FORWARDED : FIELD_FORWARDED;
        if ((req->head.marks & FIELD_REQUEST_ID) && take_id(req))
            kept |= FIELD_REQUEST_ID;
    }
    drop(&req->head, kept);
    return why;
}
