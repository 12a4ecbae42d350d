/* schema/openapi_pattern.h -- a pattern of ours in the dialect of others. */
#ifndef DW_SCHEMA_OPENAPI_PATTERN_H
#define DW_SCHEMA_OPENAPI_PATTERN_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends `pcre` (a PCRE2 pattern that compiles, and must match the whole of a text) as an ECMAScript pattern, anchored, that means the same
 * under the flag u. False, and nothing appended, when it uses what means something else there or is not known to mean the
 * same. */
bool dw__ecma_pattern(const char *pcre, struct buf *out);

#endif
