/* store/pg_json.h -- JSON as jsonb keeps it: how long it becomes, and without the spaces that it is given back with.
 *
 * jsonb writes out what an exponent stands for, so that 1e-9999 is ten thousand bytes.  Pure; the text is JSON, and any other does no harm. */
#ifndef DW_STORE_PG_JSON_H
#define DW_STORE_PG_JSON_H

#include <dw/types.h>

/* Bytes that PostgreSQL gives back at most for `t` in a jsonb, without spaces. */
size_t dw__pg_json_size(dw_text t);
/* Copies `t` without the white space between its tokens: the number of bytes in `out`, which has room for t.n. */
size_t dw__pg_json_pack(dw_text t, char *out);

#endif
