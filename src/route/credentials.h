/* route/credentials.h -- who a route lets show what: .by, .fresh, .csrf_exempt, .signs_in. */
#ifndef DW_ROUTE_CREDENTIALS_H
#define DW_ROUTE_CREDENTIALS_H

#include "route/plan.h"

/* Decides them for plan->route, whose policy is known. What cannot be is said in `why`, a line each. */
void dw__plan_credentials(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                          struct buf *why);

#endif
