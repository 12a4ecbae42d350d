/* guard/https.c -- what came without TLS goes to where there is: pages by a redirect, everything else not at all.
 *
 * Only where somebody tells us how a request came (a trusted proxy), and CANONICAL_ORIGIN is https.  A page is fetched again under
 * that origin, which the operator wrote and no header of the request.  An API's client would send its credentials in the clear each time and be
 * redirected each time, and a form has sent its password already: they are told. */
#include "guard/https.h"

#include "base/text.h"

/* Whether the reply would be JSON: by the route where it says so, else by what the client asks for. */
static bool is_api(const dw_req *req)
{
    const struct route_plan *plan = req->plan;
    dw_text accept = req->head.known[HTTP_ACCEPT];

    if (plan->typed_reply || (dw__plan_wants_caller(plan) && plan->by != 0 && !(plan->by & DW_SESSION)))
        return true;
    return accept.n > 0 && memmem(accept.p, accept.n, "json", 4) != NULL &&
           memmem(accept.p, accept.n, "text/html", 9) == NULL;
}

static dw_err redirect(const struct guard_env *env, dw_req *req)
{
    dw_text path = req->head.path, query = req->head.query;
    dw_text to = dw__arena_format(&req->arena, "%.*s%.*s%s%.*s", DW_FMT(env->origin), DW_FMT(path),
                                  query.p != NULL ? "?" : "", DW_FMT(query));
    dw_err err = to.p != NULL ? dw__reply_header(req, DW_TEXT("Location"), to) : DW_UNAVAILABLE;

    return err != DW_OK ? err : dw__reply_send(req, 308, (dw_text){0}, (dw_text){0});
}

bool dw__https_is_enforced(const struct guard_env *env)
{
    return env->proxies != NULL && dw__text_starts(env->origin, DW_TEXT("https:"));
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)guarded;
    if (req->https || !dw__https_is_enforced(env))
        return DW_OK;
    if ((req->head.method != HTTP_GET && req->head.method != HTTP_HEAD) || is_api(req))
        return DW_HTTPS_REQUIRED;
    return redirect(env, req);
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    if (dw__https_is_enforced(env))
        dw__audit_say(audit, FOUND_HTTPS_ENFORCED, NULL, "what comes without TLS is sent to %.*s, or refused",
                      DW_FMT(env->origin));
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan;
    return 0; /* not under the address that the description is of */
}

const struct guard dw__guard_https = {"https", before, NULL, audit, refuses};
