/* store/pg_native.h -- PostgreSQL's own dates, instants, UUIDs, addresses and numbers, in binary, and how a row of ours spells them.
 *
 * Nothing is rounded, shifted or cut on the way: what one side cannot hold exactly is no value here.  Pure: no libpq. */
#ifndef DW_STORE_PG_NATIVE_H
#define DW_STORE_PG_NATIVE_H

#include <dw/values.h>

/* Bytes of the longest on the wire (a numeric of 19 digits, an address of version 6), and of the longest text. */
#define DW__PG_WIRE 24
#define DW__PG_SPELT 48

/* What `t`, spelt as in a reply, is on the wire: the number of bytes in `out`, 0 when PostgreSQL has no such value. An instant with parts of a
 * microsecond is none. */
size_t dw__pg_put_date(dw_text t, char out[static DW__PG_WIRE]);
size_t dw__pg_put_time(dw_text t, char out[static DW__PG_WIRE]);
size_t dw__pg_put_uuid(dw_text t, char out[static DW__PG_WIRE]);
size_t dw__pg_put_inet(dw_text t, char out[static DW__PG_WIRE]);
/* A numeric of `scale` (at most 18) digits behind the point. */
size_t dw__pg_put_numeric(int64_t units, uint32_t scale, char out[static DW__PG_WIRE]);

/* The other way: the length of the text in `out`, 0 when the n bytes at p are no value of ours: infinity, a year outside of 0 to 9999, a
 * network, or bytes that PostgreSQL does not send. */
size_t dw__pg_take_date(const char *p, size_t n, char out[static DW__PG_SPELT]);
size_t dw__pg_take_time(const char *p, size_t n, char out[static DW__PG_SPELT]);
size_t dw__pg_take_uuid(const char *p, size_t n, char out[static DW__PG_SPELT]);
size_t dw__pg_take_inet(const char *p, size_t n, char out[static DW__PG_SPELT]);
/* False when it is not a number, or has more digits before or behind the point than *units can hold. */
bool dw__pg_take_numeric(const char *p, size_t n, uint32_t scale, int64_t *units);

/* Numbers in network order. */
void dw__pg_put_bits(uint64_t v, size_t bytes, char *out);
uint64_t dw__pg_take_bits(const char *p, size_t bytes);

#endif
