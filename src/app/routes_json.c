/* app/routes_json.c -- `routes --json`: the authorisation matrix and what belongs to it, for programs. */
#include <stdio.h>

#include "app/routes_say.h"
#include "base/text.h"
#include "codec/json.h"
#include "guard/cors.h"
#include "route/limit.h"

#define TEXT_MAX ((size_t)16 << 20)

static void member(struct buf *out, const char *name)
{
    dw__buf_format(out, ",\"%s\":", name);
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    member(out, name);
    if (text != NULL)
        dw__json_put_string(out, dw__text_of(text));
    else
        dw__buf_lit(out, "null");
}

static void put_bool(struct buf *out, const char *name, bool value)
{
    member(out, name);
    dw__json_put_bool(out, value);
}

/* ["reader","keeper"]: the names of a bit set. */
static void put_names(struct buf *out, const char *name, const char *const *names, uint64_t set)
{
    bool begun = false;

    member(out, name);
    dw__buf_putc(out, '[');
    for (unsigned i = 0; names != NULL && i < 64 && names[i] != NULL; i++)
        if (set >> i & 1) {
            if (begun)
                dw__buf_putc(out, ',');
            dw__json_put_string(out, dw__text_of(names[i]));
            begun = true;
        }
    dw__buf_putc(out, ']');
}

static const char *kind_of(const dw_policy *allow)
{
    static const char *const kinds[] = {[DW_ALLOW_NOBODY] = "nobody",
                                        [DW_ALLOW_PUBLIC] = "public",
                                        [DW_ALLOW_USER] = "any_user",
                                        [DW_ALLOW_ROLES] = "roles",
                                        [DW_ALLOW_SIGNED] = "signed"};

    return kinds[allow->kind];
}

static void put_policy(struct buf *out, const struct route_plan *plan, const struct invocation *inv)
{
    const dw_app *app = inv->app;

    put_text(out, "policy", kind_of(&plan->allow));
    put_text(out, "policy_why", plan->allow.kind == DW_ALLOW_PUBLIC ? plan->allow.why : NULL);
    put_text(out, "signed_by", plan->allow.kind == DW_ALLOW_SIGNED ? plan->allow.webhook->name : NULL);
    member(out, "may");
    dw__buf_format(out, "{\"anyone\":\"%s\",\"signed_in\":\"%s\",\"roles\":{",
                   dw__route_may(plan, ROUTE_ANYONE, inv->image->env.mfa_roles),
                   dw__route_may(plan, ROUTE_SIGNED_IN, inv->image->env.mfa_roles));
    for (unsigned i = 0; app->roles != NULL && i < 64 && app->roles[i] != NULL; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, dw__text_of(app->roles[i]));
        dw__buf_format(out, ":\"%s\"", dw__route_may(plan, ROUTE_ROLE + i, inv->image->env.mfa_roles));
    }
    dw__buf_lit(out, "}}");
}

static void put_asked(struct buf *out, const struct route_plan *plan, const dw_app *app)
{
    bool begun = false;

    member(out, "credentials");
    dw__buf_putc(out, '[');
    for (const struct credential_name *each = dw__credential_names; each->name != NULL; each++)
        if (dw__plan_wants_caller(plan) && (plan->by & each->flag)) {
            dw__buf_format(out, "%s\"%s\"", begun ? "," : "", each->name);
            begun = true;
        }
    dw__buf_putc(out, ']');
    put_names(out, "scopes", app->scopes, dw__plan_wants_caller(plan) ? plan->scopes : 0);
    put_bool(out, "fresh", plan->fresh);
    put_bool(out, "signs_in", plan->route->signs_in);
    put_text(out, "without_mfa_why", plan->route->without_mfa);
    put_bool(out, "csrf", dw__route_asks_csrf(plan));
    put_text(out, "csrf_why_not", dw__route_asks_csrf(plan) ? NULL : dw__route_why_no_csrf(plan));
}

static void put_objects(struct buf *out, const struct route_loads *loads)
{
    member(out, "loads");
    dw__buf_putc(out, '[');
    for (size_t i = 0; i < loads->n; i++) {
        dw__buf_format(out, "{\"name\":\"%s\"", loads->v[i].loader->name);
        put_text(out, "by", loads->v[i].loader->query != NULL ? loads->v[i].loader->query->name : NULL);
        dw__buf_format(out, "}%s", i + 1 < loads->n ? "," : "");
    }
    dw__buf_putc(out, ']');
    member(out, "object_policies");
    dw__buf_putc(out, '[');
    for (size_t i = 0; i < loads->n_policies; i++) {
        const struct load_policy *p = &loads->policies[i];

        dw__buf_format(out, "%s{\"name\":\"%s\",\"of\":\"%s\",\"refused\":%d", i > 0 ? "," : "",
                       p->policy->name, loads->v[p->load].loader->name,
                       p->policy->refused_as == DW_NOT_FOUND ? 404 : 403);
        put_text(out, "why", p->policy->why);
        dw__buf_putc(out, '}');
    }
    dw__buf_putc(out, ']');
}

static void put_cors(struct buf *out, const struct cors *cors)
{
    char text[2048];
    struct buf said;

    member(out, "cors");
    if (cors == NULL) {
        dw__buf_lit(out, "null");
        return;
    }
    dw__buf_init_fixed(&said, text, sizeof text);
    dw__cors_describe(cors, &said);
    dw__json_put_string(out, (dw_text){text, said.n});
}

/* How a limit counts; a cost of null is one that is computed. */
static void put_manner(struct buf *out, const struct plan_limit *limit)
{
    bool begun = false;

    put_text(out, "rate_by", dw__limit_by_name(limit));
    put_text(out, "rate_strategy", dw__limit_strategy_name(limit));
    if (limit->cost_of != NULL)
        put_text(out, "rate_cost", NULL);
    else
        dw__buf_format(out, ",\"rate_cost\":%u", limit->cost);
    member(out, "rate_on");
    dw__buf_putc(out, '[');
    for (const struct outcome_name *each = dw__outcome_names; each->name != NULL; each++)
        if (limit->on & each->flag) {
            dw__buf_format(out, "%s\"%s\"", begun ? "," : "", each->name);
            begun = true;
        }
    dw__buf_putc(out, ']');
    put_text(out, "rate_shared", limit->shared);
    if (limit->meta.count > 0)
        dw__buf_format(out, ",\"rate_meta\":{\"breaches\":%u,\"seconds\":%u}", limit->meta.count,
                       limit->meta.seconds);
    else
        put_text(out, "rate_meta", NULL);
}

/* What there is none of has "rate": null, and of the rest nothing. */
static void put_rate(struct buf *out, const struct plan_limit *limit)
{
    put_text(out, "rate_why_not", limit->why_not);
    if (limit->n == 0) {
        put_text(out, "rate", NULL);
        return;
    }
    member(out, "rate");
    dw__json_put_string(out, limit->text);
    put_manner(out, limit);
}

static void put_protections(struct buf *out, const struct route_plan *plan)
{
    put_cors(out, plan->cors);
    put_text(out, "corp",
             plan->corp == DW_CORP_SAME_SITE      ? "same-site"
             : plan->corp == DW_CORP_CROSS_ORIGIN ? "cross-origin"
                                                  : "same-origin");
    put_text(out, "corp_why", plan->corp_why);
    put_text(out, "body", dw__route_body(plan));
    dw__buf_format(out, ",\"max_body\":%zu,\"deadline_ms\":%u,\"at_once\":%u",
                   dw__route_body(plan) != NULL ? plan->max_body : (size_t)0, plan->deadline_ms,
                   plan->at_once);
    put_text(out, "raw_why", plan->route->raw);
    put_rate(out, &plan->limit);
    put_text(out, "cache", plan->cache_control != NULL ? plan->cache_control : "no-store");
    put_text(out, "cache_why", plan->cache_why);
    put_text(out, "csp", plan->csp);
    put_text(out, "csp_why", plan->csp_why);
    put_text(out, "csp_report_only", plan->csp_report_only);
    put_text(out, "writes_why", plan->route->writes);
}

static void put_drops(struct buf *out, const struct schema_plan *in, bool *begun)
{
    if (in == NULL)
        return;
    if (in->drop != NULL) {
        dw__buf_format(out, "%s{\"schema\":\"%s\"", *begun ? "," : "", in->name);
        put_text(out, "why", in->drop);
        dw__buf_putc(out, '}');
        *begun = true;
    }
    for (size_t i = 0; i < in->n_fields; i++) {
        const struct plan_type *type = &in->fields[i].type;

        while (type->kind == DW_KIND_LIST)
            type = type->list.element;
        if (type->kind == DW_KIND_OBJECT)
            put_drops(out, type->object, begun);
    }
}

static void put_guards(struct buf *out, const struct own_guards *own)
{
    member(out, "guards");
    dw__buf_putc(out, '[');
    for (size_t i = 0; i < own->n; i++) {
        dw__buf_format(out, "%s{\"name\":\"%s\"", i > 0 ? "," : "", own->v[i].guard->name);
        put_text(out, "why", own->v[i].guard->why);
        dw__buf_putc(out, '}');
    }
    dw__buf_putc(out, ']');
}

static void put_route(struct buf *out, const struct route_plan *plan, const struct invocation *inv)
{
    bool dropped = false;

    dw__buf_format(out, "{\"method\":\"%s\",\"path\":", plan->method);
    dw__json_put_string(out, plan->pattern);
    put_policy(out, plan, inv);
    put_asked(out, plan, inv->app);
    put_objects(out, &plan->loads);
    put_protections(out, plan);
    member(out, "passes_over");
    dw__buf_putc(out, '[');
    put_drops(out, plan->in, &dropped);
    dw__buf_putc(out, ']');
    put_guards(out, &plan->own_guards);
    dw__buf_putc(out, '}');
}

static void put_statements(struct buf *out, const struct sql_inventory *inventory)
{
    bool begun = false;

    dw__buf_lit(out, ",\"not_owned\":[");
    for (size_t i = 0; inventory != NULL && i < dw__sql_inventory_count(inventory); i++) {
        const dw_query *q = dw__sql_inventory_at(inventory, i);

        if (!q->not_owned)
            continue;
        dw__buf_format(out, "%s{\"statement\":\"%s\"", begun ? "," : "", q->name);
        put_text(out, "why", q->not_owned);
        dw__buf_putc(out, '}');
        begun = true;
    }
    dw__buf_lit(out, "]}\n");
}

int dw__routes_json(const struct invocation *inv)
{
    const struct route_table *table = inv->image->routes;
    struct arena arena;
    struct buf out;
    bool whole;

    dw__arena_init(&arena, NULL, 4 * TEXT_MAX);
    dw__buf_init(&out, &arena, TEXT_MAX);
    dw__buf_lit(&out, "{\"routes\":[");
    for (size_t i = 0; i < table->n_plans; i++) {
        dw__buf_lit(&out, "\n");
        put_route(&out, &table->plans[i], inv);
        if (i + 1 < table->n_plans)
            dw__buf_putc(&out, ',');
    }
    dw__buf_lit(&out, "],\"all_requests\":{\"of\":\"address\"");
    put_rate(&out, &table->global);
    dw__buf_putc(&out, '}');
    put_statements(&out, inv->image->inventory);
    whole = !out.failed && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    dw__arena_release(&arena);
    return whole ? EXIT_DONE : EXIT_FAILED;
}
