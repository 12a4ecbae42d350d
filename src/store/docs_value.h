/* store/docs_value.h -- a document as a C struct and as JSON, and one struct put over another. */
#ifndef DW_STORE_DOCS_VALUE_H
#define DW_STORE_DOCS_VALUE_H

#include "schema/bind.h"
#include <dw/docs.h>

/* The value as JSON, in `arena`. DW_TOO_LARGE when that is more than a document may have, DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__doc_print(const struct plan_type *type, const void *value, struct arena *arena,
                             dw_text *json);
/* Binds JSON, which must live as long, into the zeroed struct `out`. DW_INVALID when it breaks a rule: which, `faults` says. */
DW_MUST dw_err dw__doc_bind(const struct plan_type *type, dw_text json, void *out,
                            struct bind_faults *faults);
/* Puts `part`, of a partial of the schema of `plan`, over `value`, as RFC 7396 says: what it has replaces, what is null in it goes away, an object
 * is merged with the one that is there.  What both share stays shared.  False when a field is to go away that cannot. */
DW_MUST bool dw__doc_merge(const struct schema_plan *plan, void *value, const void *part);

#endif
