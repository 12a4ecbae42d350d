/* route/sources.c -- one source for each field of an input.
 *
 * A field that the path names comes from the path; one that says .from_query, .from_header or .from_cookie from there; any other from
 * the body where the method has one, else from the query. What could come from two places could mean two things. */
#include "route/sources.h"

#include <string.h>

#include "base/text.h"
#include "route/plan.h"

bool dw__method_has_body(dw_method method)
{
    return method == DW_M_POST || method == DW_M_PUT || method == DW_M_PATCH;
}

static void say(struct buf *why, const struct route_plan *plan, const struct plan_field *f, const char *what)
{
    dw__buf_format(why, "route %s %.*s: field %.*s %s\n", plan->method, DW_FMT(plan->pattern),
                   DW_FMT(f->name), what);
}

static void from_path(struct route_plan *plan, size_t i, int param, struct buf *why)
{
    const struct plan_field *f = &plan->in->fields[i];

    plan->params[plan->n_params++] = (struct path_param){(uint8_t)param, (uint8_t)i};
    plan->sources.path |= UINT64_C(1) << i;
    if (f->source != SOURCE_ANY)
        say(why, plan, f, "comes from the path and cannot come from elsewhere as well");
    if ((plan->in->inputs >> i & 1) == 0)
        say(why, plan, f, "is read-only and cannot come from the path");
}

int dw__pattern_param(dw_text pattern, dw_text name)
{
    int n = 0;

    while (pattern.p != NULL) {
        dw_text segment = dw__text_cut(&pattern, '/');

        if (segment.n < 3 || segment.p[0] != '{')
            continue;
        if (dw__text_eq((dw_text){segment.p + 1, segment.n - 2}, name))
            return n;
        n++;
    }
    return -1;
}

/* The tree says when a parameter is no field, or when there are too many. */
static void path_sources(struct route_plan *plan, struct buf *why)
{
    for (size_t i = 0; i < plan->in->n_fields; i++) {
        int param = dw__pattern_param(plan->pattern, plan->in->fields[i].name);

        if (param >= 0 && param < (int)DW__MAX_PARAMS && plan->n_params < DW__MAX_PARAMS)
            from_path(plan, i, param, why);
    }
}

/* The set that field `f` joins. */
static uint64_t *source_of(struct route_plan *plan, const struct plan_field *f)
{
    bool query = plan->route->raw != NULL || !dw__method_has_body(plan->route->method);

    switch (f->source) {
    case SOURCE_QUERY: return &plan->sources.query;
    case SOURCE_HEADER: return &plan->sources.header;
    case SOURCE_COOKIE: return &plan->sources.cookie;
    case SOURCE_ANY: break;
    }
    return query ? &plan->sources.query : &plan->sources.body;
}

void dw__plan_sources(struct route_plan *plan, struct buf *why)
{
    path_sources(plan, why);
    if (strcmp(plan->in->name, "dw_nothing") == 0)
        return;
    for (uint64_t left = plan->in->inputs & ~plan->sources.path; left != 0; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);
        const struct plan_field *f = &plan->in->fields[i];
        uint64_t *set = source_of(plan, f);

        *set |= UINT64_C(1) << i;
        if (set != &plan->sources.body && !dw__schema_field_from_text(plan->in, i))
            say(why, plan, f,
                set == &plan->sources.query ? "cannot come from the query"
                                            : "cannot come from a header or cookie");
    }
}
