/* route/plan.c -- from the tables that the application wrote to the plans that requests follow.
 *
 * Must never: guess. A field without a source, a placeholder without a field, an opening without a reason and a route that
 * nobody can reach are refused here, all of them in one go, each with a sentence. */
#include "route/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "route/credentials.h"
#include "route/csp.h"
#include "route/inherit.h"
#include "route/limit.h"
#include "route/sources.h"
#include "route/vary.h"

#define REASON_MIN 8u

const char *dw__method_name(enum http_method method)
{
    static const char *const names[] = {"-", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    return (unsigned)method < sizeof names / sizeof names[0] ? names[method] : "-";
}

enum http_method dw__method_of(dw_method method)
{
    switch (method) {
    case DW_M_GET: return HTTP_GET;
    case DW_M_POST: return HTTP_POST;
    case DW_M_PUT: return HTTP_PUT;
    case DW_M_PATCH: return HTTP_PATCH;
    case DW_M_DELETE: return HTTP_DELETE;
    }
    return HTTP_UNKNOWN;
}

/* One line of findings about `plan`. */
static void say(struct buf *why, const struct route_plan *plan, const char *what)
{
    dw__buf_format(why, "route %s %.*s: %s\n", plan->method, DW_FMT(plan->pattern), what);
}

static bool reason_missing(const char *reason)
{
    return reason == NULL || strlen(reason) < REASON_MIN;
}

/* A header value that is written as it stands. */
static bool header_value_ok(const char *value)
{
    if (*value == '\0')
        return false;
    for (const char *p = value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            return false;
    return true;
}

/* What field `name` of a schema makes of a parameter; false when it cannot be one. */
static bool kind_in(const struct schema_plan *in, dw_text name, enum param_kind *kind)
{
    int i = in != NULL ? dw__schema_field(in, name) : -1;

    if (i < 0)
        return false;
    *kind = in->fields[i].type.kind == DW_KIND_INT64 ? PARAM_INT64 : PARAM_TEXT;
    switch (in->fields[i].type.kind) {
    case DW_KIND_SECRET: /* would be in every log */
    case DW_KIND_DOUBLE: /* have no one spelling */
    case DW_KIND_BOOL:
    case DW_KIND_OBJECT:
    case DW_KIND_JSON:
    case DW_KIND_MAP:
    case DW_KIND_LIST: return false;
    default: return true;
    }
}

/* A parameter is a field of the input, of a loader's key, or of both: then all are of one kind. */
static bool param_kind(const void *arg, dw_text name, enum param_kind *kind)
{
    const struct route_plan *plan = arg;
    bool known = kind_in(plan->in, name, kind);
    enum param_kind other;

    for (size_t i = 0; i < plan->loads.n; i++) {
        if (!kind_in(plan->loads.v[i].key, name, &other))
            continue;
        if (known && other != *kind)
            return false;
        *kind = other;
        known = true;
    }
    return known;
}

static void plan_options(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                         const struct plan_defaults *defaults, struct buf *why)
{
    const dw_route *route = plan->route;
    const char *csp_fault;

    plan->scopes = route->scopes != 0 ? route->scopes : bp->scopes;
    plan->scopes_from = route->scopes != 0 ? FROM_ROUTE : FROM_BLUEPRINT;
    plan->max_body = DW__INHERIT(max_body, route, bp, app, defaults->max_body, &plan->max_body_from);
    plan->deadline_ms = DW__INHERIT(deadline_ms, route, bp, app, defaults->deadline_ms, &plan->deadline_from);
    plan->errors = DW__INHERIT(errors, route, bp, app, DW_ERRORS_DEWAR, NULL);
    plan->cache_control = DW__INHERIT(cacheable, route, bp, app, NULL, &plan->cache_from);
    plan->csp = DW__INHERIT(csp, route, bp, app, NULL, &plan->csp_from);
    plan->cache_why = DW__REASON(cacheable_why, route, bp, app, plan->cache_from);
    plan->csp_why = DW__REASON(csp_why, route, bp, app, plan->csp_from);
    plan->framed = plan->csp != NULL && dw__csp_lets_frame(plan->csp);
    if (plan->cache_control != NULL && reason_missing(plan->cache_why))
        say(why, plan, ".cacheable needs .cacheable_why, a reason of at least 8 characters");
    if (plan->csp != NULL && reason_missing(plan->csp_why))
        say(why, plan, ".csp needs .csp_why, a reason of at least 8 characters");
    if ((plan->cache_control != NULL && !header_value_ok(plan->cache_control)) ||
        (plan->csp != NULL && !header_value_ok(plan->csp))) {
        say(why, plan, "a header value (.csp or .cacheable) holds a control character, or nothing");
        plan->cache_control = plan->csp = NULL;
    }
    csp_fault = plan->csp != NULL ? dw__csp_fault(plan->csp) : NULL;
    if (csp_fault != NULL)
        dw__buf_format(why, "route %s %.*s: Content-Security-Policy (.csp): %s\n", plan->method,
                       DW_FMT(plan->pattern), csp_fault);
}

/* A policy that browsers only try, and tell somebody about. */
static void plan_report_only(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                             struct buf *why)
{
    const char *policy =
        DW__INHERIT(csp_report_only, plan->route, bp, app, NULL, &plan->csp_report_only_from);
    const char *fault;

    if (policy == NULL)
        return;
    fault =
        header_value_ok(policy) ? dw__csp_report_fault(policy) : "it holds a control character, or nothing";
    if (fault != NULL)
        dw__buf_format(why, "route %s %.*s: Content-Security-Policy-Report-Only (.csp_report_only): %s\n",
                       plan->method, DW_FMT(plan->pattern), fault);
    else
        plan->csp_report_only = policy;
}

/* Each route that has such a limit counts by itself, wherever the limit came from. */
static void plan_at_once(struct route_plan *plan, struct route_table *table, const dw_app *app,
                         const dw_blueprint *bp, struct buf *why)
{
    plan->at_once = DW__INHERIT(at_once, plan->route, bp, app, 0, &plan->at_once_from);
    if (plan->at_once == 0)
        return;
    if (table->n_at_once == DW__AT_ONCE_ROUTES)
        say(why, plan, ".at_once counts 256 routes at most");
    else
        plan->at_once_number = table->n_at_once++;
}

static void plan_corp(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp, struct buf *why)
{
    plan->corp = DW__INHERIT(corp, plan->route, bp, app, DW_CORP_SAME_ORIGIN, &plan->corp_from);
    plan->corp_why = DW__REASON(corp_why, plan->route, bp, app, plan->corp_from);
    if ((unsigned)plan->corp > DW_CORP_CROSS_ORIGIN)
        say(why, plan, ".corp is none of enum dw_corp");
    else if (plan->corp != DW_CORP_SAME_ORIGIN && reason_missing(plan->corp_why))
        say(why, plan, ".corp needs .corp_why, a reason of at least 8 characters");
}

/* The error handlers that count for the route, the closest first. */
static void plan_errors(struct route_plan *plan, struct route_table *table, const dw_blueprint *bp,
                        struct buf *why)
{
    char route[256], blueprint[256];

    (void)snprintf(route, sizeof route, "route %s %.*s", plan->method, DW_FMT(plan->pattern));
    (void)snprintf(blueprint, sizeof blueprint, "blueprint \"%s\"", bp->prefix);
    plan->error_scopes = (struct error_scopes){{
        dw__error_rules_get(&table->error_rules, plan->route->on_error, table->schemas, route, why),
        dw__error_rules_get(&table->error_rules, bp->on_error, table->schemas, blueprint, why),
        table->fallback.error_scopes.rules[DW__ERROR_SCOPES - 1],
    }};
    if (plan->errors == DW_ERRORS_OAUTH && plan->route->on_error != NULL)
        say(why, plan, "with DW_ERRORS_OAUTH errors have the form of RFC 6749: .on_error is never asked");
}

static void plan_guards(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp, struct buf *why)
{
    char where[256];

    (void)snprintf(where, sizeof where, "route %s %.*s", plan->method, DW_FMT(plan->pattern));
    dw__own_guards_plan(&plan->own_guards, app->guards, bp->guards, plan->route->guards, where, why);
}

static size_t count_names(const char *const *names)
{
    size_t n = 0;

    while (names != NULL && names[n] != NULL)
        n++;
    return n;
}

static void plan_policy(const struct route_plan *plan, const dw_app *app, struct buf *why)
{
    const dw_route *route = plan->route;
    size_t n_roles = count_names(app->roles);

    switch (plan->allow.kind) {
    case DW_ALLOW_NOBODY:
        say(why, plan, "no policy: say DW_PUBLIC(reason), DW_ANY_USER or DW_ROLES(…)");
        break;
    case DW_ALLOW_SIGNED: break;
    case DW_ALLOW_PUBLIC:
        if (reason_missing(plan->allow.why))
            say(why, plan, "DW_PUBLIC needs a reason of at least 8 characters");
        break;
    case DW_ALLOW_ROLES:
        if (plan->allow.roles == 0 || (n_roles < 64 && plan->allow.roles >> n_roles != 0))
            say(why, plan, "a role that dw_app.roles does not name");
        __attribute__((fallthrough));
    case DW_ALLOW_USER:
        if (app->principal == NULL)
            say(why, plan, "wants a signed-in caller, but dw_app.principal is not set");
        break;
    }
    if (plan->out != NULL && n_roles < 64 && plan->out->view_roles >> n_roles != 0)
        say(why, plan, "a field of its output is for a role that dw_app.roles does not name");
    if (route->raw != NULL && reason_missing(route->raw))
        say(why, plan, ".raw needs a reason of at least 8 characters");
    if (route->raw != NULL && plan->out != NULL)
        say(why, plan, ".raw is for handlers declared with DW_RAW");
    if (route->writes != NULL && (dw__method_has_body(route->method) || reason_missing(route->writes)))
        say(why, plan, ".writes is the reason why a GET writes, of at least 8 characters");
}

static void plan_mfa(struct route_plan *plan, const dw_app *app, struct buf *why)
{
    plan->has_mfa = app->mfa != NULL;
    if (plan->route->without_mfa == NULL)
        return;
    if (reason_missing(plan->route->without_mfa))
        say(why, plan, ".without_mfa is the reason why it wants no second factor, of at least 8 characters");
    if (!plan->has_mfa || !dw__plan_wants_caller(plan))
        say(why, plan,
            ".without_mfa is for routes that want a caller, of an application with second factors "
            "(dw_app.mfa)");
}

static void plan_keys(const struct route_plan *plan, const dw_app *app, struct buf *why)
{
    size_t n_scopes = count_names(app->scopes);

    if ((plan->by & DW_API_KEY) != 0 && app->api_keys == NULL)
        say(why, plan, ".by counts DW_API_KEY, which needs dw_app.api_keys: see <dw/api_key.h>");
    if (n_scopes < 64 && plan->scopes >> n_scopes != 0)
        say(why, plan, "a scope that dw_app.scopes does not name");
    if (plan->scopes != 0 && plan->scopes_from == FROM_ROUTE && !dw__plan_wants_caller(plan))
        say(why, plan, ".scopes limits callers, and nobody is asked who they are on this route");
}

/* A header that declares settings is in every file that includes it: the same ones are several tables. */
static bool are_settings_of(const dw_schema *schema, const dw_schema *of)
{
    return strcmp(schema->name, of->name) == 0 && schema->size == of->size &&
           schema->n_fields == of->n_fields;
}

static void plan_signed(struct route_plan *plan, const dw_app *app, struct buf *why)
{
    const dw_webhook *hook = plan->allow.webhook;

    if (plan->allow.kind != DW_ALLOW_SIGNED)
        return;
    if (plan->route->by != 0)
        say(why, plan, ".by counts credentials, and a signed route has no caller");
    plan->by = 0;
    if (app->webhooks == NULL)
        say(why, plan, "DW_SIGNED needs dw_app.webhooks: see <dw/webhook.h>");
    if (hook == NULL || app->settings == NULL ||
        !are_settings_of(hook->settings->schema, app->settings->schema))
        say(why, plan, "DW_SIGNED has its secrets in a field of dw_app.settings");
    if (!dw__method_has_body(plan->route->method) || !plan->typed_reply || plan->route->idempotent)
        say(why, plan,
            "DW_SIGNED is for handlers declared with DW_HANDLER, of a method with a body, and without "
            ".idempotent");
}

static void plan_repeats(const struct route_plan *plan, const dw_app *app, struct buf *why)
{
    if (!plan->route->idempotent)
        return;
    if (app->repeats == NULL)
        say(why, plan, ".idempotent needs dw_app.repeats: see <dw/repeat.h>");
    if (plan->route->method == DW_M_GET)
        say(why, plan, ".idempotent is for methods that write");
    if (plan->out != NULL && plan->out->view_roles != 0)
        say(why, plan, ".idempotent keeps the reply, so it cannot have a field with .visible_to");
    if (!dw__plan_wants_caller(plan))
        say(why, plan, ".idempotent needs a caller whose key it is, and anyone may use this route");
    if (plan->route->raw != NULL || !plan->typed_reply)
        say(why, plan,
            ".idempotent is for handlers declared with DW_HANDLER: what they read and reply is known as a "
            "whole");
}

static void plan_schemas(struct route_plan *plan, struct route_table *table, struct buf *why)
{
    const dw_handler *handler = plan->route->handler;

    if (dw__schema_plans_get(table->schemas, handler->in, &plan->in, why) != DW_OK)
        dw__buf_lit(why, "\n");
    if (handler->out == NULL || strcmp(handler->out->name, "dw_nothing") == 0)
        return;
    if (dw__schema_plans_get(table->schemas, handler->out, &plan->out, why) != DW_OK ||
        dw__schema_check_output(plan->out, why) != DW_OK)
        dw__buf_lit(why, "\n");
}

static void plan_compile(struct route_plan *plan, struct route_table *table, const dw_app *app,
                         const dw_blueprint *bp, const struct plan_defaults *defaults, struct buf *why)
{
    const dw_route *route = plan->route;
    size_t before = why->n;

    plan->method = dw__method_name(dw__method_of(route->method));
    plan->allow = route->allow;
    plan->typed_reply = route->handler->out != NULL;
    plan->read_only =
        !dw__method_has_body(route->method) && route->method != DW_M_DELETE && route->writes == NULL;
    plan->body = route->body != DW_BODY_DEFAULT ? route->body : DW_BODY_JSON;
    plan_schemas(plan, table, why);
    if (plan->in == NULL)
        return;
    plan->status = route->status != 0                       ? route->status
                   : plan->typed_reply && plan->out == NULL ? 204
                   : route->method == DW_M_POST             ? 201
                                                            : 200;
    dw__plan_sources(plan, why);
    dw__plan_loads(plan, table, defaults->inventory, why);
    plan_options(plan, app, bp, defaults, why);
    plan_report_only(plan, app, bp, why);
    plan_at_once(plan, table, app, bp, why);
    plan_corp(plan, app, bp, why);
    dw__plan_credentials(plan, app, bp, why);
    dw__plan_limit(plan, app, bp, defaults, why);
    plan->limited_globally = table->global.n > 0;
    dw__plan_cors(plan, &table->cors, app, bp, defaults, why);
    plan_errors(plan, table, bp, why);
    plan_guards(plan, app, bp, why);
    plan_policy(plan, app, why);
    plan_mfa(plan, app, why);
    plan_keys(plan, app, why);
    plan_signed(plan, app, why);
    plan_repeats(plan, app, why);
    dw__header_blocks_get(table->blocks, plan->cache_control, plan->csp, plan->csp_report_only, plan->corp,
                          &plan->headers);
    if (why->n == before && dw__route_tree_add(table->tree, dw__method_of(route->method), plan->pattern, plan,
                                               param_kind, plan, why) != DW_OK)
        dw__buf_lit(why, "\n");
}

static size_t count_routes(const dw_app *app)
{
    size_t n = 0;

    for (size_t b = 0; app->blueprints != NULL && app->blueprints[b] != NULL; b++)
        n += app->blueprints[b]->n_routes;
    return n;
}

static dw_text join_pattern(const char *prefix, const char *path)
{
    /* "/v1" + "/" is "/v1": a path never ends with '/', but for the root. */
    bool root = strcmp(path, "/") == 0 && *prefix != '\0';
    size_t a = strlen(prefix), b = root ? 0 : strlen(path);
    char *p = malloc(a + b + 1);

    DW__CHECK(p != NULL);
    memcpy(p, prefix, a);
    memcpy(p + a, path, b);
    p[a + b] = '\0';
    return (dw_text){p, a + b};
}

static void fallback_init(struct route_table *table, const dw_app *app, const struct plan_defaults *defaults,
                          struct buf *why)
{
    table->fallback = (struct route_plan){
        .pattern = DW_TEXT_INIT("-"),
        .method = "-",
        .allow = {.kind = DW_ALLOW_NOBODY},
        .status = 404,
        .read_only = true,
        .deadline_ms = defaults->deadline_ms,
        .errors = app->errors == DW_ERRORS_PROBLEM ? DW_ERRORS_PROBLEM : DW_ERRORS_DEWAR,
    };
    table->fallback.error_scopes.rules[DW__ERROR_SCOPES - 1] =
        dw__error_rules_get(&table->error_rules, app->on_error, table->schemas, "the application", why);
    dw__header_blocks_get(table->blocks, NULL, NULL, NULL, DW_CORP_SAME_ORIGIN, &table->fallback.headers);
    dw__own_guards_plan(&table->fallback.own_guards, app->guards, NULL, NULL, "the application", why);
}

static bool is_taken(const struct route_table *table, const dw_route *route, dw_text pattern)
{
    for (size_t i = 0; i < table->n_plans; i++)
        if (table->plans[i].route->method == route->method && dw__text_eq(table->plans[i].pattern, pattern))
            return true;
    return false;
}

static void add_route(struct route_table *table, const dw_app *app, const dw_blueprint *bp,
                      const dw_route *route, const struct plan_defaults *defaults, struct buf *why)
{
    struct route_plan *plan = &table->plans[table->n_plans];
    dw_text pattern = join_pattern(bp->prefix, route->path);

    if (bp == defaults->own && is_taken(table, route, pattern)) {
        free((void *)(uintptr_t)pattern.p);
        return;
    }
    table->n_plans++;
    plan->route = route;
    plan->blueprint = bp;
    plan->pattern = pattern;
    plan_compile(plan, table, app, bp, defaults, why);
}

static void add_blueprint(struct route_table *table, const dw_app *app, const dw_blueprint *bp,
                          const struct plan_defaults *defaults, struct buf *why)
{
    for (size_t r = 0; r < bp->n_routes; r++)
        add_route(table, app, bp, &bp->routes[r], defaults, why);
}

dw_err dw__route_table_new(struct route_table **out, const dw_app *app, const struct plan_defaults *defaults,
                           struct buf *why)
{
    struct route_table *table = calloc(1, sizeof *table);
    size_t before = why->n, n = count_routes(app);

    DW__CHECK(table != NULL);
    table->tree = dw__route_tree_new();
    table->blocks = dw__header_blocks_new();
    table->schemas = calloc(1, sizeof *table->schemas);
    table->plans =
        calloc(n + (defaults->own != NULL ? defaults->own->n_routes : 0) + 1, sizeof *table->plans);
    DW__CHECK(table->plans != NULL && table->schemas != NULL);
    dw__schema_plans_init(table->schemas);
    dw__cors_table_init(&table->cors, defaults);
    dw__redirects_plan(&table->redirects, app, why);
    fallback_init(table, app, defaults, why);
    dw__plan_limit_global(&table->global, app, defaults, why);
    for (size_t b = 0; app->blueprints != NULL && app->blueprints[b] != NULL; b++)
        add_blueprint(table, app, app->blueprints[b], defaults, why);
    if (n == 0)
        dw__buf_lit(why, "the application has no routes\n");
    if (defaults->own != NULL)
        add_blueprint(table, app, defaults->own, defaults, why);
    for (size_t i = 0; i < table->n_plans; i++)
        dw__plan_vary(&table->plans[i]);
    dw__cors_finish(table, app);
    dw__plan_limits_shared(table->plans, table->n_plans, why);
    if (why->n != before || why->failed) {
        dw__route_table_free(table);
        *out = NULL;
        return DW_BAD_REQUEST;
    }
    *out = table;
    return DW_OK;
}

static void plan_release(struct route_plan *plan)
{
    free((void *)(uintptr_t)plan->pattern.p);
    free((void *)(uintptr_t)plan->vary.p);
    dw__route_loads_release(&plan->loads);
    dw__own_guards_release(&plan->own_guards);
}

void dw__route_table_free(struct route_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_plans; i++)
        plan_release(&table->plans[i]);
    free(table->plans);
    dw__own_guards_release(&table->fallback.own_guards);
    dw__route_tree_free(table->tree);
    dw__header_blocks_free(table->blocks);
    dw__cors_table_release(&table->cors);
    dw__redirects_release(&table->redirects);
    dw__error_rules_free(table->error_rules);
    dw__schema_plans_release(table->schemas);
    free(table->schemas);
    free(table);
}
