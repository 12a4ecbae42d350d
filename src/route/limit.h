/* route/limit.h -- how often a route may be asked: the limits of tables, read once at start-up. */
#ifndef DW_ROUTE_LIMIT_H
#define DW_ROUTE_LIMIT_H

#include "route/plan.h"

/* The limit of all requests of a client together, where neither the application nor a setting says one. */
#define DW__RATE_GLOBAL "10000 per minute"

/* Reads .rate and what belongs to it into plan->limit, by inheritance; a line in `why` for what is wrong. */
void dw__plan_limit(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                    const struct plan_defaults *defaults, struct buf *why);
/* The same for the limit of all requests of a client together: the setting's, the application's, or DW__RATE_GLOBAL. With .no_rate_global and no
 * setting there is none, and limit->why_not says why. */
void dw__plan_limit_global(struct plan_limit *limit, const dw_app *app, const struct plan_defaults *defaults,
                           struct buf *why);
/* A line for each of n plans whose .rate_shared is that of a limit before it with other rates. */
void dw__plan_limits_shared(const struct route_plan *plans, size_t n, struct buf *why);
/* "caller", "address" … or the name of a field: whose count it is; "gcra" … : how it counts. */
const char *dw__limit_by_name(const struct plan_limit *limit);
const char *dw__limit_strategy_name(const struct plan_limit *limit);

#endif
