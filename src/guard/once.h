/* guard/once.h -- things that are said once of each client and while, in whatever worker it comes to. */
#ifndef DW_GUARD_ONCE_H
#define DW_GUARD_ONCE_H

#include "guard/rate_table.h"
#include "http/request.h"

/* What is counted of a client's address beside the limits of routes; each has a count of its own. */
enum once { ONCE_FORWARDING = 1, ONCE_PROBE, ONCE_PROBES };

/* Whether the client of `req` has not yet done `what` as often as `rule` says. True where nobody counts. */
bool dw__once(const dw_req *req, enum once what, const struct rate_rule *rule);
/* Forgets what was counted by `rule`, one of a moving window. */
void dw__once_forget(const dw_req *req, enum once what, const struct rate_rule *rule);

#endif
