/* guard/headers.c -- the security headers of every reply, the parser's and the crash's included.
 *
 * They were rendered at start-up (route/header_block.c); here only the block is picked: page or JSON by what is sent, never
 * kept when it is an error or depends on who asked.  Audits the routes that loosen a header. */
#include "base/text.h"
#include "guard/guard.h"

static void after(const struct guard_env *env, dw_req *req)
{
    const struct route_plan *plan = req->plan ? req->plan : &env->routes->fallback;
    bool page = dw__text_starts(req->reply.content_type, DW_TEXT("text/html"));
    bool never = req->reply.status >= 400 || req->ctx.principal_asked || req->ctx.principal != NULL;

    req->reply.block = plan->headers.block[page ? HEADERS_PAGE : HEADERS_JSON][req->https ? 1 : 0]
                                          [never ? CACHE_NEVER : CACHE_AS_ROUTE];
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->csp != NULL)
            dw__audit_say(audit, FINDING_NOTE, "headers", "%s %.*s has its own Content-Security-Policy: %s",
                          plan->method, DW_FMT(plan->pattern), plan->csp_why);
        if (plan->cache_control != NULL)
            dw__audit_say(audit, FINDING_NOTE, "headers", "%s %.*s may be cached (%s): %s", plan->method,
                          DW_FMT(plan->pattern), plan->cache_control, plan->cache_why);
    }
}

const struct guard dw__guard_headers = {"headers", GUARD_HEAD, NULL, after, audit};
