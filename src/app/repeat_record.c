/* app/repeat_record.c -- an outcome as bytes. It was sealed by us, and is read as if it were not.
 *
 * Four numbers (version, error, status, headers), then texts, each behind its length. */
#include "app/repeat_record.h"

#include <string.h>

#define VERSION 1u
#define FIELDS_MAX 64u

static void put_number(struct buf *out, uint32_t n)
{
    dw__buf_put(out, &n, sizeof n);
}

static void put_text(struct buf *out, dw_text t)
{
    if (t.n > DW__REPEAT_MAX) {
        out->failed = true;
        return;
    }
    put_number(out, (uint32_t)t.n);
    dw__buf_text(out, t);
}

void dw__repeat_put(const struct repeat_record *record, struct buf *out)
{
    put_number(out, VERSION);
    put_number(out, (uint32_t)record->err);
    put_number(out, (uint32_t)record->made.status);
    put_number(out, (uint32_t)record->n_fields);
    put_text(out, record->sentence);
    put_text(out, record->made.type);
    put_text(out, record->made.body);
    for (size_t i = 0; i < record->n_fields; i++) {
        put_text(out, record->fields[i].name);
        put_text(out, record->fields[i].value);
    }
    if (record->n_fields > FIELDS_MAX || out->n > DW__REPEAT_MAX)
        out->failed = true;
}

static bool take_number(dw_text *rest, uint32_t *n)
{
    if (rest->n < sizeof *n)
        return false;
    memcpy(n, rest->p, sizeof *n);
    rest->p += sizeof *n;
    rest->n -= sizeof *n;
    return true;
}

static bool take_text(dw_text *rest, dw_text *t)
{
    uint32_t n;

    if (!take_number(rest, &n) || rest->n < n)
        return false;
    *t = (dw_text){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return true;
}

static bool take_fields(dw_text *rest, struct http_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!take_text(rest, &fields[i].name) || !take_text(rest, &fields[i].value))
            return false;
    return true;
}

dw_err dw__repeat_get(dw_text bytes, struct arena *arena, struct repeat_record *record)
{
    uint32_t version, err, status, n;
    struct http_field *fields;

    *record = (struct repeat_record){0};
    if (!take_number(&bytes, &version) || !take_number(&bytes, &err) || !take_number(&bytes, &status) ||
        !take_number(&bytes, &n) || version != VERSION || n > FIELDS_MAX || err > INT16_MAX || status > 599)
        return DW_INTERNAL;
    if (!take_text(&bytes, &record->sentence) || !take_text(&bytes, &record->made.type) ||
        !take_text(&bytes, &record->made.body))
        return DW_INTERNAL;
    fields = dw__arena_calloc(arena, n + 1, sizeof *fields);
    if (!fields)
        return DW_UNAVAILABLE;
    if (!take_fields(&bytes, fields, n) || bytes.n != 0)
        return DW_INTERNAL;
    record->err = (dw_err)err;
    record->made.status = (int)status;
    record->fields = fields;
    record->n_fields = n;
    return DW_OK;
}
