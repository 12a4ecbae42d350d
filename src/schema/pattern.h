/* schema/pattern.h -- patterns of text rules: the one place that knows PCRE2. */
#ifndef DW_SCHEMA_PATTERN_H
#define DW_SCHEMA_PATTERN_H

#include <stdbool.h>

#include "base/buf.h"
#include <dw/err.h>

struct plan_pattern;

/* Compiles a PCRE2 pattern that must match the whole of a UTF-8 text. DW_INTERNAL with the reason in `why`; *out is NULL then. */
DW_MUST dw_err dw__pattern_new(const char *pattern, struct plan_pattern **out, struct buf *why);
void dw__pattern_free(struct plan_pattern *pattern);
/* Whether valid UTF-8 `t` matches. A text for which that cannot be found out within the limits does not. Not for two threads at once. */
bool dw__pattern_matches(const struct plan_pattern *pattern, dw_text t);

#endif
