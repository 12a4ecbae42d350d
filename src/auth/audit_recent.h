/* auth/audit_recent.h -- the last lines of the audit log, in the memory of who writes it: what an administrator can be shown while the server runs.
 *
 * Nobody but the writer has the file open, and it reads nothing of it after its beginning; so what is asked for is answered out of this, and the log is no less
 * safe for it.  A fixed amount of memory: the oldest make room. */
#ifndef DW_AUTH_AUDIT_RECENT_H
#define DW_AUTH_AUDIT_RECENT_H

#include "auth/audit_ask.h"

#define DW__AUDIT_RECENT_LINES 4096u
#define DW__AUDIT_RECENT_BYTES ((size_t)1 << 20)

struct audit_recent;

/* DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__audit_recent_new(struct audit_recent **out);
void dw__audit_recent_free(struct audit_recent *recent);
/* The next line, without its '\n'. One that is longer than a line can be, or empty, is not kept. */
void dw__audit_recent_add(struct audit_recent *recent, dw_text line);
/* Calls `each` for the lines that `ask` wants, the newest first, at most ask->n and until it says no; *more: there are others. DW_NOT_FOUND: the line that
 * ask->before names is not there (any more). */
DW_MUST dw_err dw__audit_recent_find(const struct audit_recent *recent, const struct audit_ask *ask,
                                     bool (*each)(void *self, dw_text line), void *self, bool *more);

#endif
