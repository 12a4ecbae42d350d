/* guard/cors.h -- what browsers ask before they let a page of another origin call a route. */
#ifndef DW_GUARD_CORS_H
#define DW_GUARD_CORS_H

#include "guard/guard.h"

/* Whether the request, an OPTIONS, is such a question (a preflight, Fetch §3.2.2). */
bool dw__cors_is_preflight(const dw_req *req);
/* Answers it: 204 with what is allowed, or DW_CROSS_SITE. `found` is what there is at the path for OPTIONS. No credential is looked at, no limit of the
 * route counts it, and no code of the application runs but early guards of its own. */
DW_MUST dw_err dw__cors_preflight(const struct guard_env *env, dw_req *req, const struct route_match *found);
/* The rule that holds for req, into req->cors, where routing does not come to say so: what refuses before there is a route, and methods that none has. It is the
 * rule of the route that it would be (a preflight's: that it asks about), else of another one of the path, else of the prefix. Not for a request whose head was refused. */
void dw__cors_find(const struct guard_env *env, dw_req *req);
/* "https://shop.example, with credentials: the reason", for people. */
void dw__cors_describe(const struct cors *cors, struct buf *out);

#endif
