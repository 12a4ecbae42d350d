/* dw/audit.h -- lines of the audit log that the application writes itself: administrative acts.
 *
 *     if ((err = DW_AUDIT(ctx, "account.disabled", DW_KV(account, in->id))) != DW_OK)
 *         return err;
 *
 * Event and keys are literals, as DW_LOG_INFO has them.  Who, from where, on which request and route are added.  The call waits until the line is
 * on the disk, so it stands before the act and outside of a transaction: what is not written down is not done. */
#ifndef DW_AUDIT_H
#define DW_AUDIT_H

#include "err.h"
#include "log.h"
#include "types.h"

/* The most lines of one page. */
#define DW_AUDIT_PAGE 50u

/* What is looked for in the audit log; an empty text is whatever it is. None is longer than 128 bytes. */
typedef struct dw_audit_query {
    dw_text since,
        until; /* "2026-01-31", "2026-01-31T12:00:00Z" or another beginning of a time (UTC), both included */
    dw_text event;   /* "auth.password_refused"; "auth.*": all that begin so */
    dw_text account; /* a line's account, account_id or actor */
    dw_text request; /* its request_id */
    dw_text before;  /* dw_audit_page.next of the page before; empty: the newest */
    unsigned n;      /* lines at most: 1 to DW_AUDIT_PAGE */
} dw_audit_query;

/* A line; what it does not say is empty. */
typedef struct dw_audit_line {
    dw_text time, event, kind, severity, outcome, process, actor, account, address, route, request_id;
    dw_text json; /* all of it, as it stands in the log */
} dw_audit_line;

typedef struct dw_audit_page {
    const dw_audit_line *v; /* the newest first; in the context */
    size_t n;
    dw_text next; /* for the page behind it; empty: there is none */
} dw_audit_page;

/* The lines that the process which writes the log has in memory: those since it began, and some from before, a megabyte at most.  Nothing is read from the file, and nothing of
 * this is verified: `audit list` does both. DW_INVALID: the query cannot be; DW_NOT_FOUND: `before` is of a line that is not there any more; DW_UNAVAILABLE: there is no
 * audit log (in this process), or no answer came. Waits, and stands outside of a transaction. Lines say who came from where: for a route that only administrators have. */
DW_MUST dw_err dw_audit_recent(dw_ctx *ctx, const dw_audit_query *query, dw_audit_page *page);

/* Called by the macro below. */
DW_MUST dw_err dw_x_audit(dw_ctx *ctx, const char *event, const dw_kv *kv, size_t n);

#ifndef __cplusplus
/* One line: context, event (lower-case letters, digits, '_' and '.', and none of the framework's own or audit.*), values by DW_KV. Keys are of lower-case
 * letters, digits and '_', each once, and not time, chain, seq, event, kind, severity, outcome, process or mac, which the writer gives; actor, address, route
 * and request_id take a text, in place of what the context says. DW_OK: it is on the disk. DW_UNAVAILABLE: it could not be
 * written, and the act must not be done. DW_INTERNAL: in a transaction, or an event or key that cannot be. Where there is no audit log (AUDIT_LOG is not
 * set, or in a command) the line goes to the application log, and that is DW_OK. */
#define DW_AUDIT(ctx, ...) DW__AUDIT(ctx, __VA_ARGS__, {0})
#define DW__AUDIT(ctx, event, ...)                                        \
    dw_x_audit((ctx), "" event "", (const dw_kv[]){{0}, __VA_ARGS__} + 1, \
               sizeof((const dw_kv[]){{0}, __VA_ARGS__}) / sizeof(dw_kv) - 1)
#endif

#endif
