/* base/audit.c -- making records, and handing them to a pipe that keeps them apart. */
#include "base/audit.h"

#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/text.h"

#define ROW(name, text, kind, severity, outcome, fields) \
    [AUDIT_##name] = {(text), (kind), (severity), (outcome), (fields)},
static const struct audit_event_row rows[] = {
    DW__AUDIT_EVENTS(ROW)[AUDIT_OWN] = {NULL, "administration", "info", "done", AUDIT_HAS_NOTHING}};

#define FIELD(name, text) [AUDIT_BIT_##name] = (text),
static const char *const fields[] = {DW__AUDIT_FIELDS(FIELD)};

static const char *const common[] = {"request_id", "route", "address", "actor"};

/* Members that only the writer of the log gives. */
static const char *const writers[] = {"time",     "chain",   "seq",     "event", "kind",
                                      "severity", "outcome", "process", "mac"};

const struct audit_event_row *dw__audit_row(unsigned event)
{
    return &rows[event < AUDIT_OWN ? event : AUDIT_OWN];
}

unsigned dw__audit_find(const char *name)
{
    unsigned event = 0;

    while (event < AUDIT_OWN && strcmp(rows[event].name, name) != 0)
        event++;
    return event;
}

bool dw__audit_may_have(const struct audit_event_row *row, dw_text name)
{
    for (unsigned i = 0; i < AUDIT_FIELDS; i++)
        if ((row->fields >> i & 1) != 0 && dw__text_eq(name, dw__text_of(fields[i])))
            return true;
    return false;
}

static bool is_among(const char *const *names, size_t n, dw_text name)
{
    for (size_t i = 0; i < n; i++)
        if (dw__text_eq(name, dw__text_of(names[i])))
            return true;
    return false;
}

bool dw__audit_is_common(dw_text name)
{
    return is_among(common, sizeof common / sizeof *common, name);
}

bool dw__audit_name_holds(dw_text name, bool event)
{
    if (name.n == 0 || name.n > DW__AUDIT_NAME || name.p[0] < 'a' || name.p[0] > 'z')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9') ||
              name.p[i] == '_' || (event && name.p[i] == '.')))
            return false;
    return true;
}

/* ---- the application's own ---- */

bool dw__audit_own_event_holds(dw_text name)
{
    for (unsigned event = 0; event < AUDIT_OWN; event++)
        if (dw__text_eq(name, dw__text_of(rows[event].name)))
            return false;
    return dw__audit_name_holds(name, true) && !dw__text_starts(name, DW_TEXT("audit."));
}

bool dw__audit_own_member_holds(dw_text name, bool is_text)
{
    return dw__audit_name_holds(name, false) && !is_among(writers, sizeof writers / sizeof *writers, name) &&
           (is_text || !dw__audit_is_common(name));
}

static bool is_text(const dw_kv *kv)
{
    return kv->kind == DW_KV_TEXT || kv->kind == DW_KV_CSTR || kv->kind == DW_KV_SECRET;
}

/* Whether one of the n values has that key. */
static bool has_key(const dw_kv *kv, size_t n, dw_text key)
{
    for (size_t i = 0; i < n; i++)
        if (kv[i].kind != 0 && dw__text_eq(key, dw__text_of(kv[i].key)))
            return true;
    return false;
}

bool dw__audit_own_holds(const char *event, const dw_kv *kv, size_t n)
{
    if (!dw__audit_own_event_holds(dw__text_of(event)))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (kv[i].kind == 0)
            continue;
        dw_text key = dw__text_of(kv[i].key);

        if (!dw__audit_own_member_holds(key, is_text(&kv[i])) || has_key(kv, i, key))
            return false;
    }
    return true;
}

/* ---- a record ---- */

/* Adds a field whole, or not at all where it does not fit. */
static void put_field(struct buf *b, struct audit_head *head, dw_text name, uint8_t kind, dw_bytes value)
{
    struct audit_field_head field = {.kind = kind, .name_n = (uint8_t)name.n, .value_n = (uint16_t)value.n};

    if (name.n > DW__AUDIT_NAME || b->cap - b->n < sizeof field + name.n + value.n)
        return;
    dw__buf_put(b, &field, sizeof field);
    dw__buf_text(b, name);
    dw__buf_put(b, value.p, value.n);
    head->n++;
}

static void put_text(struct buf *b, struct audit_head *head, dw_text name, dw_text value)
{
    size_t n = value.n < DW__AUDIT_TEXT ? value.n : DW__AUDIT_TEXT;

    if (n > 0)
        put_field(b, head, name, DW_KV_TEXT, (dw_bytes){(const uint8_t *)value.p, n});
}

static void put_value(struct buf *b, struct audit_head *head, const dw_kv *kv)
{
    dw_text name = dw__text_of(kv->key);

    switch (kv->kind) {
    case DW_KV_INT:
    case DW_KV_UINT:
    case DW_KV_BOOL:
        put_field(b, head, name, (uint8_t)kv->kind, (dw_bytes){(const uint8_t *)&kv->i, sizeof kv->i});
        return;
    case DW_KV_TEXT:
    case DW_KV_CSTR: put_text(b, head, name, kv->t); return;
    case DW_KV_SECRET: put_text(b, head, name, DW_TEXT("[secret]")); return;
    case DW_KV_REAL: return; /* nothing that is audited is a fraction */
    }
}

/* What the event says itself is not said twice. */
static void put_context(struct buf *b, struct audit_head *head, const dw_ctx *ctx, const dw_kv *kv, size_t n)
{
    if (ctx == NULL)
        return;
    const dw_text values[] = {ctx->request_id, ctx->route, ctx->peer,
                              ctx->principal != NULL ? ctx->principal->uid : (dw_text){NULL, 0}};

    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (!has_key(kv, n, dw__text_of(common[i])))
            put_text(b, head, dw__text_of(common[i]), values[i]);
}

/* Of an event of ours what its row lists, and of whom it is; of the application's all that it gave. */
static bool may_have(unsigned event, dw_text name)
{
    return event == AUDIT_OWN || dw__audit_is_common(name) || dw__audit_may_have(dw__audit_row(event), name);
}

static void put_values(struct buf *b, struct audit_head *head, const dw_kv *kv, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (kv[i].kind != 0 && may_have(head->event, dw__text_of(kv[i].key)))
            put_value(b, head, &kv[i]);
}

static bool hand_over(const struct audit_link *link, const char *p, size_t n)
{
    ssize_t sent;

    do
        sent = write(link->fd, p, n); /* at most PIPE_BUF bytes: all or nothing */
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)n;
}

dw_err dw__audit_put(struct audit_link *link, const dw_ctx *ctx, unsigned event, const char *own,
                     const dw_kv *kv, size_t n, uint64_t ticket)
{
    struct audit_head head = {
        .event = (uint16_t)event, .ticket = ticket, .lost = atomic_exchange(&link->lost, 0)};
    char record[DW__AUDIT_RECORD];
    struct buf b;

    dw__buf_init_fixed(&b, record, sizeof record);
    dw__buf_put(&b, &head, sizeof head);
    if (own != NULL)
        put_text(&b, &head, DW_TEXT("event"), dw__text_of(own));
    put_context(&b, &head, ctx, kv, n);
    put_values(&b, &head, kv, n);
    head.size = (uint32_t)b.n;
    memcpy(record, &head, sizeof head);
    if (hand_over(link, record, b.n))
        return DW_OK;
    atomic_fetch_add(&link->lost, head.lost + 1);
    return DW_UNAVAILABLE;
}

void dw__audit_note(const dw_ctx *ctx, enum audit_event event, const dw_kv *kv, size_t n)
{
    const struct log *log = ctx->services != NULL ? ctx->services->log : NULL;
    struct audit_link *link = log != NULL ? dw__log_audit(log) : NULL;

    if (link != NULL && dw__audit_put(link, ctx, event, NULL, kv, n, 0) != DW_OK)
        return; /* the link has counted it */
}
