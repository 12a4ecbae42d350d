/* route/credentials.c -- see credentials.h. */
#include "route/credentials.h"

#include <string.h>

#include "route/inherit.h"

#define REASON_MIN 8u

static void say(struct buf *why, const struct route_plan *plan, const char *what)
{
    dw__buf_format(why, "route %s %.*s: %s\n", plan->method, DW_FMT(plan->pattern), what);
}

/* A session is begun by who was nobody before, with a body that no other site can send, or that has a token. */
static void judge_sign_in(const struct route_plan *plan, const dw_app *app, struct buf *why)
{
    if (!plan->route->signs_in)
        return;
    if (app->sessions == NULL)
        say(why, plan, ".signs_in needs dw_app.sessions: see <dw/session.h>");
    if (plan->allow.kind != DW_ALLOW_PUBLIC || plan->route->method != DW_M_POST)
        say(why, plan, ".signs_in is for a POST that is public");
    if (plan->csrf_exempt != NULL)
        say(why, plan, ".csrf_exempt would let other sites sign people in as somebody else");
}

static void judge_fresh(const struct route_plan *plan, struct buf *why)
{
    if (plan->fresh && !dw__plan_wants_caller(plan) && plan->fresh_from == FROM_ROUTE)
        say(why, plan, ".fresh asks when the caller has signed in, and anyone may use this route");
}

void dw__plan_credentials(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp, struct buf *why)
{
    const dw_route *route = plan->route;

    plan->by = DW__INHERIT(by, route, bp, app, DW_BEARER, &plan->by_from);
    plan->fresh = DW__INHERIT(fresh, route, bp, app, false, &plan->fresh_from);
    plan->csrf_exempt = DW__INHERIT(csrf_exempt, route, bp, app, NULL, &plan->csrf_from);
    judge_fresh(plan, why);
    if (!dw__plan_wants_caller(plan))
        plan->fresh = false; /* of a blueprint: it is about those routes that have a caller */
    judge_sign_in(plan, app, why);
    if ((plan->by & ~(DW_BEARER | DW_SESSION | DW_API_KEY)) != 0)
        say(why, plan, ".by names a credential that there is not");
    if ((plan->by & DW_SESSION) && app->sessions == NULL)
        say(why, plan, ".by counts DW_SESSION, and dw_app.sessions is not set: see <dw/session.h>");
    if (plan->csrf_exempt != NULL && strlen(plan->csrf_exempt) < REASON_MIN)
        say(why, plan, ".csrf_exempt needs a reason of at least 8 characters");
}
