/* guard/own.c -- the application's own guards: they look, and say yes or no.
 *
 * While one runs the request is shut (http/shut.h): it cannot reply, read the body or write to the database.  A guard that fails, or refuses
 * with what it has not said that it would, could not decide, and that is 503.  Must never: let one take anything away that ours did,
 * or say something in their place. */
#include "guard/own.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "guard/headers.h"
#include "http/shut.h"

static bool says_so(const dw_guard *g, dw_err err)
{
    for (size_t i = 0; g->refuses != NULL && g->refuses[i] != DW_OK; i++)
        if (g->refuses[i] == err)
            return true;
    return false;
}

static dw_err undecided(dw_req *req, const dw_guard *g, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "guard.undecided", DW_KV(guard, g->name),
              DW_KV(why, why));
    req->fail_sentence = NULL;
    return DW_UNAVAILABLE;
}

static dw_err judge(dw_req *req, const dw_guard *g)
{
    const struct http_shut before = dw__req_shut(req);
    dw_err err = g->before(req);

    dw__req_open(req, &before);
    if (req->ctx.stopped)
        return undecided(req, g, "it asked for what there is not");
    if (err == DW_OK || err == DW_CANCELED || says_so(g, err))
        return err;
    return undecided(req, g, dw_err_code(err));
}

dw_err dw__own_before(enum guard_phase phase, const struct guard_env *env, dw_req *req)
{
    const struct route_plan *plan = phase == GUARD_EARLY ? &env->routes->fallback : req->plan;
    const struct own_guards *own = &plan->own_guards;
    size_t first = own->first[DW_PHASE_EARLY + phase], end = own->first[DW_PHASE_EARLY + phase + 1];
    dw_err err = DW_OK;

    if (req->admin)
        return DW_OK;
    for (size_t i = first; i < end && err == DW_OK; i++)
        err = judge(req, own->v[i].guard);
    return err;
}

/* ---- after ---- */

/* What says who may and for how long, and so is a protection's to say: ours, where there are any. */
static bool is_for_guards_of_ours(dw_text name)
{
    static const dw_text names[] = {DW_TEXT_INIT("WWW-Authenticate"), DW_TEXT_INIT("Allow"),
                                    DW_TEXT_INIT("Content-Range"), DW_TEXT_INIT("Retry-After")};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dw__text_eq_nocase(names[i], name))
            return true;
    return name.n > 15 && dw__text_eq_nocase((dw_text){name.p, 15}, DW_TEXT("Access-Control-"));
}

static const char *decoration_fault(const dw_req *req, const struct route_plan *plan, size_t first)
{
    if (req->reply.header_broken)
        return "a header that cannot be";
    for (size_t i = first; i < req->reply.n_extra; i++)
        if (is_for_guards_of_ours(req->reply.extra[i].name) ||
            dw__header_is_ours(&plan->headers, req->reply.extra[i].name))
            return "a header that is not its to set";
    return NULL;
}

static void decorate(dw_req *req, const struct route_plan *plan, const dw_guard *g)
{
    const struct http_shut before = dw__req_shut(req);
    const char *fault;
    dw_err err;

    req->reply.header_broken = false;
    err = g->after(req, before.reply.status);
    fault = req->ctx.stopped ? "it asked for what there is not"
                             : decoration_fault(req, plan, before.reply.n_extra);
    if (fault == NULL && err != DW_OK)
        fault = dw_err_code(err);
    req->reply.header_broken = false;
    req->ctx.stopped = false;
    if (fault != NULL)
        req->reply.n_extra = before.reply.n_extra;
    dw__req_open(req, &before);
    if (fault != NULL)
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "guard.decoration_dropped",
                  DW_KV(guard, g->name), DW_KV(why, fault));
}

void dw__own_after(const struct guard_env *env, dw_req *req)
{
    const struct route_plan *plan = req->plan != NULL ? req->plan : &env->routes->fallback;

    if (req->admin || req->reply.header_broken)
        return;
    for (size_t i = 0; i < plan->own_guards.n; i++)
        if (plan->own_guards.v[i].guard->after != NULL)
            decorate(req, plan, plan->own_guards.v[i].guard);
}

/* ---- what is said of them ---- */

struct dw_audit {
    struct audit *to;
    const char *guard;
};

#define SAY(audit, finding, fmt)                                                       \
    do {                                                                               \
        char sentence[384];                                                            \
        va_list ap;                                                                    \
        va_start(ap, fmt);                                                             \
        (void)vsnprintf(sentence, sizeof sentence, fmt, ap);                           \
        va_end(ap);                                                                    \
        dw__audit_say((audit)->to, finding, NULL, "%s: %s", (audit)->guard, sentence); \
    } while (0)

void dw_audit_note(dw_audit *audit, const char *fmt, ...)
{
    SAY(audit, FOUND_OWN_NOTE, fmt);
}

void dw_audit_warning(dw_audit *audit, const char *fmt, ...)
{
    SAY(audit, FOUND_OWN_WARNING, fmt);
}

void dw_audit_error(dw_audit *audit, const char *fmt, ...)
{
    SAY(audit, FOUND_OWN_ERROR, fmt);
}

static bool has(const struct own_guards *own, const dw_guard *g)
{
    for (size_t i = 0; i < own->n; i++)
        if (own->v[i].guard == g)
            return true;
    return false;
}

/* Whether a route before `at`, or the application as a whole, has it too: then it was told. */
static bool was_told(const struct route_table *routes, size_t at, const dw_guard *g)
{
    if (has(&routes->fallback.own_guards, g))
        return true;
    for (size_t i = 0; i < at; i++)
        if (has(&routes->plans[i].own_guards, g))
            return true;
    return false;
}

static void tell(const struct own_guard *own, struct audit *audit)
{
    static const char *const phases[] = {"", "early", "head", "body", "after"};
    static const char *const where[] = {"", "application", "blueprint", "route"};
    const dw_guard *g = own->guard;
    dw_audit to = {audit, g->name};

    dw__audit_say(audit, FOUND_OWN_GUARD, NULL, "%s: a guard of the %s's own (%s): %s", g->name,
                  where[own->from], phases[g->phase], g->why);
    if (g->audit != NULL)
        g->audit(&to);
}

void dw__own_audit(const struct guard_env *env, struct audit *audit)
{
    const struct route_table *routes = env->routes;

    for (size_t i = 0; i < routes->fallback.own_guards.n; i++)
        tell(&routes->fallback.own_guards.v[i], audit);
    for (size_t i = 0; i < routes->n_plans; i++)
        for (size_t k = 0; k < routes->plans[i].own_guards.n; k++)
            if (!was_told(routes, i, routes->plans[i].own_guards.v[k].guard))
                tell(&routes->plans[i].own_guards.v[k], audit);
}

guard_errors dw__own_refuse(const struct route_plan *plan)
{
    guard_errors errors = 0;

    for (size_t i = 0; i < plan->own_guards.n; i++) {
        const dw_err *refuses = plan->own_guards.v[i].guard->refuses;

        for (size_t k = 0; refuses != NULL && refuses[k] != DW_OK; k++)
            errors |= dw__guard_error(refuses[k]);
    }
    return errors;
}
