/* auth/audit_client.h -- an administrative act waits for its line: the other half of base/audit.h, of processes that run handlers. */
#ifndef DW_AUTH_AUDIT_CLIENT_H
#define DW_AUTH_AUDIT_CLIENT_H

#include "auth/audit_ask.h"
#include "base/buf.h"
#include "os/loop.h"

enum audit_said {
    AUDIT_SAID_NO,
    AUDIT_SAID_YES,      /* it is on the disk; or that was all that was asked for */
    AUDIT_SAID_PIECE,    /* a piece of the lines that were asked for is behind this, and more comes */
    AUDIT_SAID_MORE,     /* that was all of this page, and there are others */
    AUDIT_SAID_NOT_THERE /* the line that a page was to stand before is not there */
};

/* What comes back for a ticket; a pipe keeps it apart, with the bytes behind it. */
struct audit_answer {
    uint64_t ticket;
    uint32_t said; /* enum audit_said */
    uint32_t n;    /* bytes behind it */
};

#define DW__AUDIT_PIECE (DW__AUDIT_RECORD - sizeof(struct audit_answer))
#define DW__AUDIT_ANSWER ((size_t)256 << 10) /* bytes of all pieces at most */

struct audit_client;

/* Records go to `records`, answers come from `answers` (both borrowed; pipes as base/audit.h says). */
DW_MUST dw_err dw__audit_client_new(struct audit_client **out, struct loop *loop, int records, int answers);
/* Nobody may wait. NULL is fine. */
void dw__audit_client_free(struct audit_client *client);
/* Asks, and waits: lines come into `lines`, each with a '\n'; *more: there are others. `ask` needs no ticket. Errors as dw_audit_recent. */
DW_MUST dw_err dw__audit_client_ask(dw_ctx *ctx, struct audit_client *client, struct audit_ask *ask,
                                    struct buf *lines, bool *more);
struct audit_link *dw__audit_client_link(struct audit_client *client);

#endif
