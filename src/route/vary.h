/* route/vary.h -- which fields of a request a route's answer depends on by what its tables say (RFC 9110 §12.5.5). */
#ifndef DW_ROUTE_VARY_H
#define DW_ROUTE_VARY_H

#include "route/plan.h"

/* Makes plan->vary: header fields, and the cookie, out of which its input and the keys of its loaders are filled; "*" when they are too many to name. To be released
 * with the plan. */
void dw__plan_vary(struct route_plan *plan);
/* Whether `list`, names that ", " divides, has `name`, in whatever case. */
bool dw__vary_has(dw_text list, dw_text name);

#endif
