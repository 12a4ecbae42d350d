/* route/limit.h -- how often a route may be asked: the limits of tables, read once at start-up. */
#ifndef DW_ROUTE_LIMIT_H
#define DW_ROUTE_LIMIT_H

#include "route/plan.h"

/* Reads .rate and what belongs to it into plan->limit, by inheritance; a line in `why` for what is wrong. */
void dw__plan_limit(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp, struct buf *why);

#endif
