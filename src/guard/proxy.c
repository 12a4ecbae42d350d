/* guard/proxy.c -- who spoke for whom: what the connection found (http/forwarding.c, http/h1_proxy.c), told to the operator.
 *
 * Headers of proxies from a peer that is none are gone before any guard looks.  The log says so once an hour for each such peer: it is a
 * proxy that nobody has named, whose clients all share one address and its limits, or somebody who tries. */
#include "base/log.h"
#include "codec/forwarded.h"
#include "guard/guard.h"
#include "guard/once.h"

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    static const struct rate_rule once = {{1, 3600}, DW_RATE_GCRA, 1};

    (void)env, (void)guarded;
    if (req->forwarding_dropped && dw__once(req, ONCE_FORWARDING, &once))
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "proxy.untrusted",
                  DW_KV(peer, req->peer.text));
    return DW_OK;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    const struct proxies *proxies = env->proxies;

    if (proxies == NULL)
        dw__audit_say(audit, FOUND_PROXY_NONE, NULL,
                      "no proxy is trusted: behind one all clients would share its address, and its limits");
    else
        dw__audit_say(audit, FOUND_PROXY_TRUSTED, NULL, "up to %u prox%s in a row from %zu network%s, by %s",
                      proxies->hops, proxies->hops == 1 ? "y" : "ies", proxies->n_nets,
                      proxies->n_nets == 1 ? "" : "s",
                      proxies->by == FORWARDED_X ? "X-Forwarded-For, -Proto and -Host" : "Forwarded");
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan;
    return 0; /* what is garbled was refused with the head */
}

const struct guard dw__guard_proxy = {"proxy", before, NULL, audit, refuses};
