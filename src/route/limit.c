/* route/limit.c -- see limit.h. */
#include "route/limit.h"

#include <string.h>

#include "base/text.h"
#include "route/inherit.h"

#define REASON_MIN 8u

static void say(struct buf *why, const struct route_plan *plan, const char *what)
{
    dw__buf_format(why, "route %s %.*s: %s\n", plan->method, DW_FMT(plan->pattern), what);
}

/* FNV-1a over texts and the NUL behind each: the same number in every process of the same tables. Nothing of it comes from outside. */
static uint64_t number_of(const char *const *texts, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        for (const char *p = texts[i];; p++) {
            h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
            if (*p == '\0')
                break;
        }
    return h;
}

/* What tells this limit's counts from all others': its name where it is shared, else where it stands. */
static uint64_t identity_of(const struct route_plan *plan, const dw_blueprint *bp, const char *shared)
{
    if (shared != NULL)
        return number_of((const char *const[]){"shared", shared}, 2);
    switch (plan->limit.from) {
    case FROM_ROUTE:
        return number_of((const char *const[]){"route", plan->method, bp->prefix, plan->route->path}, 4);
    case FROM_BLUEPRINT:
        return number_of((const char *const[]){"blueprint", bp->prefix, bp->name != NULL ? bp->name : ""}, 3);
    default: return number_of((const char *const[]){"application"}, 1);
    }
}

static void read_rates(struct route_plan *plan, const char *text, struct buf *why)
{
    dw_text rates = dw__text_of(text);
    size_t position;

    plan->limit.n = dw__rates_read(rates, plan->limit.rates, &position);
    if (plan->limit.n == 0)
        dw__buf_format(why,
                       "route %s %.*s: .rate \"%s\" cannot be read at its byte %zu: limits are written as "
                       "\"5/minute\" or \"10 per 2 hours; 100/day\", %u at most\n",
                       plan->method, DW_FMT(plan->pattern), text, position + 1, DW__RATES);
}

void dw__plan_limit(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp, struct buf *why)
{
    const dw_route *route = plan->route;
    struct plan_limit *limit = &plan->limit;
    const char *text = DW__INHERIT(rate, route, bp, app, NULL, &limit->from);
    const char *shared;

    limit->why_not = route->no_rate;
    limit->by = DW__INHERIT(rate_by, route, bp, app, DW_RATE_BY_CALLER, NULL);
    if (bp->no_rate != NULL || app->no_rate != NULL)
        say(why, plan, ".no_rate is said by the route that it is about");
    if (route->no_rate != NULL && (text == NULL || limit->from == FROM_ROUTE))
        say(why, plan, ".no_rate is the reason why an inherited .rate does not hold, and there is none");
    if (route->no_rate != NULL && strlen(route->no_rate) < REASON_MIN)
        say(why, plan, ".no_rate needs a reason of at least 8 characters");
    if (route->rate_shared != NULL && route->rate == NULL)
        say(why, plan, ".rate_shared names the count of a .rate, and the route has none");
    if ((unsigned)limit->by > DW_RATE_BY_ADDRESS)
        say(why, plan, ".rate_by is none of enum dw_rate_by");
    if (text == NULL || route->no_rate != NULL)
        return;
    shared = limit->from == FROM_ROUTE       ? route->rate_shared
             : limit->from == FROM_BLUEPRINT ? bp->rate_shared
                                             : app->rate_shared;
    read_rates(plan, text, why);
    limit->text = text;
    limit->identity = identity_of(plan, bp, shared);
}
