/* app/cmd_routes.c -- `routes`: what the application allows, printed without running a request. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "guard/cors.h"
#include "route/limit.h"

static const char *origin_name(enum plan_origin origin)
{
    static const char *const names[] = {"default", "application", "blueprint", "route"};

    return names[origin];
}

/* " editor admin": the names of a bit set. */
static void print_names(const char *const *names, uint64_t set)
{
    for (unsigned i = 0; i < 64 && names[i] != NULL; i++)
        if (set >> i & 1)
            printf(" %s", names[i]);
}

/* "public: reason", "any user", "roles editor admin". */
static void print_policy(const struct route_plan *plan, const dw_app *app)
{
    switch (plan->allow.kind) {
    case DW_ALLOW_PUBLIC: printf("public: %s", plan->allow.why); return;
    case DW_ALLOW_USER: printf("any user"); return;
    case DW_ALLOW_ROLES:
        printf("roles");
        print_names(app->roles, plan->allow.roles);
        return;
    case DW_ALLOW_SIGNED: printf("signed: %s", plan->allow.webhook->name); return;
    case DW_ALLOW_NOBODY: printf("nobody"); return;
    }
}

/* "    on 404        lost, a page (blueprint)" for each row of the tables that count here. */
static void print_error_rule(const struct error_rule *rule, enum plan_origin from)
{
    static const char *const kinds[] = {
        [DW_ERROR_IS_JSON] = "JSON", [DW_ERROR_IS_PROBLEM] = "a problem", [DW_ERROR_IS_PAGE] = "a page"};
    char on[64];

    if (rule->status != 0)
        (void)snprintf(on, sizeof on, "on %d", rule->status);
    else
        (void)snprintf(on, sizeof on, "on %s", rule->err != DW_OK ? dw_err_code(rule->err) : "any error");
    printf("    %-13s %s, %s (%s)\n", on, rule->handler->name, kinds[rule->handler->kind], origin_name(from));
}

static void print_error_handlers(const struct route_plan *plan)
{
    static const enum plan_origin origins[DW__ERROR_SCOPES] = {FROM_ROUTE, FROM_BLUEPRINT, FROM_APP};

    for (size_t i = 0; i < DW__ERROR_SCOPES && plan->errors != DW_ERRORS_OAUTH; i++) {
        const struct error_rules *rules = plan->error_scopes.rules[i];

        for (size_t k = 0; rules != NULL && k < rules->n; k++)
            print_error_rule(&rules->v[k], origins[i]);
    }
}

/* "JSON, form or multipart": what the body of a route may be. */
static void print_body(const struct route_plan *plan)
{
    static const char *const names[] = {"",
                                        "JSON",
                                        "form",
                                        "JSON or form",
                                        "multipart",
                                        "JSON or multipart",
                                        "form or multipart",
                                        "JSON, form or multipart"};

    printf("    body          %s up to %zu bytes (%s)\n", plan->route->raw ? "raw" : names[plan->body & 7],
           plan->max_body, origin_name(plan->max_body_from));
}

static void print_limit(const struct route_plan *plan)
{
    const struct plan_limit *limit = &plan->limit;

    if (limit->why_not != NULL)
        printf("    rate          none (route): %s\n", limit->why_not);
    else if (limit->n > 0)
        printf("    rate          %.*s for each %s (%s)\n", DW_FMT(limit->text), dw__limit_by_name(limit),
               limit->setting != NULL ? limit->setting : origin_name(limit->from));
}

/* "    loads         card_of_path by card_by_id", and below it who may have it. */
static void print_loads(const struct route_plan *plan)
{
    const struct route_loads *loads = &plan->loads;
    size_t p = 0;

    for (size_t i = 0; i < loads->n; i++) {
        const dw_loader *loader = loads->v[i].loader;

        printf("    loads         %s, by %s\n", loader->name,
               loader->query != NULL ? loader->query->name : "a function");
        for (; p < loads->n_policies && loads->policies[p].load == i; p++)
            printf("    may           %s, else %d: %s\n", loads->policies[p].policy->name,
                   loads->policies[p].policy->refused_as == DW_NOT_FOUND ? 404 : 403,
                   loads->policies[p].policy->why);
    }
}

static void print_guards(const struct own_guards *own)
{
    static const char *const phases[] = {"", "early", "head", "body", "after"};

    for (size_t i = 0; i < own->n; i++)
        printf("    guard         %s, %s (%s): %s\n", own->v[i].guard->name, phases[own->v[i].guard->phase],
               origin_name(own->v[i].from), own->v[i].guard->why);
}

/* "    credentials   bearer, API key (route)": what callers may come by. */
static void print_credentials(const struct route_plan *plan)
{
    static const struct {
        unsigned flag;
        const char *name;
    } kinds[] = {{DW_BEARER, "bearer"}, {DW_SESSION, "session"}, {DW_API_KEY, "API key"}};
    const char *comma = "";

    if (!dw__plan_wants_caller(plan))
        return;
    printf("    credentials   ");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (plan->by & kinds[i].flag) {
            printf("%s%s", comma, kinds[i].name);
            comma = ", ";
        }
    printf(" (%s)\n", origin_name(plan->by_from));
}

/* "    cors          https://shop.example, with credentials (blueprint): the reason". */
static void print_cors(const struct route_plan *plan)
{
    char text[1024];
    struct buf out;

    dw__buf_init_fixed(&out, text, sizeof text);
    dw__cors_describe(plan->cors, &out);
    if (out.failed)
        printf("    cors          %zu origins (%s): %s\n", plan->cors->n, origin_name(plan->cors_from),
               plan->cors->said->why);
    else
        printf("    cors          (%s) %.*s\n", origin_name(plan->cors_from), (int)out.n, out.p);
}

/* What else is asked of the caller, and what is not. */
static void print_steps(const struct route_plan *plan)
{
    if (plan->route->signs_in)
        printf("    signs in      begins a session (route)\n");
    if (plan->fresh)
        printf("    fresh         a recent sign-in (%s)\n", origin_name(plan->fresh_from));
    if (plan->route->without_mfa != NULL)
        printf("    without mfa   %s (route)\n", plan->route->without_mfa);
    if (plan->csrf_exempt != NULL)
        printf("    csrf exempt   %s (%s)\n", plan->csrf_exempt, origin_name(plan->csrf_from));
    if (plan->corp != DW_CORP_SAME_ORIGIN)
        printf("    corp          %s (%s): %s\n",
               plan->corp == DW_CORP_SAME_SITE ? "same-site" : "cross-origin", origin_name(plan->corp_from),
               plan->corp_why);
    if (plan->cors != NULL)
        print_cors(plan);
}

/* "    scopes        read write (route)": what a key or token must be for. */
static void print_scopes(const struct route_plan *plan, const dw_app *app)
{
    if (plan->scopes == 0 || !dw__plan_wants_caller(plan))
        return;
    printf("    scopes       ");
    print_names(app->scopes, plan->scopes);
    printf(" (%s)\n", origin_name(plan->scopes_from));
}

/* "    shown         books to keeper": fields of the reply, at whatever depth, that are for some roles. */
static void print_views(const struct schema_plan *out, const dw_app *app)
{
    if (out == NULL || out->view_roles == 0)
        return;
    for (size_t i = 0; i < out->n_fields; i++) {
        const struct plan_field *f = &out->fields[i];
        const struct plan_type *type = &f->type;

        if (f->visible_to != 0) {
            printf("    shown         %.*s to", DW_FMT(f->name));
            print_names(app->roles, f->visible_to);
            putchar('\n');
        }
        while (type->kind == DW_KIND_LIST)
            type = type->list.element;
        if (type->kind == DW_KIND_OBJECT)
            print_views(type->object, app);
    }
}

static void print_options(const struct route_plan *plan)
{
    bool reads = plan->sources.body != 0 || plan->route->raw != NULL;

    print_credentials(plan);
    if (reads)
        print_body(plan);
    print_limit(plan);
    printf("    deadline      %u ms (%s)\n", plan->deadline_ms, origin_name(plan->deadline_from));
    if (plan->cache_control != NULL)
        printf("    cacheable     %s (%s): %s\n", plan->cache_control, origin_name(plan->cache_from),
               plan->cache_why);
    if (plan->csp != NULL)
        printf("    csp           %s (%s): %s\n", plan->csp, origin_name(plan->csp_from), plan->csp_why);
    if (plan->csp_report_only != NULL)
        printf("    csp tried     %s (%s)\n", plan->csp_report_only, origin_name(plan->csp_report_only_from));
    if (plan->route->raw != NULL)
        printf("    raw body      %s\n", plan->route->raw);
    if (plan->route->idempotent)
        printf("    repeats       Idempotency-Key (route)\n");
    if (plan->route->writes != NULL)
        printf("    writes        %s\n", plan->route->writes);
    print_guards(&plan->own_guards);
    print_error_handlers(plan);
}

int dw__cmd_routes(const struct invocation *inv)
{
    const struct route_table *table = inv->image->routes;
    bool details = inv->argc == 1 && strcmp(inv->argv[0], "-v") == 0;
    bool policy = inv->argc == 1 && strcmp(inv->argv[0], "--policy") == 0;

    if (inv->argc > (details || policy ? 1 : 0)) {
        (void)fprintf(stderr, "%s: usage: %s routes [-v | --policy]\n", inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    for (size_t i = 0; i < table->n_plans; i++) {
        const struct route_plan *plan = &table->plans[i];

        printf("%-7s %-34.*s ", plan->method, DW_FMT(plan->pattern));
        print_policy(plan, inv->app);
        putchar('\n');
        if (details || policy) {
            print_scopes(plan, inv->app);
            print_steps(plan);
            print_loads(plan);
            print_views(plan->out, inv->app);
        }
        if (details)
            print_options(plan);
    }
    return EXIT_DONE;
}
