/* guard/cors.c -- which pages of other origins may call a route, and read what it says (Fetch §3.2; the rules are route/cors.c).
 *
 * It only ever opens: a browser keeps everything from other origins that no header here gives to them.  What may be done with a session is another
 * list (guard/csrf.c).  Every reply of a route that has a rule says Vary: Origin, errors and refusals too, whatever stage they come from, so that no cache gives
 * one origin's reply to another, and a script can read why it was refused.
 *
 * Must never: say an origin that no rule names, "null", or `*` with credentials; answer a preflight with more than its rule; put bytes of a request into a
 * header but an origin that matched. */
#include "guard/cors.h"

#include "base/log.h"
#include "base/text.h"
#include "http/precondition.h"

static dw_text field(const dw_req *req, const char *name)
{
    return dw__req_single_field(req, dw__text_of(name));
}

/* What cannot be said for lack of memory is left out, and the connection with it. */
static void put(dw_req *req, const char *name, dw_text value)
{
    if (value.n > 0 && dw__reply_header(req, dw__text_of(name), value) != DW_OK)
        req->reply.close = true;
}

/* ---- preflights ---- */

bool dw__cors_is_preflight(const dw_req *req)
{
    return req->head.method == HTTP_OPTIONS && req->head.known[HTTP_ORIGIN].p != NULL &&
           field(req, "access-control-request-method").p != NULL;
}

static enum http_method method_named(dw_text name)
{
    for (enum http_method m = HTTP_GET; m < HTTP_OPTIONS; m++)
        if (dw__text_eq(name, dw__text_of(dw__method_name(m))))
            return m == HTTP_HEAD ? HTTP_GET : m;
    return HTTP_UNKNOWN;
}

/* The route that the question is about; one of another method says in its reply that this one is not allowed. */
static const struct route_plan *asked_of(const struct guard_env *env, dw_req *req,
                                         const struct route_match *found)
{
    enum http_method method = method_named(field(req, "access-control-request-method"));
    struct route_match match = {.plan = NULL};

    if (method != HTTP_UNKNOWN)
        dw__route_tree_match(env->routes->tree, method, req->path, &match);
    return match.plan != NULL ? match.plan : found->other;
}

static dw_err refuse(dw_req *req, const char *why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "cors.refused",
              DW_KV(origin, req->head.known[HTTP_ORIGIN]), DW_KV(why, why));
    return dw_req_fail(req, DW_CROSS_SITE, "Pages of that origin may not call this");
}

dw_err dw__cors_preflight(const struct guard_env *env, dw_req *req, const struct route_match *found)
{
    const struct route_plan *plan = asked_of(env, req, found);

    req->cors = plan->cors;
    if (plan->cors == NULL)
        return refuse(req, "the route has no .cors");
    if (!dw__cors_allows(plan->cors, field(req, "origin")))
        return refuse(req, "the route's .cors does not name the origin");
    req->preflight = plan;
    return dw__reply_send(req, 204, (dw_text){0}, (dw_text){0});
}

/* ---- every reply ---- */

void dw__cors_find(const struct guard_env *env, dw_req *req)
{
    enum http_method method = req->head.method == HTTP_HEAD ? HTTP_GET : req->head.method;
    const struct route_plan *plan;
    struct route_match match;

    if (dw__cors_is_preflight(req))
        method = method_named(field(req, "access-control-request-method"));
    dw__route_tree_match(env->routes->tree, method, req->path, &match);
    plan = match.plan != NULL ? match.plan : match.other;
    req->cors = plan != NULL ? plan->cors : dw__cors_scope(&env->routes->cors, req->path);
}

/* Behind the guard of the headers, which lets nobody but this one say them. */
static void say_allowed(const struct guard_env *env, dw_req *req)
{
    const struct route_plan *plan = req->preflight;

    put(req, "Access-Control-Allow-Methods", plan->cors_methods);
    put(req, "Access-Control-Allow-Headers", plan->cors->headers);
    put(req, "Access-Control-Max-Age", env->routes->cors.max_age);
    if (plan->cors->private_network != NULL &&
        dw__text_is(field(req, "access-control-request-private-network"), "true"))
        put(req, "Access-Control-Allow-Private-Network", DW_TEXT("true"));
}

static void after(const struct guard_env *env, dw_req *req)
{
    const struct cors *cors = req->cors;
    dw_text origin;

    if (dw__cors_is_preflight(req))
        put(req, "Vary", DW_TEXT("Origin, Access-Control-Request-Method, Access-Control-Request-Headers"));
    else if (cors != NULL)
        put(req, "Vary", DW_TEXT("Origin"));
    if (cors == NULL)
        return;
    origin = field(req, "origin");
    if (!dw__cors_allows(cors, origin))
        return;
    put(req, "Access-Control-Allow-Origin", cors->any ? DW_TEXT("*") : origin);
    if (cors->credentials)
        put(req, "Access-Control-Allow-Credentials", DW_TEXT("true"));
    if (req->preflight != NULL)
        say_allowed(env, req);
    else
        put(req, "Access-Control-Expose-Headers", cors->expose);
}

/* ---- what `check` says ---- */

static void tell_origins(const struct cors *cors, struct buf *out)
{
    if (cors->any)
        dw__buf_lit(out, "every origin");
    for (size_t i = 0; !cors->any && i < cors->n; i++)
        dw__buf_format(out, "%s%.*s", i > 0 ? ", " : "", DW_FMT(cors->rules[i].text));
    if (cors->n == 0 && !cors->any)
        dw__buf_lit(out, "nobody, until CORS_ORIGINS names some");
    if (cors->credentials)
        dw__buf_lit(out, ", with credentials");
}

void dw__cors_describe(const struct cors *cors, struct buf *out)
{
    tell_origins(cors, out);
    dw__buf_format(out, ": %s", cors->said->why);
    if (cors->private_network != NULL)
        dw__buf_format(out, "; into a private network: %s", cors->private_network);
}

static void tell(const struct route_plan *plan, struct audit *audit)
{
    char text[400];
    struct buf out;

    dw__buf_init_fixed(&out, text, sizeof text);
    dw__cors_describe(plan->cors, &out);
    if (out.failed) {
        dw__buf_init_fixed(&out, text, sizeof text);
        dw__buf_format(&out, "%zu origins", plan->cors->n);
    }
    dw__audit_say(audit, FOUND_CORS_OPEN, plan->route->where, "%s %.*s is open to pages of %.*s",
                  plan->method, DW_FMT(plan->pattern), (int)out.n, out.p);
}

static void warn_of_plain(const struct cors *cors, struct audit *audit)
{
    for (size_t i = 0; i < cors->n; i++)
        if (dw__origin_rule_is_plain(&cors->rules[i]))
            dw__audit_say(
                audit, FOUND_CORS_PLAIN, NULL,
                "%.*s begins with http:, so whoever is on the way to it can be it; name it with https:",
                DW_FMT(cors->rules[i].text));
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (const struct cors *cors = env->routes->cors.first; cors != NULL; cors = cors->next)
        warn_of_plain(cors, audit);
    for (size_t i = 0; i < env->routes->n_plans; i++)
        if (env->routes->plans[i].cors != NULL)
            tell(&env->routes->plans[i], audit);
}

const struct guard dw__guard_cors = {"cors", NULL, after, audit, NULL};
