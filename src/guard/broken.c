/* guard/broken.c -- what could not be parsed goes no further: its error is the parser's.
 *
 * A guard, so that it is seen where it stands: behind the limit of all requests, which broken ones count for as well. */
#include "guard/guard.h"

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)env, (void)guarded;
    return req->refused;
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan; /* there is no route that it would be an answer of */
    return 0;
}

const struct guard dw__guard_broken = {"broken", before, NULL, NULL, refuses};
