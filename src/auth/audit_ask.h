/* auth/audit_ask.h -- a question about the audit log, on its way through the pipe of a process that may have been taken over.
 *
 * It stands where a record could stand, and begins as one does; its reader is pure, and looks at every byte.  What can be asked is a filter, a place, and how
 * many lines: nothing that leads to a file. */
#ifndef DW_AUTH_AUDIT_ASK_H
#define DW_AUTH_AUDIT_ASK_H

#include "auth/audit_filter.h"
#include "base/audit.h"
#include <dw/audit.h>

#define DW__AUDIT_ASK_EVENT 0xffffu /* in place of a record's */
#define DW__AUDIT_ASK_TEXT 128u     /* bytes of each text at most */

struct audit_ask {
    uint64_t ticket; /* not 0 */
    struct audit_filter filter;
    dw_text before; /* chain of the line before which they stand; empty: none */
    uint64_t before_seq;
    unsigned n; /* 1 to DW_AUDIT_PAGE */
};

/* Whether bytes out of a pipe are meant for one. */
bool dw__audit_ask_is(dw_bytes bytes);
/* Reads one, which `bytes` must be exactly; *out refers to it. DW_INVALID: it is none. */
DW_MUST dw_err dw__audit_ask_read(dw_bytes bytes, struct audit_ask *out);
/* Writes one into `out`: how many bytes; 0: it cannot be, since something is out of bounds. */
size_t dw__audit_ask_write(const struct audit_ask *ask, uint8_t out[static DW__AUDIT_RECORD]);
/* "0123456789abcdef.17": a place, as it is given to who asks. */
DW_MUST bool dw__audit_place_read(dw_text text, dw_text *chain, uint64_t *seq);

#endif
