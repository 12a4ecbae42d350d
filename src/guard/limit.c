/* guard/limit.c -- not too often: the limits of the route (route/limit.c), counted in the table that all workers share.
 *
 * Behind the credentials, so that a caller is counted as such wherever it comes from, and before the roles, so that what is denied
 * counts too; limits that count by what a body says are limit_field.c's.  It also says in replies what limits there are, its own and that of global.c. */
#include <inttypes.h>

#include "base/text.h"
#include "guard/charge.h"

#define SECOND_NS UINT64_C(1000000000)

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const struct plan_limit *limit = &req->plan->limit;

    (void)env, (void)guarded;
    return limit->n == 0 || limit->field != NULL ? DW_OK : dw__charge(req, limit, (dw_text){NULL, 0});
}

/* ---- what a reply says ---- */

/* What cannot be said for lack of memory is left out, and the connection with it. */
static void say(dw_req *req, dw_text name, dw_text value)
{
    if (value.p == NULL || dw__reply_header(req, name, value) != DW_OK)
        req->reply.close = true;
}

/* Every limit that the request was judged by, in the words of draft-ietf-httpapi-ratelimit-headers: q in w seconds. */
static void say_policy(const struct guard_env *env, dw_req *req)
{
    const struct plan_limit *own = &req->plan->limit, *global = &env->routes->global;
    dw_text policy = dw__text_of(own->n > 0 ? own->policy : global->policy);

    if (own->n > 0 && dw__charged_globally(env, req))
        policy = dw__arena_format(&req->arena, "%s, %s", own->policy, global->policy);
    say(req, DW_TEXT("RateLimit-Policy"), policy);
}

static void after(const struct guard_env *env, dw_req *req)
{
    const struct limited *found = req->limited;
    unsigned left, full;

    dw__charge_settle(req);
    /* The limit of all requests goes without saying where a route has none of its own, until it refuses. */
    if (found == NULL || found->rate == NULL || (req->plan->limit.n == 0 && found->answer.allowed))
        return;
    left = found->answer.remaining;
    full = left < found->rate->count ? (unsigned)((found->answer.full_ns + SECOND_NS - 1) / SECOND_NS) : 0;
    say_policy(env, req);
    say(req, DW_TEXT("RateLimit"),
        dw__arena_format(&req->arena, "%s;r=%u;t=%u", found->name, left,
                         found->answer.allowed ? full : req->retry_after_s));
    say(req, DW_TEXT("X-RateLimit-Limit"), dw__arena_format(&req->arena, "%u", found->rate->count));
    say(req, DW_TEXT("X-RateLimit-Remaining"), dw__arena_format(&req->arena, "%u", left));
    say(req, DW_TEXT("X-RateLimit-Reset"),
        dw__arena_format(&req->arena, "%" PRId64, req->ctx.clock->unix_ms / 1000 + full));
}

static guard_errors refuses(const struct route_plan *plan)
{
    return plan->limit.n > 0 ? DW__GUARD_ERROR(DW_TOO_MANY) : 0;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->limit.why_not != NULL)
            dw__audit_say(audit, FOUND_LIMIT_NONE, plan->route->where, "%s %.*s has no limit: %s",
                          plan->method, DW_FMT(plan->pattern), plan->limit.why_not);
    }
}

const struct guard dw__guard_limit = {"limit", before, after, audit, refuses};
