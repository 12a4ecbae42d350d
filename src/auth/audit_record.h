/* auth/audit_record.h -- records as they come out of the pipe of a process that may have been taken over.
 *
 * A pure parser: all of a record is looked at before any of it is used.  What it may say is what base/audit_events.h lists; the
 * application's own events name their members themselves, and none of those that are ours. */
#ifndef DW_AUTH_AUDIT_RECORD_H
#define DW_AUTH_AUDIT_RECORD_H

#include "base/audit.h"
#include "base/buf.h"

struct audit_record {
    unsigned event; /* enum audit_event */
    dw_text name;   /* of the event */
    uint32_t lost;
    uint64_t ticket; /* 0: nobody waits */
    dw_bytes fields;
    unsigned n;
};

/* Reads one record, which `bytes` must be exactly; *out refers to it. DW_INVALID: it is none, or says what its event may not say. */
DW_MUST dw_err dw__audit_record_read(dw_bytes bytes, struct audit_record *out);
/* Appends ,"name":value for each field but the event's name. */
void dw__audit_record_print(const struct audit_record *record, struct buf *out);

#endif
