/* guard/headers.c -- the security headers of every reply, the parser's and the crash's included.
 *
 * They were rendered at start-up (route/header_block.c); here only the block is picked: page or JSON by what is sent, never
 * kept when it is an error, depends on who asked, or came without TLS where there is to be: a cache would give the redirect to those who came with it.  What may be kept
 * says what it depends on (vary.h).  Audits the routes that loosen a header.
 *
 * A handler cannot say the same header again: browsers take the last of two, or neither, and a protection would be gone without a
 * reason.  Only a second Content-Security-Policy is let through, since each of them holds (CSP3 §8.1), and one that is only tried. */
#include "guard/headers.h"

#include "base/log.h"
#include "base/text.h"
#include "guard/guard.h"
#include "guard/https.h"
#include "guard/vary.h"

/* What opens a reply to other origins: guard/cors.c says that, behind this guard. */
static bool is_of_cors(dw_text name)
{
    dw_text prefix = DW_TEXT("Access-Control-");

    return name.n > prefix.n && dw__text_eq_nocase((dw_text){name.p, prefix.n}, prefix);
}

static bool is_ours(const struct header_block *block, dw_text name)
{
    if (dw__text_eq_nocase(name, DW_TEXT("Content-Type")) ||
        dw__text_eq_nocase(name, DW_TEXT("X-Request-Id")) ||
        dw__text_eq_nocase(name, DW_TEXT("Strict-Transport-Security")))
        return true;
    if (is_of_cors(name))
        return true;
    if (dw__text_eq_nocase(name, DW_TEXT("Content-Security-Policy")) ||
        dw__text_eq_nocase(name, DW_TEXT("Content-Security-Policy-Report-Only")))
        return false;
    for (size_t i = 0; i < block->n; i++)
        if (dw__text_eq_nocase(block->fields[i].name, name))
            return true;
    return false;
}

bool dw__header_is_ours(const struct header_variants *headers, dw_text name)
{
    return is_ours(headers->block[HEADERS_PAGE][1][CACHE_NEVER], name) ||
           is_ours(headers->block[HEADERS_JSON][1][CACHE_NEVER], name);
}

/* The reply becomes a 500 when it says a header of the block itself. */
static void refuse_ours(dw_req *req)
{
    const struct http_reply *reply = &req->reply;

    for (size_t i = 0; i < reply->n_extra; i++) {
        if (!is_ours(reply->block, reply->extra[i].name))
            continue;
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "reply.header_refused",
                  DW_KV(header, reply->extra[i].name));
        req->reply.header_broken = true;
    }
}

static void after(const struct guard_env *env, dw_req *req)
{
    const struct route_plan *plan = req->plan ? req->plan : &env->routes->fallback;
    bool page = dw__text_starts(req->reply.content_type, DW_TEXT("text/html"));
    bool never = req->reply.status >= 400 || req->ctx.principal_asked || req->ctx.principal != NULL ||
                 req->sets_cookie || (!req->https && dw__https_is_enforced(env));

    if (!never && plan->cache_control != NULL && !dw__vary_say(req))
        never = true;
    req->reply.block = plan->headers.block[page ? HEADERS_PAGE : HEADERS_JSON][req->https ? 1 : 0]
                                          [never ? CACHE_NEVER : CACHE_AS_ROUTE];
    refuse_ours(req);
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->csp != NULL)
            dw__audit_say(audit, FOUND_HEADERS_CSP, plan->route->where,
                          "%s %.*s has its own Content-Security-Policy: %s", plan->method,
                          DW_FMT(plan->pattern), plan->csp_why);
        if (plan->cache_control != NULL)
            dw__audit_say(audit, FOUND_HEADERS_CACHEABLE, plan->route->where,
                          "%s %.*s may be cached (%s): %s", plan->method, DW_FMT(plan->pattern),
                          plan->cache_control, plan->cache_why);
    }
}

const struct guard dw__guard_headers = {"headers", NULL, after, audit, NULL};
