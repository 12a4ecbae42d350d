/* auth/session_values.h -- the fields that an application keeps with a session, as its table has them.
 *
 * The public half is <dw/session_values.h>. */
#ifndef DW_AUTH_SESSION_VALUES_H
#define DW_AUTH_SESSION_VALUES_H

#include "base/buf.h"
#include <dw/session_values.h>

struct session_values;

/* Compiles the schema of `values`. DW_INVALID with a line of `why` for what cannot be kept, DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__session_values_new(struct session_values **out, const dw_session_values *values,
                                      struct buf *why);
void dw__session_values_free(struct session_values *values);

#endif
