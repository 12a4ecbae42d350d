/* guard/once.h -- things that are said once of each client and while, in whatever worker it comes to. */
#ifndef DW_GUARD_ONCE_H
#define DW_GUARD_ONCE_H

#include "codec/rate.h"
#include "http/request.h"

/* What is counted of a client's address beside the limits of routes; each has a count of its own. */
enum once { ONCE_FORWARDING = 1, ONCE_PROBE, ONCE_PROBES };

/* Whether the client of `req` has not yet done `what` as often as `rate` says. True where nobody counts. */
bool dw__once(const dw_req *req, enum once what, struct rate rate);
/* Forgets `times` of what was counted. */
void dw__once_forget(const dw_req *req, enum once what, struct rate rate, unsigned times);

#endif
