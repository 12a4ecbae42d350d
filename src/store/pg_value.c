/* store/pg_value.c -- integers and reals in network order, truth in a byte, text as it is. */
#include "store/pg_value.h"

#include <limits.h>
#include <string.h>

enum pg_type dw__pg_param_type(const struct sql_param *param)
{
    if (param->source == SQL_FROM_ME)
        return PG_INT8;
    if (param->source == SQL_FROM_NOW)
        return PG_TEXT;
    switch (param->field->type->kind) {
    case DW_KIND_INT64:
    case DW_KIND_DECIMAL: return PG_INT8;
    case DW_KIND_DOUBLE: return PG_FLOAT8;
    case DW_KIND_BOOL: return PG_BOOL;
    default: return PG_TEXT; /* as dw__value_from writes it */
    }
}

static bool is_integer(unsigned oid)
{
    return oid == PG_INT8 || oid == PG_INT4 || oid == PG_INT2;
}

static bool is_text(unsigned oid)
{
    return oid == PG_TEXT || oid == PG_VARCHAR || oid == PG_BPCHAR || oid == PG_NAME;
}

const char *dw__pg_wants(dw_kind kind, unsigned oid)
{
    switch (kind) {
    case DW_KIND_INT64: return is_integer(oid) ? NULL : "bigint, integer or smallint";
    case DW_KIND_DECIMAL: return is_integer(oid) ? NULL : "bigint, the units of the decimal";
    case DW_KIND_DOUBLE:
        return is_integer(oid) || oid == PG_FLOAT8 || oid == PG_FLOAT4 ? NULL : "double precision";
    case DW_KIND_BOOL: return oid == PG_BOOL ? NULL : "boolean";
    default: return is_text(oid) ? NULL : "text";
    }
}

/* ---- out ---- */

static void put_u64(uint64_t v, struct pg_wire *out)
{
    for (int i = 0; i < 8; i++)
        out->bytes[i] = (char)(v >> (56 - 8 * i));
    out->n = 8;
}

bool dw__pg_encode(enum pg_type type, const struct sql_value *value, struct pg_wire *out)
{
    uint64_t bits;

    *out = (struct pg_wire){.p = value->type == SQL_NULL ? NULL : out->bytes};
    switch (value->type) {
    case SQL_NULL: return true;
    case SQL_INT:
        if (type == PG_BOOL) {
            out->bytes[0] = (char)value->i;
            out->n = 1;
        } else {
            put_u64((uint64_t)value->i, out);
        }
        return type == PG_BOOL || type == PG_INT8;
    case SQL_REAL:
        memcpy(&bits, &value->d, sizeof bits);
        put_u64(bits, out);
        return type == PG_FLOAT8;
    case SQL_TEXT:
        if (value->t.n > INT_MAX)
            return false;
        out->p = value->t.p;
        out->n = (int)value->t.n;
        return type == PG_TEXT;
    }
    return false;
}

/* ---- in ---- */

static uint64_t take_bits(const char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static bool decode_int(const char *p, size_t n, size_t wanted, struct sql_value *value)
{
    if (n != wanted)
        return false;
    value->type = SQL_INT;
    switch (n) {
    case 2: value->i = (int16_t)take_bits(p, n); return true;
    case 4: value->i = (int32_t)take_bits(p, n); return true;
    default: value->i = (int64_t)take_bits(p, n); return true;
    }
}

static bool decode_real(const char *p, size_t n, struct sql_value *value)
{
    uint64_t bits = take_bits(p, n);
    uint32_t small = (uint32_t)bits;
    float single;

    value->type = SQL_REAL;
    if (n == sizeof single) {
        memcpy(&single, &small, sizeof single);
        value->d = (double)single;
    } else {
        memcpy(&value->d, &bits, sizeof value->d);
    }
    return true;
}

bool dw__pg_decode(unsigned oid, const char *p, size_t n, struct sql_value *value)
{
    switch (oid) {
    case PG_INT8: return decode_int(p, n, 8, value);
    case PG_INT4: return decode_int(p, n, 4, value);
    case PG_INT2: return decode_int(p, n, 2, value);
    case PG_FLOAT8: return n == 8 && decode_real(p, n, value);
    case PG_FLOAT4: return n == 4 && decode_real(p, n, value);
    case PG_BOOL:
        if (n != 1 || (unsigned char)p[0] > 1)
            return false;
        value->type = SQL_INT;
        value->i = (unsigned char)p[0];
        return true;
    case PG_TEXT:
    case PG_VARCHAR:
    case PG_BPCHAR:
    case PG_NAME:
        value->type = SQL_TEXT;
        value->t = (dw_text){p, n};
        return true;
    default: return false;
    }
}
