/* guard/size.c -- how much of a body is read.
 *
 * A body whose length is announced is refused before a byte of it is read; any other is cut off at the limit by the
 * connection.  A route that reads no body takes none, and one that does not say so no trailers. */
#include "guard/csrf.h"
#include "guard/guard.h"
#include "http/trailer.h"

static bool reads_body(const struct route_plan *plan)
{
    return plan->route != NULL && (plan->route->raw != NULL || plan->sources.body != 0);
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)env, (void)guarded;
    req->body_limit = reads_body(req->plan) ? req->plan->max_body : req->csrf_pending ? DW__CSRF_BODY_MAX : 0;
    if (req->head.content_length > 0 && (uint64_t)req->head.content_length > req->body_limit)
        return DW_TOO_LARGE;
    if (req->plan->route != NULL && req->plan->route->trailers && req->head.chunked)
        return dw__trailers_keep(req);
    return DW_OK;
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan; /* a body on a route that reads none is too large as well */
    return DW__GUARD_ERROR(DW_TOO_LARGE);
}

const struct guard dw__guard_size = {"size", before, NULL, NULL, refuses};
