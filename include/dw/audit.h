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
