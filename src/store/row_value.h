/* store/row_value.h -- one field of a C struct and one value of SQL: for row.c.
 *
 * Texts, e-mail addresses and URLs are TEXT, as are days, instants, UUIDs, IP addresses and enums in their one spelling, bytes in base64url,
 * and objects, lists, maps and JSON as JSON. A decimal is an INTEGER: its units in the scale of its field, so that SQL can compare and add
 * it. A bool is 0 or 1. */
#ifndef DW_STORE_ROW_VALUE_H
#define DW_STORE_ROW_VALUE_H

#include "schema/plan.h"
#include "store/values.h"

/* The value of SQL for what lies at `at`; texts point there or into `a`. SQL_NULL for what is no value of its type, or without memory. */
struct sql_value dw__value_from(const struct plan_type *type, const char *at, struct arena *a);
/* A sentence about a value that is not NULL and cannot be one of this type, or NULL. It looks at the type of SQL and at the characters; what a
 * text must spell, dw__value_into finds out. */
const char *dw__value_fault(const struct plan_type *type, const struct sql_value *v);
/* Fills the C value at `at` from one without fault; texts are copied to `a`. DW_INTERNAL when the text spells no value of the type,
 * DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__value_into(const struct plan_type *type, const struct sql_value *v, struct arena *a,
                              char *at);

#endif
