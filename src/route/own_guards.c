/* route/own_guards.c -- the application's guards of a route in the order in which they run.
 *
 * Must never: start with a row that would not run, that would run twice, or that refuses with what nobody can describe. */
#include "route/own_guards.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

#define REASON_MIN 8u

static size_t count(const dw_guard *const *table)
{
    size_t n = 0;

    while (table != NULL && table[n] != NULL)
        n++;
    return n;
}

static const char *before_fault(const dw_guard *g)
{
    if (g->phase == DW_PHASE_AFTER)
        return g->before != NULL ? "what stands in DW_PHASE_AFTER cannot refuse: .before has no place there"
                                 : NULL;
    return g->before == NULL ? "it has no .before: what only decorates stands in DW_PHASE_AFTER" : NULL;
}

static const char *refuses_fault(const dw_guard *g)
{
    if (g->before != NULL && (g->refuses == NULL || g->refuses[0] == DW_OK))
        return "it can refuse: .refuses = DW_REFUSES(…) says with what";
    for (size_t i = 0; g->refuses != NULL && g->refuses[i] != DW_OK; i++)
        if (!dw__err_is_known(g->refuses[i]))
            return ".refuses names an error that there is not";
    return NULL;
}

static const char *guard_fault(const dw_guard *g, enum plan_origin from)
{
    const char *fault = before_fault(g);

    if (g->phase < DW_PHASE_EARLY || g->phase > DW_PHASE_AFTER)
        return "there is no such phase";
    if (g->why == NULL || strlen(g->why) < REASON_MIN)
        return "it needs a reason of at least 8 characters";
    if (g->phase == DW_PHASE_EARLY && from != FROM_APP)
        return "in DW_PHASE_EARLY there is no route yet: only the application has such guards";
    if (fault == NULL && g->phase == DW_PHASE_AFTER && g->after == NULL)
        fault = "it does nothing";
    return fault != NULL ? fault : refuses_fault(g);
}

static bool is_there(const struct own_guards *own, const dw_guard *g)
{
    for (size_t i = 0; i < own->n; i++)
        if (own->v[i].guard == g)
            return true;
    return false;
}

static void add_phase(struct own_guards *own, const dw_guard *const *table, enum plan_origin from,
                      dw_phase phase)
{
    for (size_t i = 0; table != NULL && table[i] != NULL; i++)
        if (table[i]->phase == phase && !is_there(own, table[i]))
            own->v[own->n++] = (struct own_guard){table[i], from};
}

static void check(const dw_guard *const *table, enum plan_origin from, const char *where, struct buf *why)
{
    for (size_t i = 0; table != NULL && table[i] != NULL; i++) {
        const char *fault = guard_fault(table[i], from);

        for (size_t k = 0; k < i && fault == NULL; k++)
            if (table[k] == table[i])
                fault = "it stands there twice";
        if (fault != NULL)
            dw__buf_format(why, "guard %s of %s: %s\n", table[i]->name ? table[i]->name : "without a name",
                           where, fault);
    }
}

void dw__own_guards_plan(struct own_guards *own, const dw_guard *const *app, const dw_guard *const *bp,
                         const dw_guard *const *route, const char *where, struct buf *why)
{
    size_t n = count(app) + count(bp) + count(route);

    check(app, FROM_APP, "the application", why);
    check(bp, FROM_BLUEPRINT, where, why);
    check(route, FROM_ROUTE, where, why);
    own->v = calloc(n + 1, sizeof *own->v);
    DW__CHECK(own->v != NULL);
    for (dw_phase phase = DW_PHASE_EARLY; phase <= DW_PHASE_AFTER; phase++) {
        own->first[phase] = own->n;
        add_phase(own, app, FROM_APP, phase);
        add_phase(own, bp, FROM_BLUEPRINT, phase);
        add_phase(own, route, FROM_ROUTE, phase);
    }
    own->first[DW_PHASE_AFTER + 1] = own->n;
}

void dw__own_guards_release(struct own_guards *own)
{
    free(own->v);
}
