/* guard/cors.h -- what browsers ask before they let a page of another origin call a route. */
#ifndef DW_GUARD_CORS_H
#define DW_GUARD_CORS_H

#include "guard/guard.h"

/* Whether the request, an OPTIONS, is such a question (a preflight, Fetch §3.2.2). */
bool dw__cors_is_preflight(const dw_req *req);
/* Answers it: 204 with what is allowed, or DW_CROSS_SITE. `found` is what there is at the path for OPTIONS. No credential is looked at, no limit counts
 * it, and no code of the application runs. */
DW_MUST dw_err dw__cors_preflight(const struct guard_env *env, dw_req *req, const struct route_match *found);
/* "https://shop.example, with credentials: the reason", for people. */
void dw__cors_describe(const struct cors *cors, struct buf *out);

#endif
