/* guard/guard.h -- one protection is one file is one row.
 *
 * Each guard has the same entries: `before` may refuse, `after` may decorate a reply, `audit` says what `check` should say about
 * the configuration, `refuses` says with which errors a route may be refused, which is what its description tells clients.  A guard that cannot decide refuses.  Their order is the array in pipeline.c, and that order is policy.
 *
 * Phases: EARLY before there is a route, so that broken requests and unknown paths count; HEAD when the route is known and no
 * body has been read; BODY; `after` runs when a reply begins, whatever made it. */
#ifndef DW_GUARD_GUARD_H
#define DW_GUARD_GUARD_H

#include <stddef.h>

#include "base/err.h"
#include "guard/audit.h"
#include "http/request.h"
#include "route/plan.h"

/* What guards need to know; built at start-up, immutable afterwards. */
struct guard_env {
    const dw_app *app;
    const struct route_table *routes;
    const dw_text *hosts; /* trusted: exact, or ".suffix" for a domain and all below it */
    size_t n_hosts;
    const char *realm;             /* of WWW-Authenticate */
    dw_text origin;                /* CANONICAL_ORIGIN, or empty */
    const struct proxies *proxies; /* that are trusted; NULL: none */
    unsigned fresh_s;              /* how long ago a sign-in may be where a route says .fresh */
    uint64_t mfa_roles; /* whose callers need a second factor: MFA_REQUIRED_ROLES; not 0 only with app->mfa */
};

/* A request on its way through the pipeline: what routing found and what the body guards made. */
struct guarded {
    struct route_match match;
    const void *in; /* the typed input, once bound */
    dw_text body;   /* … and the body that it was bound from; empty when none was read */
    bool body_read; /* … by a guard before the one that binds */
};

enum guard_phase { GUARD_EARLY, GUARD_HEAD, GUARD_BODY, GUARD_AFTER };

/* A set of errors: bit n is number n of the table of <dw/err.h>, all below 64; bit 64 + i is the i-th of the application's own. */
__extension__ typedef unsigned __int128 guard_errors;
#define DW__GUARD_ERROR(err) ((guard_errors)1 << (err))

/* The set of one error of either table; empty for the 65th of the application's own and those behind it. */
static inline guard_errors dw__guard_error(dw_err err)
{
    int place = (int)err < 64 ? (int)err : dw__err_own_place(err);

    if ((int)err >= 64)
        place = place < 0 || place > 63 ? -1 : 64 + place;
    return place < 0 ? 0 : (guard_errors)1 << place;
}

struct guard {
    const char *name;
    /* NULL only for a guard that stands in the phase AFTER. */
    dw_err (*before)(const struct guard_env *env, dw_req *req, struct guarded *guarded);
    void (*after)(const struct guard_env *env, dw_req *req);         /* may be NULL */
    void (*audit)(const struct guard_env *env, struct audit *audit); /* may be NULL */
    /* The errors that `before` may give on a route of `plan`, those of a server in trouble (500, 503) left out. NULL where `before` is. */
    guard_errors (*refuses)(const struct route_plan *plan);
};

extern const struct guard dw__guard_global, dw__guard_broken, dw__guard_proxy, dw__guard_https,
    dw__guard_probes, dw__guard_hosts, dw__guard_headers, dw__guard_session, dw__guard_bearer,
    dw__guard_api_key, dw__guard_csrf, dw__guard_csrf_form, dw__guard_limit, dw__guard_roles,
    dw__guard_enrolled, dw__guard_scopes, dw__guard_fresh, dw__guard_signature, dw__guard_size,
    dw__guard_media, dw__guard_schema, dw__guard_limit_field, dw__guard_cors, dw__guard_redirects,
    dw__guard_isolation, dw__guard_shed, dw__guard_strangers, dw__guard_at_once;

/* Runs `before` of every guard of `phase` (not GUARD_AFTER) in order, behind them those of the application (guard/own.h), until one refuses. */
DW_MUST dw_err dw__guards_before(enum guard_phase phase, const struct guard_env *env, dw_req *req,
                                 struct guarded *guarded);
/* Runs `after` of the application's guards, and behind them of every one of ours in order: what ours say is said last. */
void dw__guards_after(const struct guard_env *env, dw_req *req);
/* All that guards may refuse requests to a route of `plan` with. */
guard_errors dw__guards_refuse(const struct route_plan *plan);
/* Runs every `audit`. */
void dw__guards_audit(const struct guard_env *env, struct audit *audit);

#endif
