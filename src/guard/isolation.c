/* guard/isolation.c -- what a browser asks for on behalf of another site comes only to what is meant for other sites (Fetch Metadata, W3C).
 *
 * The Referer and the Origin of such requests can be missing; Sec-Fetch-Site is always there in a browser of these days, over https and at loopback, and no page can set it.  Meant for
 * others are links that are followed (a GET into a window of its own), what a rule of .cors opens, what .corp lets them embed, and what .csrf_exempt says may be
 * posted.  Everything else is refused before anybody is asked who they are: it cannot be timed, counted or probed from elsewhere.
 *
 * A client that does not say where it comes from is no browser that is made use of, and passes.  Must never: take a word that it does not know for
 * ours. */
#include "base/log.h"
#include "base/text.h"
#include "guard/guard.h"
#include "http/precondition.h"

static dw_text field(const dw_req *req, const char *name)
{
    return dw__req_single_field(req, dw__text_of(name));
}

static bool only_reads(const dw_req *req)
{
    return req->head.method == HTTP_GET || req->head.method == HTTP_HEAD;
}

/* A link that is followed; into a frame only where the route's own policy lets others frame it. */
static bool is_followed(const dw_req *req)
{
    dw_text dest = field(req, "sec-fetch-dest");

    if (!only_reads(req) || !dw__text_is(field(req, "sec-fetch-mode"), "navigate"))
        return false;
    return dw__text_is(dest, "document") ||
           (req->plan->framed && (dw__text_is(dest, "iframe") || dw__text_is(dest, "frame")));
}

static bool is_opened(const dw_req *req)
{
    const struct cors *cors = req->plan->cors;

    return cors != NULL && dw__text_is(field(req, "sec-fetch-mode"), "cors") &&
           dw__cors_allows(cors, field(req, "origin"));
}

static bool is_embedded(const dw_req *req, bool near)
{
    dw_corp corp = req->plan->corp;

    return only_reads(req) && (corp == DW_CORP_CROSS_ORIGIN || (near && corp == DW_CORP_SAME_SITE));
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    dw_text site = field(req, "sec-fetch-site");

    (void)env, (void)guarded;
    if (site.p == NULL || dw__text_is(site, "same-origin") || dw__text_is(site, "none") ||
        (!only_reads(req) && req->plan->csrf_exempt != NULL) ||
        is_embedded(req, dw__text_is(site, "same-site")) || is_opened(req) || is_followed(req))
        return DW_OK;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "isolation.refused", DW_KV(site, site),
              DW_KV(mode, field(req, "sec-fetch-mode")), DW_KV(dest, field(req, "sec-fetch-dest")));
    return DW_CROSS_SITE;
}

/* What a cache keeps of a route was given to a request that may have been refused to others. */
static void after(const struct guard_env *env, dw_req *req)
{
    const struct route_plan *plan = req->plan;

    (void)env;
    if (plan != NULL && plan->cache_control != NULL && plan->corp != DW_CORP_CROSS_ORIGIN &&
        dw__reply_header(req, DW_TEXT("Vary"), DW_TEXT("Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site")) !=
            DW_OK)
        req->reply.close = true;
}

static guard_errors refuses(const struct route_plan *plan)
{
    bool open =
        plan->route->method == DW_M_GET ? plan->corp == DW_CORP_CROSS_ORIGIN : plan->csrf_exempt != NULL;

    return open ? 0 : DW__GUARD_ERROR(DW_CROSS_SITE);
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++) {
        const struct route_plan *plan = &env->routes->plans[i];

        if (plan->corp != DW_CORP_SAME_ORIGIN)
            dw__audit_say(audit, FOUND_ISOLATION_EMBEDDED, plan->route->where,
                          "%s %.*s may be embedded by pages of %s: %s", plan->method, DW_FMT(plan->pattern),
                          plan->corp == DW_CORP_SAME_SITE ? "the same site" : "other sites", plan->corp_why);
    }
}

const struct guard dw__guard_isolation = {"isolation", before, after, audit, refuses};
