/* guard/own.h -- the application's own guards (<dw/guard.h>), beside ours and behind them. */
#ifndef DW_GUARD_OWN_H
#define DW_GUARD_OWN_H

#include "guard/guard.h"

/* Runs `before` of those in `phase` (not GUARD_AFTER) that count for the request, until one refuses. */
DW_MUST dw_err dw__own_before(enum guard_phase phase, const struct guard_env *env, dw_req *req);
/* Runs `after` of all that count; what one adds that it may not, or when it fails, is dropped. */
void dw__own_after(const struct guard_env *env, dw_req *req);
/* A note for each, and what it says itself. */
void dw__own_audit(const struct guard_env *env, struct audit *audit);
/* What they say that they refuse requests to a route of `plan` with. */
guard_errors dw__own_refuse(const struct route_plan *plan);

#endif
