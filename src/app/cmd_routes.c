/* app/cmd_routes.c -- `routes`: what the application allows, printed without running a request. */
#include <stdio.h>
#include <string.h>

#include "app/routes_say.h"
#include "guard/cors.h"
#include "route/limit.h"

enum detail { DETAIL_NONE, DETAIL_POLICY, DETAIL_OPTIONS };

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
    printf("    %-13s %s, %s (%s)\n", on, rule->handler->name, kinds[rule->handler->kind],
           dw__plan_origin_name(from));
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

static void print_body(const struct route_plan *plan)
{
    printf("    body          %s up to %zu bytes (%s)\n", dw__route_body(plan), plan->max_body,
           dw__plan_origin_name(plan->max_body_from));
}

/* How it counts, where that is not as it is when nothing is said. */
static void print_manner(const struct plan_limit *limit)
{
    const char *on = ", what is answered";

    if (limit->strategy != DW_RATE_GCRA)
        printf(", %s", dw__limit_strategy_name(limit));
    if (limit->cost_of != NULL)
        printf(", at a cost that is computed");
    else if (limit->cost != 1)
        printf(", at a cost of %u", limit->cost);
    for (const struct outcome_name *each = dw__outcome_names; each->name != NULL; each++)
        if (limit->on & each->flag) {
            printf("%s %s", on, each->name);
            on = " or";
        }
    if (limit->shared != NULL)
        printf(", together with all that share \"%s\"", limit->shared);
    if (limit->meta.count > 0)
        printf(", shut out after %u breaches in %u s", limit->meta.count, limit->meta.seconds);
}

static void print_limit(const struct route_plan *plan)
{
    const struct plan_limit *limit = &plan->limit;

    if (limit->why_not != NULL)
        printf("    rate          none (route): %s\n", limit->why_not);
    if (limit->why_not != NULL || limit->n == 0)
        return;
    printf("    rate          %.*s for each %s", DW_FMT(limit->text), dw__limit_by_name(limit));
    print_manner(limit);
    printf(" (%s)\n", limit->setting != NULL ? limit->setting : dw__plan_origin_name(limit->from));
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
               dw__plan_origin_name(own->v[i].from), own->v[i].guard->why);
}

/* "    credentials   bearer, API key (route)": what callers may come by. */
static void print_credentials(const struct route_plan *plan)
{
    const char *comma = "";

    if (!dw__plan_wants_caller(plan))
        return;
    printf("    credentials   ");
    for (const struct credential_name *each = dw__credential_names; each->name != NULL; each++)
        if (plan->by & each->flag) {
            printf("%s%s", comma, each->name);
            comma = ", ";
        }
    printf(" (%s)\n", dw__plan_origin_name(plan->by_from));
}

/* "    cors          https://shop.example, with credentials (blueprint): the reason". */
static void print_cors(const struct route_plan *plan)
{
    char text[1024];
    struct buf out;

    dw__buf_init_fixed(&out, text, sizeof text);
    dw__cors_describe(plan->cors, &out);
    if (out.failed)
        printf("    cors          %zu origins (%s): %s\n", plan->cors->n,
               dw__plan_origin_name(plan->cors_from), plan->cors->said->why);
    else
        printf("    cors          (%s) %.*s\n", dw__plan_origin_name(plan->cors_from), (int)out.n, out.p);
}

/* What else is asked of the caller, and what is not. */
static void print_steps(const struct route_plan *plan)
{
    if (plan->route->signs_in)
        printf("    signs in      begins a session (route)\n");
    if (plan->fresh)
        printf("    fresh         a recent sign-in (%s)\n", dw__plan_origin_name(plan->fresh_from));
    if (plan->route->without_mfa != NULL)
        printf("    without mfa   %s (route)\n", plan->route->without_mfa);
    if (plan->csrf_exempt != NULL)
        printf("    csrf exempt   %s (%s)\n", plan->csrf_exempt, dw__plan_origin_name(plan->csrf_from));
    if (plan->corp != DW_CORP_SAME_ORIGIN)
        printf("    corp          %s (%s): %s\n",
               plan->corp == DW_CORP_SAME_SITE ? "same-site" : "cross-origin",
               dw__plan_origin_name(plan->corp_from), plan->corp_why);
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
    printf(" (%s)\n", dw__plan_origin_name(plan->scopes_from));
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

/* "    passes over   undeclared fields of item: older clients send more": of what is read, at whatever depth. */
static void print_drops(const struct schema_plan *in)
{
    if (in == NULL)
        return;
    if (in->drop != NULL)
        printf("    passes over   undeclared fields of %s: %s\n", in->name, in->drop);
    for (size_t i = 0; i < in->n_fields; i++) {
        const struct plan_type *type = &in->fields[i].type;

        while (type->kind == DW_KIND_LIST)
            type = type->list.element;
        if (type->kind == DW_KIND_OBJECT)
            print_drops(type->object);
    }
}

/* Each opening that a reason was given for, and what replies say of themselves. */
static void print_openings(const struct route_plan *plan)
{
    if (plan->csp != NULL)
        printf("    csp           %s (%s): %s\n", plan->csp, dw__plan_origin_name(plan->csp_from),
               plan->csp_why);
    if (plan->csp_report_only != NULL)
        printf("    csp tried     %s (%s)\n", plan->csp_report_only,
               dw__plan_origin_name(plan->csp_report_only_from));
    if (plan->route->raw != NULL)
        printf("    raw body      %s\n", plan->route->raw);
    if (plan->route->writes != NULL)
        printf("    writes        %s\n", plan->route->writes);
    print_drops(plan->in);
    print_guards(&plan->own_guards);
}

static void print_cacheable(const struct route_plan *plan)
{
    if (plan->cache_control != NULL)
        printf("    cacheable     %s (%s): %s\n", plan->cache_control, dw__plan_origin_name(plan->cache_from),
               plan->cache_why);
}

static void print_at_once(const struct route_plan *plan)
{
    if (plan->at_once != 0)
        printf("    at once       %u (%s)\n", plan->at_once, dw__plan_origin_name(plan->at_once_from));
}

/* What holds where nobody said anything is said, too: who audits wants to see it. */
static void print_protections(const struct route_plan *plan)
{
    print_credentials(plan);
    if (dw__route_asks_csrf(plan))
        printf("    csrf          a token, and no sign of another site\n");
    else if (plan->csrf_exempt == NULL)
        printf("    csrf          not asked for: %s\n", dw__route_why_no_csrf(plan));
    if (plan->cors == NULL)
        printf("    cors          our own origin only\n");
    if (dw__route_body(plan) != NULL)
        print_body(plan);
    else
        printf("    body          none\n");
    if (plan->limit.n == 0 && plan->limit.why_not == NULL)
        printf("    rate          %s\n",
               plan->limited_globally ? "that of all requests together" : "as often as anybody likes");
    print_limit(plan);
    print_at_once(plan);
    print_cacheable(plan);
    if (plan->cache_control == NULL)
        printf("    cacheable     no-store (default)\n");
}

static void print_options(const struct route_plan *plan)
{
    print_credentials(plan);
    if (dw__route_body(plan) != NULL)
        print_body(plan);
    print_limit(plan);
    printf("    deadline      %u ms (%s)\n", plan->deadline_ms, dw__plan_origin_name(plan->deadline_from));
    print_at_once(plan);
    print_cacheable(plan);
    if (plan->route->idempotent)
        printf("    repeats       Idempotency-Key (route)\n");
    print_openings(plan);
    print_error_handlers(plan);
}

static void print_route(const struct route_plan *plan, const dw_app *app, enum detail detail)
{
    printf("%-7s %-34.*s ", plan->method, DW_FMT(plan->pattern));
    print_policy(plan, app);
    putchar('\n');
    if (detail == DETAIL_NONE)
        return;
    print_scopes(plan, app);
    print_steps(plan);
    print_loads(plan);
    print_views(plan->out, app);
    if (detail == DETAIL_OPTIONS) {
        print_options(plan);
    } else {
        print_protections(plan);
        print_openings(plan);
    }
}

/* Behind the routes: statements that may see what is not the caller's, on whatever route, and the limit of everything. */
static void print_rest(const struct invocation *inv)
{
    const struct sql_inventory *inventory = inv->image->inventory;
    const struct plan_limit *global = &inv->image->routes->global;
    bool begun = false;

    if (global->n > 0)
        printf("\nAll requests of an address together: %.*s\n", DW_FMT(global->text));
    else if (global->why_not != NULL)
        printf("\nAll requests of an address together: as many as come: %s\n", global->why_not);
    for (size_t i = 0; inventory != NULL && i < dw__sql_inventory_count(inventory); i++) {
        const dw_query *q = dw__sql_inventory_at(inventory, i);

        if (q->not_owned && !begun)
            printf("\nStatements that may see what is not the caller's:\n");
        begun |= q->not_owned != NULL;
        if (q->not_owned)
            printf("    %-29s %s\n", q->name, q->not_owned);
    }
}

static int usage(const struct invocation *inv)
{
    (void)fprintf(stderr, "%s: usage: %s routes [-v | --policy | --json]\n", inv->app->name, inv->app->name);
    return EXIT_BAD_USAGE;
}

int dw__cmd_routes(const struct invocation *inv)
{
    const struct route_table *table = inv->image->routes;
    const char *word = inv->argc == 1 ? inv->argv[0] : "";
    enum detail detail = strcmp(word, "-v") == 0         ? DETAIL_OPTIONS
                         : strcmp(word, "--policy") == 0 ? DETAIL_POLICY
                                                         : DETAIL_NONE;

    if (strcmp(word, "--json") == 0)
        return dw__routes_json(inv);
    if (inv->argc > (detail != DETAIL_NONE ? 1 : 0))
        return usage(inv);
    if (detail == DETAIL_POLICY)
        dw__routes_matrix(inv);
    for (size_t i = 0; i < table->n_plans; i++)
        print_route(&table->plans[i], inv->app, detail);
    if (detail == DETAIL_POLICY)
        print_rest(inv);
    return EXIT_DONE;
}
