/* store/pg_value.h -- values as PostgreSQL sends and takes them in binary. Pure: no libpq. */
#ifndef DW_STORE_PG_VALUE_H
#define DW_STORE_PG_VALUE_H

#include "store/inventory.h"
#include "store/values.h"

/* The types that we know, by their numbers in pg_type.dat, which never change. */
enum pg_type {
    PG_BOOL = 16,
    PG_NAME = 19,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_FLOAT4 = 700,
    PG_FLOAT8 = 701,
    PG_BPCHAR = 1042,
    PG_VARCHAR = 1043
};

/* What a parameter is sent as. */
enum pg_type dw__pg_param_type(const struct sql_param *param);
/* NULL when a column of type `oid` fits a field of `kind`, else what the field wants: "text", "bigint, integer or smallint". */
const char *dw__pg_wants(dw_kind kind, unsigned oid);

/* A value on its way out: n bytes at p, which is NULL for NULL. */
struct pg_wire {
    const char *p;
    int n;
    char bytes[8];
};
/* Fills *out, which must stay where it is, from a value without fault; texts are referred to. False for a text that is too long. */
bool dw__pg_encode(enum pg_type type, const struct sql_value *value, struct pg_wire *out);
/* Reads n bytes of type `oid`; texts point into them. False when they are anything else. */
bool dw__pg_decode(unsigned oid, const char *p, size_t n, struct sql_value *value);

#endif
