/* store/pg_value.h -- values as PostgreSQL sends and takes them in binary, and which of its types goes with which of ours. Pure: no libpq. */
#ifndef DW_STORE_PG_VALUE_H
#define DW_STORE_PG_VALUE_H

#include "base/arena.h"
#include "store/inventory.h"
#include "store/pg_native.h"
#include "store/values.h"

/* The types that we know, by their numbers in pg_type.dat, which never change. */
enum pg_type {
    PG_ASKED = 0, /* of a parameter: the server says */
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_NAME = 19,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_JSON = 114,
    PG_FLOAT8 = 701,
    PG_INET = 869,
    PG_BPCHAR = 1042,
    PG_VARCHAR = 1043,
    PG_DATE = 1082,
    PG_TIMESTAMPTZ = 1184,
    PG_NUMERIC = 1700,
    PG_UUID = 2950,
    PG_JSONB = 3802
};

/* What a parameter is declared as: PG_ASKED where its field goes with more than one type. */
enum pg_type dw__pg_param_type(const struct sql_param *param);
/* Whether the value of a parameter can be sent as `oid`. */
bool dw__pg_sends(const struct sql_param *param, unsigned oid);
/* NULL when a column of type `oid` with that modifier (-1: none) fits a field of `type`, else what the field wants: "text",
 * "bigint, integer or smallint". */
const char *dw__pg_wants(const struct plan_type *type, unsigned oid, int modifier);

/* A value on its way out: n bytes at p, which is NULL for NULL. */
struct pg_wire {
    const char *p;
    int n;
    char bytes[DW__PG_WIRE];
};
/* Fills *out, which must stay where it is, from a value of `param` without fault; texts are referred to, or put into `arena`. A phrase when it
 * cannot be had exactly as a value of `oid`. */
const char *dw__pg_encode(const struct sql_param *param, unsigned oid, const struct sql_value *value,
                          struct arena *arena, struct pg_wire *out);
/* Reads n bytes of type `oid` for a field of `type`; texts point into them, into `room`, or into `arena`. False when they are anything else. */
bool dw__pg_decode(const struct plan_type *type, unsigned oid, const char *p, size_t n, struct arena *arena,
                   char room[static DW__PG_SPELT], struct sql_value *value);

#endif
