/* route/limit.h -- how often a route may be asked: the limits of tables, read once at start-up. */
#ifndef DW_ROUTE_LIMIT_H
#define DW_ROUTE_LIMIT_H

#include "route/plan.h"

/* Reads .rate and what belongs to it into plan->limit, by inheritance; a line in `why` for what is wrong. */
void dw__plan_limit(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                    const struct plan_defaults *defaults, struct buf *why);
/* The same for the limit of all requests of a client together. */
void dw__plan_limit_global(struct plan_limit *limit, const dw_app *app, const struct plan_defaults *defaults,
                           struct buf *why);
/* A line for each of n plans whose .rate_shared is that of a limit before it with other rates. */
void dw__plan_limits_shared(const struct route_plan *plans, size_t n, struct buf *why);
/* "caller", "address" … or the name of a field: whose count it is; "gcra" … : how it counts. */
const char *dw__limit_by_name(const struct plan_limit *limit);
const char *dw__limit_strategy_name(const struct plan_limit *limit);

#endif
