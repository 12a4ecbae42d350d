/* route/cors.c -- see cors.h.
 *
 * Must never: let every origin in together with credentials, or an origin that anybody can be: "null", a name below a public suffix. */
#include "route/cors.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "http/h1_scan.h"
#include "route/inherit.h"

#define REASON_MIN 8u
#define LIST_MAX 1024u

static void say(struct buf *why, const struct route_plan *plan, const char *what)
{
    dw__buf_format(why, "route %s %.*s: .cors %s\n", plan->method, DW_FMT(plan->pattern), what);
}

/* ---- lists of header names ---- */

/* "authorization, content-type", anew and in one spelling. False: something in it is no name in lower case. */
static bool render_names(struct cors_table *table, const char *names, dw_text *out)
{
    dw_text rest = names != NULL ? dw__text_of(names) : (dw_text){NULL, 0};
    struct buf b;

    dw__buf_init(&b, &table->arena, LIST_MAX);
    while (rest.p != NULL) {
        dw_text name = dw__text_trim(dw__text_cut(&rest, ','));

        if (!dw__h1_is_token(name) || dw__text_is(name, "*"))
            return false;
        for (size_t i = 0; i < name.n; i++)
            if (name.p[i] >= 'A' && name.p[i] <= 'Z')
                return false;
        dw__buf_format(&b, "%s%.*s", b.n > 0 ? ", " : "", DW_FMT(name));
    }
    *out = (dw_text){b.p, b.n};
    return !b.failed;
}

static void take_names(struct cors *cors, struct cors_table *table, const struct route_plan *plan,
                       struct buf *why)
{
    bool any = cors->said->any._;
    const char *headers = any ? cors->said->any.headers : cors->said->listed.headers;
    const char *expose = any ? cors->said->any.expose : cors->said->listed.expose;

    if (!render_names(table, headers, &cors->headers))
        say(why, plan,
            "has .headers that are no list of names in lower case, as \"authorization, content-type\"");
    if (!render_names(table, expose, &cors->expose))
        say(why, plan, "has .expose that is no list of names in lower case, as \"etag, location\"");
}

/* ---- origins ---- */

static void take_origin(struct cors *cors, struct origin_rule *rule, dw_text text,
                        const struct route_plan *plan, struct buf *why)
{
    const char *fault = dw__origin_rule_read(text, rule);

    if (fault != NULL)
        dw__buf_format(why, "route %s %.*s: .cors names an origin that %s ('%.*s')\n", plan->method,
                       DW_FMT(plan->pattern), fault, DW_FMT(text));
    cors->any |= rule->kind == ORIGIN_ANY;
}

static size_t count_origins(const dw_cors *said, const struct plan_defaults *defaults)
{
    size_t n = 0;

    if (said->any._)
        return 0;
    if (said->listed.origins == NULL)
        return defaults->n_cors_origins;
    while (said->listed.origins[n] != NULL)
        n++;
    return n;
}

static void take_origins(struct cors *cors, struct cors_table *table, const struct route_plan *plan,
                         const struct plan_defaults *defaults, struct buf *why)
{
    const dw_cors *said = cors->said;
    struct origin_rule *rules;

    cors->any = said->any._;
    cors->of_setting = !said->any._ && said->listed.origins == NULL;
    cors->n = count_origins(said, defaults);
    rules = dw__arena_calloc(&table->arena, cors->n + 1, sizeof *rules);
    DW__CHECK(rules != NULL);
    for (size_t i = 0; i < cors->n; i++)
        take_origin(cors, &rules[i],
                    cors->of_setting ? defaults->cors_origins[i] : dw__text_of(said->listed.origins[i]), plan,
                    why);
    cors->rules = rules;
}

/* ---- all of it ---- */

static void judge(const struct cors *cors, const struct route_plan *plan, struct buf *why)
{
    if (cors->said->why == NULL || strlen(cors->said->why) < REASON_MIN)
        say(why, plan, "needs a reason of at least 8 characters: DW_CORS(\"…\", …)");
    if (cors->any && cors->credentials)
        say(why, plan,
            cors->of_setting
                ? "is with .credentials, and CORS_ORIGINS is '*': any site could read what its visitors may; "
                  "name the origins in CORS_ORIGINS"
                : "is for every origin ('*') and with .credentials: any site could read what its visitors "
                  "may; "
                  "name the origins");
    if (cors->any && cors->n > 1)
        say(why, plan, "names '*' and others; '*' is all of them");
    if (cors->private_network != NULL && strlen(cors->private_network) < REASON_MIN)
        say(why, plan, ".private_network needs a reason of at least 8 characters");
    if (cors->any && cors->private_network != NULL)
        say(why, plan, "opens a private network to every origin; name the origins");
}

static const struct cors *compile(struct cors_table *table, const dw_cors *said,
                                  const struct route_plan *plan, const struct plan_defaults *defaults,
                                  struct buf *why)
{
    struct cors *cors;

    for (cors = table->first; cors != NULL; cors = cors->next)
        if (cors->said == said)
            return cors;
    cors = dw__arena_zalloc(&table->arena, sizeof *cors);
    DW__CHECK(cors != NULL);
    cors->said = said;
    cors->credentials = said->listed.credentials;
    cors->private_network = said->listed.private_network;
    take_origins(cors, table, plan, defaults, why);
    take_names(cors, table, plan, why);
    judge(cors, plan, why);
    cors->next = table->first;
    table->first = cors;
    return cors;
}

void dw__cors_table_init(struct cors_table *table, const struct plan_defaults *defaults)
{
    *table = (struct cors_table){.first = NULL};
    dw__arena_init(&table->arena, NULL, SIZE_MAX / 2);
    table->max_age = dw__arena_format(&table->arena, "%u", defaults->cors_max_age_s);
    DW__CHECK(table->max_age.p != NULL);
}

void dw__cors_table_release(struct cors_table *table)
{
    dw__arena_release(&table->arena);
}

void dw__plan_cors(struct route_plan *plan, struct cors_table *table, const dw_app *app,
                   const dw_blueprint *bp, const struct plan_defaults *defaults, struct buf *why)
{
    const dw_cors *said = DW__INHERIT(cors, plan->route, bp, app, NULL, &plan->cors_from);

    if (said == NULL || said->none || bp == defaults->own)
        return;
    plan->cors = compile(table, said, plan, defaults, why);
}

/* ---- what is known when all routes are ---- */

/* The methods of the same path that the same dw_cors opens: what a browser may remember of one preflight holds for all of them. */
static dw_text methods_of(struct route_table *routes, const struct route_plan *plan)
{
    struct buf b;

    dw__buf_init(&b, &routes->cors.arena, LIST_MAX);
    for (size_t i = 0; i < routes->n_plans; i++) {
        const struct route_plan *other = &routes->plans[i];

        if (other->cors == plan->cors && dw__text_eq(other->pattern, plan->pattern))
            dw__buf_format(&b, "%s%s", b.n > 0 ? ", " : "", other->method);
    }
    DW__CHECK(!b.failed);
    return (dw_text){b.p, b.n};
}

static const struct cors *compiled(const struct cors_table *table, const dw_cors *said)
{
    const struct cors *cors = table->first;

    while (cors != NULL && cors->said != said)
        cors = cors->next;
    return cors;
}

static void add_scope(struct cors_table *table, const char *prefix, const dw_cors *said)
{
    struct cors_scope *scope = dw__arena_zalloc(&table->arena, sizeof *scope);

    DW__CHECK(scope != NULL);
    *scope =
        (struct cors_scope){dw__text_of(prefix), said->none ? NULL : compiled(table, said), table->scopes};
    table->scopes = scope;
}

void dw__cors_finish(struct route_table *routes, const dw_app *app)
{
    for (size_t i = 0; i < routes->n_plans; i++)
        if (routes->plans[i].cors != NULL)
            routes->plans[i].cors_methods = methods_of(routes, &routes->plans[i]);
    if (app->cors != NULL)
        add_scope(&routes->cors, "", app->cors);
    for (size_t b = 0; app->blueprints != NULL && app->blueprints[b] != NULL; b++) {
        const dw_blueprint *bp = app->blueprints[b];

        if (bp->cors != NULL && *bp->prefix != '\0' && strchr(bp->prefix, '{') == NULL)
            add_scope(&routes->cors, bp->prefix, bp->cors);
    }
}

/* ---- requests ---- */

bool dw__cors_allows(const struct cors *cors, dw_text origin)
{
    if (cors->any)
        return true;
    if (origin.n == 0)
        return false;
    for (size_t i = 0; i < cors->n; i++)
        if (dw__origin_rule_matches(&cors->rules[i], origin))
            return true;
    return false;
}

static bool is_below(dw_text path, dw_text prefix)
{
    return dw__text_starts(path, prefix) && (path.n == prefix.n || path.p[prefix.n] == '/');
}

const struct cors *dw__cors_scope(const struct cors_table *table, dw_text path)
{
    const struct cors_scope *best = NULL;

    for (const struct cors_scope *s = table->scopes; s != NULL; s = s->next)
        if ((s->prefix.n == 0 || is_below(path, s->prefix)) && (best == NULL || s->prefix.n > best->prefix.n))
            best = s;
    return best != NULL ? best->cors : NULL;
}
