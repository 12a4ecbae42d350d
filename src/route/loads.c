/* route/loads.c -- from the loaders that a route and its handler name to the order in which they run.
 *
 * What a loader needs stands before it; each stands there once, however many name it.  A field of a key has one source: what could come
 * from two places could mean two things.  Must never: let a route start whose loader would find out at run time that it has no
 * key, no caller, or itself before it. */
#include "route/loads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "route/plan.h"
#include "store/sql.h"

#define REASON_MIN 8u

/* While the loaders of one route are looked at. */
struct look {
    struct route_plan *plan;
    struct route_table *table;
    const struct sql_inventory *inventory;
    const dw_loader *above[DW__MAX_LOADS]; /* those that are being added, each needed by the one before */
    size_t n_above;
    struct buf *why;
};

static void say(const struct look *look, const char *who, const char *fmt, ...) DW_PRINTF(3, 4);
static void say(const struct look *look, const char *who, const char *fmt, ...)
{
    char what[384];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    dw__buf_format(look->why, "route %s %.*s: %s: %s\n", look->plan->method, DW_FMT(look->plan->pattern), who,
                   what);
}

/* ---- which, and in what order ---- */

static size_t place_of(const struct route_loads *loads, const dw_loader *loader)
{
    for (size_t i = 0; i < loads->n; i++)
        if (loads->v[i].loader == loader)
            return i;
    return SIZE_MAX;
}

static bool is_above(const struct look *look, const dw_loader *loader)
{
    for (size_t i = 0; i < look->n_above; i++)
        if (look->above[i] == loader)
            return true;
    return false;
}

/* By its first word, as it is written for either database; one that hides its change behind WITH is refused when it runs. */
static bool writes(const char *sql)
{
    static const dw_text words[] = {DW_TEXT_INIT("insert"), DW_TEXT_INIT("update"), DW_TEXT_INIT("delete"),
                                    DW_TEXT_INIT("replace"), DW_TEXT_INIT("merge")};
    dw_text rest = dw__text_trim(dw__text_of(sql)), word = dw__text_cut(&rest, ' ');

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (dw__text_eq_nocase(word, words[i]))
            return true;
    return false;
}

static bool is_whole(const struct look *look, const dw_loader *loader)
{
    const char *fault = NULL;

    if ((loader->query == NULL) == (loader->load == NULL))
        fault = "a loader is a statement or a function: declare it with DW_LOADER or DW_LOADER_FN";
    else if (loader->key == NULL || loader->key->kind != DW_KIND_OBJECT || loader->record == NULL ||
             loader->record->kind != DW_KIND_OBJECT || loader->nothing == NULL)
        fault = "its key and its record must be schemas with fields";
    else if (loader->query != NULL && writes(loader->query->sql))
        fault = "its statement writes, and a loader only looks: let the handler run it";
    if (fault != NULL)
        say(look, loader->name, "%s", fault);
    return fault == NULL;
}

/* Adds `loader` behind what it needs. */
static void add(struct look *look, const dw_loader *loader)
{
    struct route_loads *loads = &look->plan->loads;

    if (place_of(loads, loader) != SIZE_MAX || !is_whole(look, loader))
        return;
    if (is_above(look, loader)) {
        say(look, loader->name, "it needs itself, by way of %s", look->above[look->n_above - 1]->name);
        return;
    }
    if (look->n_above + loads->n == DW__MAX_LOADS) {
        say(look, loader->name, "more than %u loaders for one route", DW__MAX_LOADS);
        return;
    }
    look->above[look->n_above++] = loader;
    for (size_t i = 0; loader->needs != NULL && loader->needs[i] != NULL; i++)
        add(look, loader->needs[i]);
    look->n_above--;
    loads->v[loads->n++].loader = loader;
}

static void add_all(struct look *look, const dw_loader *const *loaders)
{
    for (size_t i = 0; loaders != NULL && loaders[i] != NULL; i++)
        add(look, loaders[i]);
}

/* ---- where a key comes from ---- */

/* What the input has too is of the same kind: one spelling of the path for both. */
static void check_shared(struct look *look, struct load_plan *load, const struct plan_field *f)
{
    int i = dw__schema_field(look->plan->in, f->name);

    if (i < 0)
        return;
    load->with_input = true;
    if (look->plan->in->fields[i].type.kind != f->type.kind)
        say(look, load->loader->name, "field %s of its key is of another type than that of the input",
            f->c_name);
}

static void from_path(struct look *look, struct load_plan *load, size_t field, int param)
{
    const struct plan_field *f = &load->key->fields[field];

    if (load->n_params == DW__MAX_PARAMS || param >= (int)DW__MAX_PARAMS)
        return; /* the tree says so */
    load->params[load->n_params++] = (struct path_param){(uint8_t)param, (uint8_t)field};
    load->sources.path |= UINT64_C(1) << field;
    check_shared(look, load, f);
}

/* What can be copied byte for byte. */
static bool is_same_type(const struct plan_type *a, const struct plan_type *b)
{
    bool named = a->kind == DW_KIND_ENUM && strcmp(a->schema->name, b->schema->name) != 0;

    return a->kind == b->kind && a->size == b->size && !named && a->kind != DW_KIND_OBJECT &&
           a->kind != DW_KIND_LIST && a->kind != DW_KIND_MAP && a->kind != DW_KIND_SECRET;
}

static const struct plan_field *field_of(const struct schema_plan *plan, const char *c_name)
{
    int i = dw__schema_field_c(plan, c_name);

    return i < 0 ? NULL : &plan->fields[i];
}

static const struct schema_plan *record_of(struct look *look, const dw_loader *loader)
{
    const struct schema_plan *record = NULL;

    if (dw__schema_plans_get(look->table->schemas, loader->record, &record, look->why) != DW_OK)
        dw__buf_lit(look->why, "\n");
    return record;
}

static void from_record(struct look *look, struct load_plan *load, size_t field, const dw_loader *from,
                        const struct plan_field *source)
{
    const struct plan_field *f = &load->key->fields[field];

    if (!is_same_type(&f->type, &source->type)) {
        say(look, load->loader->name, "field %s of its key has another type than that of %s", f->c_name,
            from->name);
        return;
    }
    load->copied |= UINT64_C(1) << field;
    load->copies[load->n_copies++] = (struct load_copy){place_of(&look->plan->loads, from), source, f};
}

/* From the records that it needs; how many have the field. */
static unsigned from_records(struct look *look, struct load_plan *load, size_t field, bool taken)
{
    const dw_loader *const *needs = load->loader->needs;
    unsigned found = 0;

    for (size_t i = 0; needs != NULL && needs[i] != NULL; i++) {
        const struct schema_plan *record =
            place_of(&look->plan->loads, needs[i]) != SIZE_MAX ? record_of(look, needs[i]) : NULL;
        const struct plan_field *source =
            record != NULL ? field_of(record, load->key->fields[field].c_name) : NULL;

        if (source == NULL)
            continue;
        if (found++ == 0 && !taken)
            from_record(look, load, field, needs[i], source);
    }
    return found;
}

static unsigned from_elsewhere(struct look *look, struct load_plan *load, size_t field)
{
    const struct plan_field *f = &load->key->fields[field];
    uint64_t *set = f->source == SOURCE_QUERY    ? &load->sources.query
                    : f->source == SOURCE_HEADER ? &load->sources.header
                    : f->source == SOURCE_COOKIE ? &load->sources.cookie
                                                 : NULL;

    if (set == NULL)
        return 0;
    *set |= UINT64_C(1) << field;
    if (!dw__schema_field_from_text(load->key, field))
        say(look, load->loader->name, "field %s of its key cannot come as text", f->c_name);
    return 1;
}

static void key_field(struct look *look, struct load_plan *load, size_t field)
{
    const struct plan_field *f = &load->key->fields[field];
    int param = dw__pattern_param(look->plan->pattern, f->name);
    unsigned sources = param >= 0;

    if (param >= 0)
        from_path(look, load, field, param);
    sources += from_elsewhere(look, load, field);
    sources += from_records(look, load, field, sources > 0);
    if (sources == 0)
        say(look, load->loader->name,
            "field %s of its key has no source: name it in the path, say .from_query, .from_header or "
            ".from_cookie, or need a loader whose record has it",
            f->c_name);
    else if (sources > 1)
        say(look, load->loader->name, "field %s of its key has %u sources: rename it", f->c_name, sources);
    else if ((load->key->inputs >> field & 1) == 0)
        say(look, load->loader->name, "field %s of its key is read-only: nobody can say it", f->c_name);
}

static void plan_key(struct look *look, struct load_plan *load)
{
    DW__CHECK(load->loader != NULL);
    if (dw__schema_plans_get(look->table->schemas, load->loader->key, &load->key, look->why) != DW_OK) {
        dw__buf_lit(look->why, "\n");
        return;
    }
    load->copies = calloc(load->key->n_fields + 1, sizeof *load->copies);
    DW__CHECK(load->copies != NULL);
    for (size_t i = 0; i < load->key->n_fields && strcmp(load->key->name, "dw_nothing") != 0; i++)
        key_field(look, load, i);
    load->with_input =
        load->with_input && load->sources.query == 0; /* those take theirs out of the query first */
    if (load->copied != 0 && load->key->n_checks > 0)
        say(look, load->loader->name,
            "its key has a check (DW_CHECK) and fields of a record, which are not there yet when it runs");
}

/* ---- who may ---- */

static void check_caller(const struct look *look, const struct load_plan *load)
{
    const dw_query *q = load->loader->query;
    size_t i = q != NULL && look->inventory != NULL ? dw__sql_index(look->inventory, q) : SIZE_MAX;

    if (!dw__plan_wants_caller(look->plan) && i != SIZE_MAX && dw__sql_uses_me(look->inventory, i))
        say(look, load->loader->name, "its statement %s asks for :me, and anyone may use this route",
            q->name);
}

static void check_policy(const struct look *look, const dw_object_policy *policy, const dw_loader *loader)
{
    const char *fault = NULL;

    if (policy->call == NULL || policy->object == NULL)
        fault = "there is no function: declare it with DW_POLICY";
    else if (policy->why == NULL || strlen(policy->why) < REASON_MIN)
        fault = "it needs a sentence of at least 8 characters that says who may";
    else if (policy->refused_as != DW_OK && policy->refused_as != DW_DENIED &&
             policy->refused_as != DW_NOT_FOUND)
        fault = ".refused_as is DW_DENIED or DW_NOT_FOUND";
    else if (!dw__plan_wants_caller(look->plan))
        fault = "it judges a caller, and anyone may use this route";
    if (fault != NULL)
        say(look, policy->name, "%s", fault);
    else if (policy->object->size != loader->record->size ||
             strcmp(policy->object->name, loader->record->name) != 0)
        say(look, policy->name, "it judges %s, and %s loads %s", policy->object->name, loader->name,
            loader->record->name);
}

static void add_policy(struct look *look, const dw_object_policy *policy, size_t load)
{
    struct route_loads *loads = &look->plan->loads;

    check_policy(look, policy, loads->v[load].loader);
    loads->policies[loads->n_policies++] = (struct load_policy){policy, load};
}

/* Those of each loader, and behind them those of the route. */
static void plan_policies(struct look *look)
{
    struct route_loads *loads = &look->plan->loads;
    const dw_may *may = look->plan->route->may;
    size_t n = loads->n;

    for (size_t i = 0; may != NULL && may[i].policy != NULL; i++)
        n++;
    loads->policies = calloc(n + 1, sizeof *loads->policies);
    DW__CHECK(loads->policies != NULL);
    for (size_t i = 0; i < loads->n; i++) {
        if (loads->v[i].loader->policy != NULL)
            add_policy(look, loads->v[i].loader->policy, i);
        for (size_t k = 0; may != NULL && may[k].policy != NULL; k++)
            if (may[k].loader == loads->v[i].loader)
                add_policy(look, may[k].policy, i);
    }
}

void dw__plan_loads(struct route_plan *plan, struct route_table *table, const struct sql_inventory *inventory,
                    struct buf *why)
{
    struct look look = {.plan = plan, .table = table, .inventory = inventory, .why = why};
    const dw_route *route = plan->route;
    size_t before = why->n;

    if (route->loads == NULL && route->handler->loads == NULL && route->may == NULL)
        return;
    plan->loads.v = calloc(DW__MAX_LOADS, sizeof *plan->loads.v);
    DW__CHECK(plan->loads.v != NULL);
    add_all(&look, route->loads);
    add_all(&look, route->handler->loads);
    for (size_t i = 0; route->may != NULL && route->may[i].policy != NULL; i++)
        if (route->may[i].loader != NULL)
            add(&look, route->may[i].loader);
        else
            say(&look, route->may[i].policy->name,
                "it is said of no loader: .may = DW_MAY((policy, loader))");
    for (size_t i = 0; why->n == before && i < plan->loads.n; i++) {
        plan_key(&look, &plan->loads.v[i]);
        check_caller(&look, &plan->loads.v[i]);
    }
    plan_policies(&look);
}

void dw__route_loads_release(struct route_loads *loads)
{
    for (size_t i = 0; i < loads->n; i++)
        free(loads->v[i].copies);
    free(loads->v);
    free(loads->policies);
}
