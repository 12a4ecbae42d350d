/* store/pg_value.c -- integers and reals in network order, truth in a byte, text as it is; the rest is in pg_native.c. */
#include "store/pg_value.h"

#include <limits.h>
#include <string.h>

#include "codec/base64.h"
#include "store/pg_json.h"

/* Bytes of an object, list or map as JSON, as in row_value.c. */
#define JSON_MAX ((size_t)1 << 20)

/* ---- which type goes with which ---- */

static bool is_integer(unsigned oid)
{
    return oid == PG_INT8 || oid == PG_INT4 || oid == PG_INT2;
}

static bool is_text(unsigned oid)
{
    return oid == PG_TEXT || oid == PG_VARCHAR || oid == PG_BPCHAR || oid == PG_NAME;
}

static bool is_json(unsigned oid)
{
    return oid == PG_JSON || oid == PG_JSONB;
}

/* PostgreSQL's own type for a kind that may also be kept as text or as units; PG_ASKED: it has none. */
static enum pg_type native(dw_kind kind)
{
    switch (kind) {
    case DW_KIND_DECIMAL: return PG_NUMERIC;
    case DW_KIND_DATE: return PG_DATE;
    case DW_KIND_TIME: return PG_TIMESTAMPTZ;
    case DW_KIND_UUID: return PG_UUID;
    case DW_KIND_IP: return PG_INET;
    case DW_KIND_BYTES: return PG_BYTEA;
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP:
    case DW_KIND_JSON: return PG_JSONB;
    default: return PG_ASKED;
    }
}

enum pg_type dw__pg_param_type(const struct sql_param *param)
{
    if (param->source == SQL_FROM_ME)
        return PG_INT8;
    if (param->source == SQL_FROM_NOW || native(param->field->type->kind) != PG_ASKED)
        return PG_ASKED;
    switch (param->field->type->kind) {
    case DW_KIND_INT64: return PG_INT8;
    case DW_KIND_DOUBLE: return PG_FLOAT8;
    case DW_KIND_BOOL: return PG_BOOL;
    default: return PG_TEXT; /* as dw__value_from writes it */
    }
}

bool dw__pg_sends(const struct sql_param *param, unsigned oid)
{
    enum pg_type declared = dw__pg_param_type(param), own;

    if (declared != PG_ASKED)
        return oid == declared;
    own = param->source == SQL_FROM_NOW ? PG_TIMESTAMPTZ : native(param->field->type->kind);
    if (oid == own || (own == PG_JSONB && is_json(oid)))
        return true;
    return own == PG_NUMERIC ? is_integer(oid) : is_text(oid);
}

/* The digits behind the point of a numeric(p, s), whose modifier is as in numeric.c; -1: as many as there are. */
static int numeric_scale(int modifier)
{
    return modifier < 4 ? -1 : (((modifier - 4) & 0x7ff) ^ 0x400) - 0x400;
}

/* A numeric without a scale is also what sum() makes of units: only one with the field's own says that it is no units. */
static const char *wants_decimal(const struct plan_type *type, unsigned oid, int modifier)
{
    if (oid == PG_NUMERIC && numeric_scale(modifier) == (int)type->decimal.scale)
        return NULL;
    return is_integer(oid)
               ? NULL
               : "numeric with the scale of the field, as in numeric(18, 2), or bigint, its units";
}

const char *dw__pg_wants(const struct plan_type *type, unsigned oid, int modifier)
{
    switch (type->kind) {
    case DW_KIND_INT64: return is_integer(oid) ? NULL : "bigint, integer or smallint";
    case DW_KIND_DECIMAL: return wants_decimal(type, oid, modifier);
    case DW_KIND_DOUBLE: return is_integer(oid) || oid == PG_FLOAT8 ? NULL : "double precision";
    case DW_KIND_BOOL: return oid == PG_BOOL ? NULL : "boolean";
    case DW_KIND_DATE: return is_text(oid) || oid == PG_DATE ? NULL : "date or text";
    case DW_KIND_TIME:
        return is_text(oid) || (oid == PG_TIMESTAMPTZ && (modifier < 0 || modifier == 6))
                   ? NULL
                   : "timestamptz or text";
    case DW_KIND_UUID: return is_text(oid) || oid == PG_UUID ? NULL : "uuid or text";
    case DW_KIND_IP: return is_text(oid) || oid == PG_INET ? NULL : "inet or text";
    case DW_KIND_BYTES: return is_text(oid) || oid == PG_BYTEA ? NULL : "bytea or text";
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP:
    case DW_KIND_JSON: return is_text(oid) || is_json(oid) ? NULL : "jsonb, json or text";
    default: return is_text(oid) ? NULL : "text";
    }
}

/* ---- out ---- */

static const char not_sent[] = "cannot be sent as the type that PostgreSQL takes";

static const char *short_out(struct pg_wire *out, size_t n, const char *fault)
{
    out->p = out->bytes;
    out->n = (int)n;
    return n > 0 ? NULL : fault;
}

static const char *encode_int(const struct sql_param *param, unsigned oid, int64_t i, struct pg_wire *out)
{
    size_t size = oid == PG_INT8 ? 8 : oid == PG_INT4 ? 4 : oid == PG_INT2 ? 2 : 0;

    if (oid == PG_BOOL) {
        out->bytes[0] = (char)i;
        return short_out(out, 1, NULL);
    }
    if (oid == PG_NUMERIC && param->source == SQL_FROM_FIELD && param->field->type->kind == DW_KIND_DECIMAL)
        return short_out(out, dw__pg_put_numeric(i, param->field->type->decimal.scale, out->bytes), not_sent);
    if ((size == 4 && (i < INT32_MIN || i > INT32_MAX)) || (size == 2 && (i < INT16_MIN || i > INT16_MAX)))
        return "is too large for the integer that PostgreSQL takes";
    dw__pg_put_bits((uint64_t)i, size, out->bytes);
    return short_out(out, size, not_sent);
}

static const char *text_out(dw_text t, struct pg_wire *out)
{
    if (t.n > INT_MAX)
        return "is too long";
    out->p = t.p;
    out->n = (int)t.n;
    return NULL;
}

/* Bytes that a value may have when it is read again. */
static size_t json_max(const struct plan_type *type)
{
    return type->kind == DW_KIND_JSON ? type->bytes.max : JSON_MAX;
}

/* Its version, 1, and the text. What would come back longer than it may be is not sent: it would be in everybody's way who reads it. */
static const char *encode_jsonb(const struct plan_type *type, dw_text t, struct arena *arena,
                                struct pg_wire *out)
{
    char *p = t.n < INT_MAX ? dw__arena_bytes(arena, t.n + 1) : NULL;

    if (!p)
        return "is too long";
    if (dw__pg_json_size(t) > json_max(type))
        return "is too long with its numbers written out, as jsonb has them";
    p[0] = 1;
    memcpy(p + 1, t.p, t.n);
    return text_out((dw_text){p, t.n + 1}, out);
}

static const char *encode_bytea(dw_text t, struct arena *arena, struct pg_wire *out)
{
    size_t n, room = t.n / 4 * 3 + 3;
    char *p = dw__arena_bytes(arena, room);

    if (!p)
        return "is too long";
    return dw__base64url_decode(t, p, room, &n) ? text_out((dw_text){p, n}, out) : not_sent;
}

static const char *encode_text(const struct sql_param *param, unsigned oid, dw_text t, struct arena *arena,
                               struct pg_wire *out)
{
    switch (oid) {
    case PG_TEXT:
    case PG_VARCHAR:
    case PG_BPCHAR:
    case PG_NAME:
    case PG_JSON: return text_out(t, out);
    case PG_JSONB: return encode_jsonb(param->field->type, t, arena, out);
    case PG_BYTEA: return encode_bytea(t, arena, out);
    case PG_DATE: return short_out(out, dw__pg_put_date(t, out->bytes), not_sent);
    case PG_TIMESTAMPTZ:
        return short_out(out, dw__pg_put_time(t, out->bytes),
                         "has parts of a microsecond, which a timestamptz has not");
    case PG_UUID: return short_out(out, dw__pg_put_uuid(t, out->bytes), not_sent);
    case PG_INET: return short_out(out, dw__pg_put_inet(t, out->bytes), not_sent);
    default: return not_sent;
    }
}

const char *dw__pg_encode(const struct sql_param *param, unsigned oid, const struct sql_value *value,
                          struct arena *arena, struct pg_wire *out)
{
    uint64_t bits;

    *out = (struct pg_wire){0};
    if (value->type == SQL_NULL)
        return NULL;
    if (!dw__pg_sends(param, oid))
        return not_sent;
    switch (value->type) {
    case SQL_INT: return encode_int(param, oid, value->i, out);
    case SQL_REAL:
        memcpy(&bits, &value->d, sizeof bits);
        dw__pg_put_bits(bits, 8, out->bytes);
        return short_out(out, 8, NULL);
    default: return encode_text(param, oid, value->t, arena, out);
    }
}

/* ---- in ---- */

static bool decode_int(const char *p, size_t n, size_t wanted, struct sql_value *value)
{
    if (n != wanted)
        return false;
    value->type = SQL_INT;
    switch (n) {
    case 2: value->i = (int16_t)dw__pg_take_bits(p, n); return true;
    case 4: value->i = (int32_t)dw__pg_take_bits(p, n); return true;
    default: value->i = (int64_t)dw__pg_take_bits(p, n); return true;
    }
}

static bool decode_real(const char *p, size_t n, struct sql_value *value)
{
    uint64_t bits;

    if (n != sizeof bits)
        return false;
    bits = dw__pg_take_bits(p, n);
    value->type = SQL_REAL;
    memcpy(&value->d, &bits, sizeof value->d);
    return true;
}

static bool decode_bool(const char *p, size_t n, struct sql_value *value)
{
    if (n != 1 || (unsigned char)p[0] > 1)
        return false;
    value->type = SQL_INT;
    value->i = (unsigned char)p[0];
    return true;
}

static bool text_in(const char *p, size_t n, struct sql_value *value)
{
    value->type = SQL_TEXT;
    value->t = (dw_text){p, n};
    return true;
}

static bool short_in(const char *room, size_t n, struct sql_value *value)
{
    return n > 0 && text_in(room, n, value);
}

/* A version, 1, and the text; the spaces in it are PostgreSQL's. */
static bool decode_jsonb(const char *p, size_t n, struct arena *arena, struct sql_value *value)
{
    char *out = n > 1 && p[0] == 1 ? dw__arena_bytes(arena, n) : NULL;

    return out && text_in(out, dw__pg_json_pack((dw_text){p + 1, n - 1}, out), value) && value->t.n > 0;
}

static bool decode_bytea(const char *p, size_t n, struct arena *arena, struct sql_value *value)
{
    char *out = dw__arena_bytes(arena, DW__BASE64URL_SIZE(n));

    return out && text_in(out, dw__base64url_encode(p, n, out), value);
}

bool dw__pg_decode(const struct plan_type *type, unsigned oid, const char *p, size_t n, struct arena *arena,
                   char room[static DW__PG_SPELT], struct sql_value *value)
{
    switch (oid) {
    case PG_INT8: return decode_int(p, n, 8, value);
    case PG_INT4: return decode_int(p, n, 4, value);
    case PG_INT2: return decode_int(p, n, 2, value);
    case PG_FLOAT8: return decode_real(p, n, value);
    case PG_BOOL: return decode_bool(p, n, value);
    case PG_NUMERIC:
        value->type = SQL_INT;
        return type->kind == DW_KIND_DECIMAL && dw__pg_take_numeric(p, n, type->decimal.scale, &value->i);
    case PG_TEXT:
    case PG_VARCHAR:
    case PG_BPCHAR:
    case PG_NAME:
    case PG_JSON: return text_in(p, n, value);
    case PG_JSONB: return decode_jsonb(p, n, arena, value);
    case PG_BYTEA: return decode_bytea(p, n, arena, value);
    case PG_DATE: return short_in(room, dw__pg_take_date(p, n, room), value);
    case PG_TIMESTAMPTZ: return short_in(room, dw__pg_take_time(p, n, room), value);
    case PG_UUID: return short_in(room, dw__pg_take_uuid(p, n, room), value);
    case PG_INET: return short_in(room, dw__pg_take_inet(p, n, room), value);
    default: return false;
    }
}
