/* guard/audit.h -- where audits say what they found. */
#ifndef DW_GUARD_AUDIT_H
#define DW_GUARD_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "guard/findings.h"
#include <dw/accept.h>

struct audit_found {
    struct audit_found *next;
    enum finding finding;
    dw_text what;                /* one sentence */
    const char *where;           /* "apps/coffer/items.c:40", the row of a table; or NULL */
    const dw_accepted *accepted; /* a warning that counts no more, until a day; or NULL */
};

/* What was found, in the order in which it was said. */
struct audit {
    struct arena *arena; /* whose the sentences are */
    struct audit_found *first, **end;
    unsigned notes, warnings, errors; /* what was accepted is none of them */
    unsigned accepted;
};

void dw__audit_init(struct audit *audit, struct arena *arena);
/* Says one thing. `where` lives as long as the audit, or is NULL. What does not fit into memory counts as an error all the same. */
void dw__audit_say(struct audit *audit, enum finding finding, const char *where, const char *fmt, ...)
    DW_PRINTF(4, 5);
/* Takes the warnings that a row of `accepted` (may be NULL) names, until the end of its day in UTC. Rows that accept nothing are found as well; those for
 * which there is no such warning only with `all`, when everything was asked. */
void dw__audit_accept(struct audit *audit, const dw_accepted *accepted, bool all, int64_t unix_s);

#endif
