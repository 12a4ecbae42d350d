/* auth/audit_record.c -- every length is looked at before it is believed. */
#include "auth/audit_record.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

struct field {
    dw_text name;
    unsigned kind;
    dw_bytes value;
};

static bool take(dw_bytes *rest, size_t n, dw_bytes *out)
{
    if (rest->n < n)
        return false;
    *out = (dw_bytes){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return true;
}

static bool kind_holds(const struct audit_field_head *head)
{
    switch (head->kind) {
    case DW_KV_INT:
    case DW_KV_UINT:
    case DW_KV_BOOL: return head->value_n == sizeof(int64_t);
    case DW_KV_TEXT: return head->value_n <= DW__AUDIT_TEXT;
    default: return false;
    }
}

static bool take_field(dw_bytes *rest, struct field *out)
{
    struct audit_field_head head;
    dw_bytes bytes, name;

    if (!take(rest, sizeof head, &bytes))
        return false;
    memcpy(&head, bytes.p, sizeof head);
    if (!kind_holds(&head) || !take(rest, head.name_n, &name) || !take(rest, head.value_n, &out->value))
        return false;
    out->name = (dw_text){(const char *)name.p, name.n};
    out->kind = head.kind;
    return dw__audit_name_holds(out->name, false);
}

static bool field_holds(const struct audit_record *r, const struct field *field)
{
    if (r->event == AUDIT_OWN)
        return dw__audit_own_member_holds(field->name, field->kind == DW_KV_TEXT);
    if (dw__audit_is_common(field->name))
        return field->kind == DW_KV_TEXT;
    return dw__audit_may_have(dw__audit_row(r->event), field->name);
}

/* The name of an event of the application: the first field, and no name of ours. */
static bool take_name(struct audit_record *r)
{
    struct field field;

    if (r->event != AUDIT_OWN) {
        r->name = dw__text_of(dw__audit_row(r->event)->name);
        return true;
    }
    if (r->n == 0 || !take_field(&r->fields, &field) || field.kind != DW_KV_TEXT ||
        !dw__text_is(field.name, "event"))
        return false;
    r->n--;
    r->name = (dw_text){(const char *)field.value.p, field.value.n};
    return dw__audit_own_event_holds(r->name);
}

/* Those that the writer makes itself come from nobody else. */
static bool event_holds(const struct audit_record *r)
{
    return r->event < AUDIT_OPENED || r->event == AUDIT_OWN;
}

dw_err dw__audit_record_read(dw_bytes bytes, struct audit_record *out)
{
    struct audit_head head;
    struct field field;
    dw_bytes rest;

    if (bytes.n < sizeof head || bytes.n > DW__AUDIT_RECORD)
        return DW_INVALID;
    memcpy(&head, bytes.p, sizeof head);
    *out = (struct audit_record){.event = head.event,
                                 .lost = head.lost,
                                 .ticket = head.ticket,
                                 .fields = {bytes.p + sizeof head, bytes.n - sizeof head},
                                 .n = head.n};
    if (head.size != bytes.n || head.zero != 0 || !event_holds(out) || !take_name(out))
        return DW_INVALID;
    rest = out->fields;
    for (unsigned i = 0; i < out->n; i++)
        if (!take_field(&rest, &field) || !field_holds(out, &field))
            return DW_INVALID;
    return rest.n == 0 ? DW_OK : DW_INVALID;
}

static void print(const struct field *field, struct buf *out)
{
    int64_t number = 0;

    dw__buf_lit(out, ",\"");
    dw__buf_text(out, field->name);
    dw__buf_lit(out, "\":");
    if (field->kind == DW_KV_TEXT) {
        dw__log_put_text(out, (dw_text){(const char *)field->value.p, field->value.n});
        return;
    }
    memcpy(&number, field->value.p, sizeof number);
    if (field->kind == DW_KV_BOOL)
        dw__buf_text(out, number != 0 ? DW_TEXT("true") : DW_TEXT("false"));
    else if (field->kind == DW_KV_UINT)
        dw__buf_u64(out, (uint64_t)number);
    else
        dw__buf_i64(out, number);
}

void dw__audit_record_print(const struct audit_record *record, struct buf *out)
{
    dw_bytes rest = record->fields;
    struct field field;

    for (unsigned i = 0; i < record->n && take_field(&rest, &field); i++)
        print(&field, out);
}
