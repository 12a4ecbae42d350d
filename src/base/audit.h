/* base/audit.h -- a process's end of the audit log: events leave it as records through a pipe, and it never waits.
 *
 * The pipe keeps each record apart (O_DIRECT, pipe(7)), holds a bounded number of them, and goes to the process that writes the log
 * (app/role_audit.c), which believes nothing: it looks at every byte, and says itself when and from whom a record came.  What does
 * not fit is dropped and counted; the next record that fits carries the count. */
#ifndef DW_BASE_AUDIT_H
#define DW_BASE_AUDIT_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/audit_events.h"
#include <dw/err.h>
#include <dw/log.h>

#define DW__AUDIT_RECORD ((size_t)PIPE_BUF) /* bytes of a record at most: a pipe takes it whole or not */
#define DW__AUDIT_TEXT ((size_t)512)        /* of a value at most; what is longer is cut */
#define DW__AUDIT_NAME ((size_t)64)         /* of an event or member at most */

/* A record: this, then n fields, each an audit_field_head, its name and its value. */
struct audit_head {
    uint32_t size;  /* of all */
    uint16_t event; /* enum audit_event; AUDIT_OWN: the first field is `event` */
    uint16_t n;     /* fields */
    uint32_t lost;  /* records that did not fit since the last that did */
    uint32_t zero;
    uint64_t ticket; /* not 0: whoever sent it waits for an answer */
};

struct audit_field_head {
    uint8_t kind; /* DW_KV_INT, DW_KV_UINT, DW_KV_BOOL: eight bytes; DW_KV_TEXT */
    uint8_t name_n;
    uint16_t value_n;
};

struct audit_event_row {
    const char *name, *kind, *severity, *outcome;
    unsigned fields; /* enum audit_field */
};

struct audit_link {
    int fd; /* borrowed; the end that is written, O_DIRECT and O_NONBLOCK */
    _Atomic uint32_t lost;
};

/* The row of `event`; of AUDIT_OWN that of every event of the application, without a name. */
const struct audit_event_row *dw__audit_row(unsigned event);
/* The event of that name, or AUDIT_OWN when there is none. */
unsigned dw__audit_find(const char *name);
/* Whether `name` may be a member of `event` beside those of every line. */
bool dw__audit_may_have(const struct audit_event_row *row, dw_text name);
/* The members of every line that a record may have: request_id, route, address, actor. */
bool dw__audit_is_common(dw_text name);
/* Lower-case letters, digits, '_' and (of an event) '.': 1 to DW__AUDIT_NAME, the first a letter. */
bool dw__audit_name_holds(dw_text name, bool event);
/* Of the application's own events, as both ends of a pipe look at them: the name of one, which none of ours has, and a member, which is none
 * that only the writer gives; those of every line are texts. */
bool dw__audit_own_event_holds(dw_text name);
bool dw__audit_own_member_holds(dw_text name, bool is_text);
/* Whether an event of the application can be written down: what the two above say, and no member twice. */
bool dw__audit_own_holds(const char *event, const dw_kv *kv, size_t n);

/* Puts one record: what ctx (may be NULL) knows of caller and request and kv does not say, then those of kv that the event may have. own: the name of an event
 * that is the application's, else NULL. Any thread. DW_UNAVAILABLE: there was no room, which is counted. */
DW_MUST dw_err dw__audit_put(struct audit_link *link, const dw_ctx *ctx, unsigned event, const char *own,
                             const dw_kv *kv, size_t n, uint64_t ticket);

/* Puts an event of ours that the application log has no line for, in the audit log of ctx's process if there is one. */
void dw__audit_note(const dw_ctx *ctx, enum audit_event event, const dw_kv *kv, size_t n);

#endif
