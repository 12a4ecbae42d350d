/* store/row_value.c -- between one C value and one value of SQL. See row_value.h. */
#include "store/row_value.h"

#include <math.h>
#include <string.h>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/print.h"

/* Bytes of an object, list or map as JSON. */
#define JSON_MAX ((size_t)1 << 20)

/* ---- from C ---- */

static struct sql_value text_value(dw_text t)
{
    return (struct sql_value){.type = SQL_TEXT, .t = {t.p ? t.p : "", t.n}};
}

static struct sql_value int_value(int64_t i)
{
    return (struct sql_value){.type = SQL_INT, .i = i};
}

/* A decimal that its scale cannot hold becomes a text, which dw__value_fault refuses. */
static struct sql_value decimal_value(const struct plan_type *type, const void *at)
{
    dw_decimal v;

    return dw_decimal_rescale(*(const dw_decimal *)at, type->decimal.scale, &v) ? int_value(v.units)
                                                                                : text_value((dw_text){0});
}

static struct sql_value short_value(const struct plan_type *type, const void *at, struct arena *a)
{
    char out[DW__PRINT_TEXT];
    dw_text t = dw__print_text(type, at, out);

    if (t.p == NULL || (t = dw__arena_text(a, t)).p == NULL)
        return (struct sql_value){.type = SQL_NULL};
    return text_value(t);
}

static struct sql_value bytes_value(dw_bytes v, struct arena *a)
{
    char *p = v.n < JSON_MAX ? dw__arena_bytes(a, DW__BASE64URL_SIZE(v.n)) : NULL;

    if (p == NULL)
        return (struct sql_value){.type = SQL_NULL};
    return text_value((dw_text){p, dw__base64url_encode(v.p, v.n, p)});
}

static struct sql_value json_value(const struct plan_type *type, const void *at, struct arena *a)
{
    struct buf b;

    dw__buf_init(&b, a, JSON_MAX);
    dw__print_value(type, at, &b);
    return b.failed ? (struct sql_value){.type = SQL_NULL} : text_value((dw_text){b.p, b.n});
}

struct sql_value dw__value_from(const struct plan_type *type, const char *from, struct arena *a)
{
    const void *at = from;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: return text_value(*(const dw_text *)at);
    case DW_KIND_SECRET: return text_value((dw_text){((const dw_secret *)at)->p, ((const dw_secret *)at)->n});
    case DW_KIND_INT64: return int_value(*(const int64_t *)at);
    case DW_KIND_DOUBLE: return (struct sql_value){.type = SQL_REAL, .d = *(const double *)at};
    case DW_KIND_BOOL: return int_value(*(const bool *)at);
    case DW_KIND_DECIMAL: return decimal_value(type, at);
    case DW_KIND_DATE:
    case DW_KIND_TIME:
    case DW_KIND_UUID:
    case DW_KIND_IP: return short_value(type, at, a);
    case DW_KIND_ENUM: {
        dw_text name = dw__print_text(type, at, NULL);
        return name.p != NULL ? text_value(name) : (struct sql_value){.type = SQL_NULL};
    }
    case DW_KIND_BYTES: return bytes_value(*(const dw_bytes *)at, a);
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP:
    case DW_KIND_JSON: return json_value(type, at, a);
    }
    return (struct sql_value){.type = SQL_NULL};
}

/* ---- faults ---- */

static const char *text_fault(const struct sql_value *v)
{
    if (v->type != SQL_TEXT)
        return "is not text";
    if (dw__utf8_valid_text(v->t.p, v->t.n))
        return NULL;
    return memchr(v->t.p, '\0', v->t.n) ? "has a NUL byte in it" : "is not UTF-8";
}

const char *dw__value_fault(const struct plan_type *type, const struct sql_value *v)
{
    switch (type->kind) {
    case DW_KIND_INT64: return v->type == SQL_INT ? NULL : "is not an integer";
    case DW_KIND_DECIMAL:
        return v->type == SQL_INT ? NULL
                                  : "is not an integer, the units of a decimal in the scale of its field";
    case DW_KIND_BOOL: return v->type == SQL_INT && (v->i == 0 || v->i == 1) ? NULL : "is not 0 or 1";
    case DW_KIND_DOUBLE:
        if (v->type == SQL_REAL)
            return isnan(v->d) ? "is not a number" : NULL;
        return v->type == SQL_INT ? NULL : "is not a number";
    default: return text_fault(v);
    }
}

/* ---- to C ---- */

static dw_err into_text(dw_kind kind, dw_text t, struct arena *a, void *at)
{
    t = dw__arena_text(a, t);
    if (t.p == NULL)
        return DW_UNAVAILABLE;
    if (kind == DW_KIND_SECRET)
        *(dw_secret *)at = (dw_secret){t.p, t.n};
    else
        *(dw_text *)at = t;
    return DW_OK;
}

static dw_err into_decimal(const struct plan_type *type, int64_t units, void *at)
{
    dw_decimal v;

    /* Rescaling to its own scale sees that it has no digit too many. */
    if (!dw_decimal_rescale((dw_decimal){units, type->decimal.scale}, type->decimal.scale, &v))
        return DW_INTERNAL;
    *(dw_decimal *)at = v;
    return DW_OK;
}

static dw_err into_enum(const dw_schema *schema, dw_text t, void *at)
{
    for (unsigned i = 0; i < schema->n_names; i++)
        if (strlen(schema->names[i]) == t.n && memcmp(schema->names[i], t.p, t.n) == 0) {
            *(unsigned *)at = i + 1;
            return DW_OK;
        }
    return DW_INTERNAL;
}

static dw_err into_bytes(dw_text t, struct arena *a, void *at)
{
    size_t n, room = t.n / 4 * 3 + 3;
    char *p = dw__arena_bytes(a, room);

    if (p == NULL)
        return DW_UNAVAILABLE;
    if (!dw__base64url_decode(t, p, room, &n))
        return DW_INTERNAL;
    *(dw_bytes *)at = (dw_bytes){(const uint8_t *)p, n};
    return DW_OK;
}

/* What is kept as JSON keeps the rules of its schema, or is no value of it. */
static dw_err into_json(const struct plan_type *type, dw_text t, struct arena *a, void *at)
{
    struct bind_faults faults;
    dw_text copy = dw__arena_text(a, t);

    if (copy.p == NULL)
        return DW_UNAVAILABLE;
    dw__bind_init(&faults, a);
    if (dw__bind_json_value(type, copy, at, &faults))
        return DW_OK;
    return faults.fatal == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_INTERNAL;
}

dw_err dw__value_into(const struct plan_type *type, const struct sql_value *v, struct arena *a, char *to)
{
    void *at = to;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL:
    case DW_KIND_SECRET: return into_text(type->kind, v->t, a, at);
    case DW_KIND_INT64: *(int64_t *)at = v->i; return DW_OK;
    case DW_KIND_DOUBLE: *(double *)at = v->type == SQL_INT ? (double)v->i : v->d; return DW_OK;
    case DW_KIND_BOOL: *(bool *)at = v->i == 1; return DW_OK;
    case DW_KIND_DECIMAL: return into_decimal(type, v->i, at);
    case DW_KIND_DATE: return dw_date_read(v->t, at) ? DW_OK : DW_INTERNAL;
    case DW_KIND_TIME: return dw_time_read(v->t, at) ? DW_OK : DW_INTERNAL;
    case DW_KIND_UUID: return dw_uuid_read(v->t, at) ? DW_OK : DW_INTERNAL;
    case DW_KIND_IP: return dw_ip_read(v->t, at) ? DW_OK : DW_INTERNAL;
    case DW_KIND_ENUM: return into_enum(type->schema, v->t, at);
    case DW_KIND_BYTES: return into_bytes(v->t, a, at);
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP:
    case DW_KIND_JSON: return into_json(type, v->t, a, at);
    }
    return DW_INTERNAL;
}
