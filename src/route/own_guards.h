/* route/own_guards.h -- the application's guards that count for a route (<dw/guard.h>): application, blueprint, route, each in its order. */
#ifndef DW_ROUTE_OWN_GUARDS_H
#define DW_ROUTE_OWN_GUARDS_H

#include "base/buf.h"
#include "route/origin.h"
#include <dw/guard.h>

struct route_plan;

struct own_guard {
    const dw_guard *guard;
    enum plan_origin from;
};

/* Ordered by phase: those of phase p begin at first[p]. */
struct own_guards {
    struct own_guard *v;
    size_t n;
    size_t first[DW_PHASE_AFTER + 2];
};

/* The tables of `app`, `bp` and `route` (each may be NULL) as one; what cannot be goes into `why`, one line each, `where` being whose plan it is. */
void dw__own_guards_plan(struct own_guards *own, const dw_guard *const *app, const dw_guard *const *bp,
                         const dw_guard *const *route, const char *where, struct buf *why);
void dw__own_guards_release(struct own_guards *own);

#endif
