/* schema/openapi_kinds.h -- scalars as JSON Schema, and the small change of writing one: for the files that describe schemas. */
#ifndef DW_SCHEMA_OPENAPI_KINDS_H
#define DW_SCHEMA_OPENAPI_KINDS_H

#include "schema/openapi.h"

/* Appends "name": with a comma in front of all but the first member. */
void dw__openapi_member(struct buf *out, const char *name);
void dw__openapi_member_text(struct buf *out, const char *name, dw_text value);
void dw__openapi_member_size(struct buf *out, const char *name, size_t value);
/* "type":"string", or "type":["string","null"]. */
void dw__openapi_type(struct buf *out, const char *type, bool nullable);

/* Appends the members that describe a scalar or DW_KIND_JSON: type, format and, of what comes, every rule. What JSON Schema has no word for is
 * x-minimum, x-maximum and x-multipleOf (of what is a string), x-minBytes, x-maxBytes, x-levels, x-normalise. */
void dw__openapi_scalar(const struct plan_type *type, bool nullable, enum openapi_use use, struct buf *out);
/* The pattern `pattern` of PCRE2 (NULL: none) in the dialect of JSON Schema as the member "pattern"; false, and nothing appended, where it
 * cannot be said. */
bool dw__openapi_pattern(const char *pattern, struct buf *out);
/* The pattern of a field that its schema could not say, or NULL. */
const char *dw__openapi_unsaid(const struct plan_type *type, enum openapi_use use);

#endif
