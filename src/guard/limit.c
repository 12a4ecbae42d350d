/* guard/limit.c -- not too often: the limits of the route (route/limit.c), counted in the table that all workers share.
 *
 * Behind the credentials, so that a caller is counted as such wherever it comes from, and before the roles, so that what is denied
 * counts too.  Of several limits all must let a request through; one that does not is not charged, nor are the others.  Who has no
 * address (a Unix socket) shares one count with all others that have none: an unknown key falls to a limit, never to none. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/ip.h"
#include "guard/guard.h"
#include "guard/rate_table.h"

#define SECOND_NS UINT64_C(1000000000)
#define HEADER_MAX 192

enum kind { KIND_CALLER = 1, KIND_ADDRESS };

/* What is said of it in the reply: the limit that has least left, or that refused. */
struct limited {
    const struct rate *rate;
    struct rate_answer answer;
};

static struct rate_key key_of(const dw_req *req, const struct plan_limit *limit)
{
    struct rate_key key = {.limit = limit->identity};
    const dw_principal *who = limit->by == DW_RATE_BY_CALLER ? req->ctx.principal : NULL;
    struct ip_counted address;

    if (who != NULL) {
        key.kind = KIND_CALLER;
        memcpy(key.who, &who->id, sizeof who->id);
        return key;
    }
    address = dw__ip_counted(req->peer.text);
    key.kind = KIND_ADDRESS;
    memcpy(key.who, &address, sizeof address);
    return key;
}

/* The key of the i-th of several limits. */
static struct rate_key nth(struct rate_key key, size_t i)
{
    key.limit += i * UINT64_C(0x9e3779b97f4a7c15);
    return key;
}

static void give_back(struct rate_table *table, const struct rate_key *key, const struct plan_limit *limit,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct rate_key one = nth(*key, i);

        dw__rate_give(table, &one, &limit->rates[i]);
    }
}

static dw_err refuse(dw_req *req, const struct plan_limit *limit, const struct limited *by)
{
    uint64_t seconds = (by->answer.wait_ns + SECOND_NS - 1) / SECOND_NS;

    req->retry_after_s = seconds > 0 ? (uint32_t)seconds : 1;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "limit.exceeded",
              DW_KV(limit, dw__text_of(limit->text)));
    return DW_TOO_MANY;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const struct plan_limit *limit = &req->plan->limit;
    struct rate_table *table = req->ctx.services->rates;
    struct limited *found;
    struct rate_key key;

    (void)env, (void)guarded;
    if (limit->n == 0)
        return DW_OK;
    found = dw__arena_zalloc(&req->arena, sizeof *found);
    if (table == NULL || found == NULL)
        return DW_UNAVAILABLE;
    key = key_of(req, limit);
    req->limited = found;
    for (size_t i = 0; i < limit->n; i++) {
        const struct rate_key one = nth(key, i);
        struct rate_answer answer = dw__rate_take(table, &one, &limit->rates[i], req->ctx.clock->mono_ns);

        if (i == 0 || !answer.allowed || answer.remaining < found->answer.remaining)
            *found = (struct limited){&limit->rates[i], answer};
        if (!answer.allowed) {
            give_back(table, &key, limit, i);
            return refuse(req, limit, found);
        }
    }
    return DW_OK;
}

/* ---- what a reply says ---- */

/* What cannot be said for lack of memory is left out, and the connection with it. */
static void say(dw_req *req, dw_text name, dw_text value)
{
    if (value.p == NULL || dw__reply_header(req, name, value) != DW_OK)
        req->reply.close = true;
}

/* Every limit of the route, in the words of draft-ietf-httpapi-ratelimit-headers: q in w seconds. */
static void say_policy(dw_req *req, const struct plan_limit *limit)
{
    char text[HEADER_MAX];
    size_t n = 0;

    for (size_t i = 0; i < limit->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%u/%us\";q=%u;w=%u", i > 0 ? ", " : "",
                              limit->rates[i].count, limit->rates[i].seconds, limit->rates[i].count,
                              limit->rates[i].seconds);
    say(req, DW_TEXT("RateLimit-Policy"), dw__arena_text(&req->arena, (dw_text){text, n}));
}

static void after(const struct guard_env *env, dw_req *req)
{
    const struct limited *found = req->limited;
    unsigned left, full;

    (void)env;
    if (found == NULL || found->rate == NULL)
        return;
    left = found->answer.allowed ? found->answer.remaining : 0;
    full = (unsigned)((found->answer.full_ns + SECOND_NS - 1) / SECOND_NS);
    say_policy(req, &req->plan->limit);
    say(req, DW_TEXT("RateLimit"),
        dw__arena_format(&req->arena, "\"%u/%us\";r=%u;t=%u", found->rate->count, found->rate->seconds, left,
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
            dw__audit_say(audit, FINDING_NOTE, "limit", "%s %.*s has no limit: %s", plan->method,
                          DW_FMT(plan->pattern), plan->limit.why_not);
    }
}

const struct guard dw__guard_limit = {"limit", before, after, audit, refuses};
