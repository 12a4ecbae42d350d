/* route/sources.h -- where each field of a route's input comes from. */
#ifndef DW_ROUTE_SOURCES_H
#define DW_ROUTE_SOURCES_H

#include "route/plan.h"

/* POST, PUT, PATCH. */
bool dw__method_has_body(dw_method method);
/* Gives every field of plan->in that a client may send its one source; what cannot be goes into `why`, one line each. */
void dw__plan_sources(struct route_plan *plan, struct buf *why);

#endif
