/* schema/print.h -- C structs out: declared fields only, in declared order. */
#ifndef DW_SCHEMA_PRINT_H
#define DW_SCHEMA_PRINT_H

#include "base/buf.h"
#include "schema/plan.h"

/* Appends *value (the C struct of `plan`, which dw__schema_check_output accepted) as a JSON object. A field that is optional and has no value is left out; one
 * that is nullable and has none is null. Invalid UTF-8 becomes U+FFFD, a double that is not finite null. A secret aborts.
 * With `unset` not NULL: *unset is the name of the first required field that dw__poison filled and nobody set since, and then nothing is
 * written; otherwise it is NULL. */
void dw__print_json(const struct schema_plan *plan, const void *value, struct buf *out, const char **unset);

/* Zeroes *value and fills each value in it with a pattern (`has` stays false), so that a field that a handler forgot can be found. */
void dw__poison(const struct schema_plan *plan, void *value);
/* The name of the first field that should be printed and still holds the pattern, or NULL. */
const char *dw__poison_find(const struct schema_plan *plan, const void *value);

#endif
