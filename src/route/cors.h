/* route/cors.h -- which pages of other origins may call a route: what the application said (<dw/cors.h>), checked and rendered at start-up. */
#ifndef DW_ROUTE_CORS_H
#define DW_ROUTE_CORS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/origin.h"
#include <dw/app.h>

struct route_plan;
struct route_table;
struct plan_defaults;

/* One dw_cors, for all routes that have it. */
struct cors {
    const dw_cors *said;
    const struct origin_rule *rules;
    size_t n;
    bool any, credentials, of_setting;
    dw_text headers, expose; /* as header values; empty: none */
    const char *private_network;
    struct cors *next;
};

/* Where a blueprint or the application has one, for paths below it that have no route. */
struct cors_scope {
    dw_text prefix; /* whole segments; empty: every path */
    const struct cors *cors;
    struct cors_scope *next;
};

struct cors_table {
    struct arena arena;
    struct cors *first;
    struct cors_scope *scopes;
    dw_text max_age; /* of Access-Control-Max-Age: "600" */
};

void dw__cors_table_init(struct cors_table *table, const struct plan_defaults *defaults);
void dw__cors_table_release(struct cors_table *table);

/* What the route, its blueprint or the application says, into plan->cors; of the framework's own routes nothing. */
void dw__plan_cors(struct route_plan *plan, struct cors_table *table, const dw_app *app,
                   const dw_blueprint *bp, const struct plan_defaults *defaults, struct buf *why);
/* When all routes are there: which methods a preflight may name, and the scopes. */
void dw__cors_finish(struct route_table *routes, const dw_app *app);

/* Whether pages of `origin` (p NULL: the request has none) may read what a route of `cors` says. */
bool dw__cors_allows(const struct cors *cors, dw_text origin);
/* That of the longest prefix of whole segments that `path` lies below, letter by letter; NULL: there is none. */
const struct cors *dw__cors_scope(const struct cors_table *table, dw_text path);

#endif
