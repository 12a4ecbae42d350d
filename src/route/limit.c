/* route/limit.c -- see limit.h. */
#include "route/limit.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "route/inherit.h"

#define REASON_MIN 8u
#define EVERY_OUTCOME (DW_RATE_ON_2XX | DW_RATE_ON_3XX | DW_RATE_ON_4XX | DW_RATE_ON_5XX | DW_RATE_ON_401)

static void say(struct buf *why, const struct route_plan *plan, const char *what)
{
    dw__buf_format(why, "route %s %.*s: %s\n", plan->method, DW_FMT(plan->pattern), what);
}

/* ---- identity ---- */

/* FNV-1a over texts and the NUL behind each: the same number in every process of the same tables. Nothing of it comes from outside. */
static uint64_t number_of(const char *const *texts, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        for (const char *p = texts[i];; p++) {
            h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
            if (*p == '\0')
                break;
        }
    return h;
}

/* What tells this limit's counts from all others': its name where it is shared, else where it stands. */
static uint64_t place_of(const struct route_plan *plan, const dw_blueprint *bp, const char *shared)
{
    if (shared != NULL)
        return number_of((const char *const[]){"shared", shared}, 2);
    switch (plan->limit.from) {
    case FROM_ROUTE:
        return number_of((const char *const[]){"route", plan->method, bp->prefix, plan->route->path}, 4);
    case FROM_BLUEPRINT:
        return number_of((const char *const[]){"blueprint", bp->prefix, bp->name != NULL ? bp->name : ""}, 3);
    default: return number_of((const char *const[]){"application"}, 1);
    }
}

/* Counts of different strategies are no counts of each other, whatever they share. */
static uint64_t identity_of(const struct route_plan *plan, const dw_blueprint *bp, const char *shared)
{
    return place_of(plan, bp, shared) ^ (uint64_t)plan->limit.strategy << 56;
}

/* ---- rates ---- */

/* RATE_LIMIT_SCALE of a build for benchmarks: as much more in the same time or, where there cannot be so many, in less of it. */
static void scale(struct plan_limit *limit, uint32_t by)
{
    uint32_t most = limit->strategy == DW_RATE_MOVING_WINDOW ? DW__RATE_MOVING_MAX : DW__RATE_COUNT_MAX;

    for (size_t i = 0; by > 1 && i < limit->n; i++) {
        struct rate *rate = &limit->rates[i];
        uint64_t count = (uint64_t)rate->count * by;

        rate->count = count < most ? (uint32_t)count : most;
        if (count > most) {
            const uint64_t seconds = (uint64_t)rate->seconds * most / count;

            rate->seconds = seconds > 0 ? (uint32_t)seconds : 1;
        }
    }
}

/* Reads limit->text; *position is where it cannot be read. */
static bool read_rates(struct plan_limit *limit, const struct plan_defaults *defaults, size_t *position)
{
    limit->n = dw__rates_read(limit->text, limit->rates, position);
    scale(limit, defaults->rate_scale);
    return limit->n > 0;
}

#define AS_WRITTEN "limits are written as \"5/minute\" or \"10 per 2 hours; 100/day\", %u at most\n"

static void read_text(struct route_plan *plan, const struct plan_defaults *defaults, struct buf *why)
{
    struct plan_limit *limit = &plan->limit;
    size_t position;

    if (read_rates(limit, defaults, &position))
        return;
    dw__buf_format(why, "route %s %.*s: %s \"%.*s\" cannot be read at its byte %zu: " AS_WRITTEN,
                   plan->method, DW_FMT(plan->pattern), limit->setting != NULL ? limit->setting : ".rate",
                   DW_FMT(limit->text), position + 1, DW__RATES);
}

/* What a setting says instead of the tables, if it says anything. */
static void take_setting(struct route_plan *plan, const char *name, const struct plan_defaults *defaults,
                         struct buf *why)
{
    dw_text text = {NULL, 0};

    if (name == NULL || defaults->own_setting == NULL)
        return;
    if (!defaults->own_setting(defaults->own_settings, dw__text_of(name), &text)) {
        dw__buf_format(why, "route %s %.*s: .rate_setting \"%s\" is none of the application's own settings\n",
                       plan->method, DW_FMT(plan->pattern), name);
        return;
    }
    if (text.p == NULL)
        return;
    plan->limit.text = text;
    plan->limit.setting = name;
}

/* ---- what belongs to them ---- */

/* The least count of all. */
static uint32_t least_count(const struct plan_limit *limit)
{
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < limit->n; i++)
        least = limit->rates[i].count < least ? limit->rates[i].count : least;
    return least;
}

static uint32_t most_count(const struct plan_limit *limit)
{
    uint32_t most = 0;

    for (size_t i = 0; i < limit->n; i++)
        most = limit->rates[i].count > most ? limit->rates[i].count : most;
    return most;
}

static void read_meta(struct route_plan *plan, const char *text, struct buf *why)
{
    struct rate rates[DW__RATES];
    size_t position;

    if (text == NULL)
        return;
    if (dw__rates_read(dw__text_of(text), rates, &position) == 1)
        plan->limit.meta = rates[0];
    else
        dw__buf_format(why, "route %s %.*s: .rate_meta \"%s\" is not one limit, as \"5/minute\"\n",
                       plan->method, DW_FMT(plan->pattern), text);
}

static void take_manner(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp)
{
    const dw_route *route = plan->route;
    struct plan_limit *limit = &plan->limit;

    limit->by = DW__INHERIT(rate_by, route, bp, app, DW_RATE_BY_CALLER, NULL);
    limit->strategy = DW__INHERIT(rate_strategy, route, bp, app, DW_RATE_GCRA, NULL);
    limit->cost = DW__INHERIT(rate_cost, route, bp, app, 1, NULL);
    limit->cost_of = DW__INHERIT(rate_cost_of, route, bp, app, NULL, NULL);
    limit->key_of = DW__INHERIT(rate_key, route, bp, app, NULL, NULL);
    limit->on = DW__INHERIT(rate_on, route, bp, app, 0, NULL);
}

/* .rate_by_field: a text of the input, from wherever that comes. */
static void take_field(struct route_plan *plan, struct buf *why)
{
    const char *name = plan->route->rate_by_field;
    const struct schema_plan *in = plan->in;

    for (size_t i = 0; name != NULL && i < in->n_fields; i++)
        if (strcmp(in->fields[i].c_name, name) == 0 && in->fields[i].flat == 0 && (in->inputs >> i & 1) != 0)
            plan->limit.field = &in->fields[i];
    if (name == NULL)
        return;
    if (plan->limit.field == NULL)
        dw__buf_format(
            why,
            "route %s %.*s: .rate_by_field is DW_FIELD(%s, …), a field that clients send, and %s is none\n",
            plan->method, DW_FMT(plan->pattern), in->name, name);
    else if (plan->limit.field->type.kind != DW_KIND_TEXT && plan->limit.field->type.kind != DW_KIND_EMAIL)
        say(why, plan, ".rate_by_field counts by a dw_text or a dw_email");
    if (plan->route->raw != NULL)
        say(why, plan, ".rate_by_field is for handlers whose body is bound before they run");
    if (plan->limit.key_of != NULL || plan->route->rate_by != DW_RATE_INHERIT)
        say(why, plan, ".rate_by_field, .rate_by and .rate_key each say whose count it is: keep one");
}

static void check_manner(const struct route_plan *plan, struct buf *why)
{
    const struct plan_limit *limit = &plan->limit;

    if ((unsigned)limit->by > DW_RATE_BY_SESSION)
        say(why, plan, ".rate_by is none of enum dw_rate_by");
    if ((unsigned)limit->strategy > DW_RATE_SLIDING_COUNTER)
        say(why, plan, ".rate_strategy is none of enum dw_rate_strategy");
    if ((limit->on & ~EVERY_OUTCOME) != 0)
        say(why, plan, ".rate_on is made of DW_RATE_ON_…");
    if (limit->n > 0 && limit->cost > least_count(limit))
        say(why, plan, ".rate_cost is more than the limit, so that nothing would ever be let through");
    if (limit->n > 0 && limit->strategy == DW_RATE_MOVING_WINDOW && most_count(limit) > DW__RATE_MOVING_MAX)
        say(why, plan,
            ".rate_strategy is DW_RATE_MOVING_WINDOW, which remembers each request, 128 at most; for more "
            "DW_RATE_SLIDING_COUNTER counts them");
}

/* ---- what replies say ---- */

static void write_names(struct plan_limit *limit, const char *prefix)
{
    size_t n = 0;

    for (size_t i = 0; i < limit->n; i++) {
        const struct rate *rate = &limit->rates[i];

        (void)snprintf(limit->names[i], DW__LIMIT_NAME, "\"%s%u/%us\"", prefix, rate->count, rate->seconds);
        n += (size_t)snprintf(limit->policy + n, DW__LIMIT_POLICY - n, "%s%s;q=%u;w=%u", i > 0 ? ", " : "",
                              limit->names[i], rate->count, rate->seconds);
    }
    if (limit->meta.count == 0)
        return;
    (void)snprintf(limit->names[DW__RATES], DW__LIMIT_NAME, "\"breaches:%u/%us\"", limit->meta.count,
                   limit->meta.seconds);
    (void)snprintf(limit->policy + n, DW__LIMIT_POLICY - n, ", %s;q=%u;w=%u", limit->names[DW__RATES],
                   limit->meta.count, limit->meta.seconds);
}

/* ---- all ---- */

/* Where .no_rate, .rate_shared and the rest stand, and there is nothing that they are about. */
static void check_route(const struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                        bool has_text, struct buf *why)
{
    const dw_route *route = plan->route;

    if (bp->no_rate != NULL || app->no_rate != NULL)
        say(why, plan, ".no_rate is said by the route that it is about");
    if (route->no_rate != NULL && (!has_text || route->rate != NULL))
        say(why, plan, ".no_rate is the reason why an inherited .rate does not hold, and there is none");
    if (route->no_rate != NULL && strlen(route->no_rate) < REASON_MIN)
        say(why, plan, ".no_rate needs a reason of at least 8 characters");
    if (route->rate_shared != NULL && route->rate == NULL)
        say(why, plan, ".rate_shared names the count of a .rate, and the route has none");
    if (route->rate_setting != NULL && route->rate == NULL)
        say(why, plan, ".rate_setting replaces a .rate, and the route has none");
    if (!has_text && (route->rate_cost != 0 || route->rate_cost_of != NULL || route->rate_key != NULL ||
                      route->rate_by_field != NULL || route->rate_on != 0 || route->rate_meta != NULL ||
                      route->rate_strategy != DW_RATE_STRATEGY_INHERIT))
        say(why, plan, ".rate_… says how a .rate counts, and there is none");
}

/* Member `m` of what the limit came from. */
#define BESIDE(m) (limit->from == FROM_ROUTE ? route->m : limit->from == FROM_BLUEPRINT ? bp->m : app->m)

void dw__plan_limit(struct route_plan *plan, const dw_app *app, const dw_blueprint *bp,
                    const struct plan_defaults *defaults, struct buf *why)
{
    const dw_route *route = plan->route;
    struct plan_limit *limit = &plan->limit;
    const char *text = DW__INHERIT(rate, route, bp, app, NULL, &limit->from);

    limit->why_not = route->no_rate;
    limit->text = text != NULL ? dw__text_of(text) : (dw_text){NULL, 0};
    if ((limit->from == FROM_APP || text == NULL) && defaults->rate_default.p != NULL) {
        limit->from = FROM_APP;
        limit->text = defaults->rate_default;
        limit->setting = "RATE_LIMIT_DEFAULT";
    }
    check_route(plan, app, bp, limit->text.p != NULL, why);
    take_manner(plan, app, bp);
    if (limit->text.p == NULL || route->no_rate != NULL)
        return;
    if (limit->setting == NULL)
        take_setting(plan, BESIDE(rate_setting), defaults, why);
    read_text(plan, defaults, why);
    read_meta(plan, DW__INHERIT(rate_meta, route, bp, app, NULL, NULL), why);
    take_field(plan, why);
    check_manner(plan, why);
    limit->shared = BESIDE(rate_shared);
    limit->identity = identity_of(plan, bp, limit->shared);
    write_names(limit, "");
}

static bool is_same(const struct plan_limit *a, const struct plan_limit *b)
{
    bool same = a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = a->rates[i].count == b->rates[i].count && a->rates[i].seconds == b->rates[i].seconds;
    return same;
}

void dw__plan_limits_shared(const struct route_plan *plans, size_t n, struct buf *why)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; plans[i].limit.shared != NULL && k < i; k++)
            if (plans[k].limit.shared != NULL && plans[k].limit.identity == plans[i].limit.identity &&
                !is_same(&plans[k].limit, &plans[i].limit)) {
                dw__buf_format(
                    why,
                    "route %s %.*s: .rate_shared \"%s\" is also that of another .rate (%s %.*s): each would "
                    "undo the other's count\n",
                    plans[i].method, DW_FMT(plans[i].pattern), plans[i].limit.shared, plans[k].method,
                    DW_FMT(plans[k].pattern));
                break;
            }
}

static void check_no_global(const dw_app *app, struct buf *why)
{
    if (app->no_rate_global == NULL)
        return;
    if (app->rate_global != NULL)
        dw__buf_lit(why,
                    "dw_app.no_rate_global is the reason why there is no .rate_global, and there is one\n");
    if (strlen(app->no_rate_global) < REASON_MIN)
        dw__buf_format(why, "dw_app.no_rate_global needs a reason of at least %u characters\n", REASON_MIN);
}

/* What a setting says, else what the application does; what it says nothing of has a limit too. */
static void take_global(struct plan_limit *limit, const dw_app *app, const struct plan_defaults *defaults)
{
    limit->text = defaults->rate_global;
    if (limit->text.p != NULL)
        return;
    limit->why_not = app->no_rate_global;
    limit->by_default = limit->why_not == NULL && app->rate_global == NULL;
    if (limit->why_not == NULL)
        limit->text = dw__text_of(limit->by_default ? DW__RATE_GLOBAL : app->rate_global);
}

void dw__plan_limit_global(struct plan_limit *limit, const dw_app *app, const struct plan_defaults *defaults,
                           struct buf *why)
{
    size_t position;

    check_no_global(app, why);
    take_global(limit, app, defaults);
    if (limit->text.p == NULL)
        return;
    limit->by = DW_RATE_BY_ADDRESS;
    limit->of_all = true;
    limit->cross_site_apart = true;
    limit->strategy = DW_RATE_GCRA;
    limit->cost = 1;
    limit->from = FROM_APP;
    limit->identity = number_of((const char *const[]){"global"}, 1);
    if (!read_rates(limit, defaults, &position))
        dw__buf_format(why, "dw_app.rate_global \"%.*s\" cannot be read at its byte %zu: " AS_WRITTEN,
                       DW_FMT(limit->text), position + 1, DW__RATES);
    write_names(limit, "global:");
}

const char *dw__limit_by_name(const struct plan_limit *limit)
{
    static const char *const names[] = {[DW_RATE_INHERIT] = "caller",
                                        [DW_RATE_BY_CALLER] = "caller",
                                        [DW_RATE_BY_ADDRESS] = "address",
                                        [DW_RATE_BY_API_KEY] = "API key",
                                        [DW_RATE_BY_SESSION] = "session"};

    if (limit->field != NULL)
        return limit->field->c_name;
    return limit->key_of != NULL ? "key of the application's" : names[limit->by];
}

const char *dw__limit_strategy_name(const struct plan_limit *limit)
{
    static const char *const names[] = {[DW_RATE_STRATEGY_INHERIT] = "gcra",
                                        [DW_RATE_GCRA] = "gcra",
                                        [DW_RATE_FIXED_WINDOW] = "fixed-window",
                                        [DW_RATE_MOVING_WINDOW] = "moving-window",
                                        [DW_RATE_SLIDING_COUNTER] = "sliding-window-counter"};

    return names[limit->strategy];
}
