/* auth/audit_client.h -- an administrative act waits for its line: the other half of base/audit.h, of processes that run handlers. */
#ifndef DW_AUTH_AUDIT_CLIENT_H
#define DW_AUTH_AUDIT_CLIENT_H

#include "base/audit.h"
#include "os/loop.h"

/* What comes back for a ticket. */
struct audit_answer {
    uint64_t ticket;
    uint32_t ok;
    uint32_t zero;
};

struct audit_client;

/* Records go to `records`, answers come from `answers` (both borrowed; pipes as base/audit.h says). */
DW_MUST dw_err dw__audit_client_new(struct audit_client **out, struct loop *loop, int records, int answers);
/* Nobody may wait. NULL is fine. */
void dw__audit_client_free(struct audit_client *client);
struct audit_link *dw__audit_client_link(struct audit_client *client);

#endif
