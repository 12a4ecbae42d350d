/* route/plan.h -- all that can be decided about a route is decided at start-up.
 *
 * A route's options after inheritance, its schemas, where each field of its input comes from, its prerendered header blocks:
 * compiled once into an immutable route_plan, so that a request pays for its work and not for its configuration. */
#ifndef DW_ROUTE_PLAN_H
#define DW_ROUTE_PLAN_H

#include "base/buf.h"
#include "codec/rate.h"
#include "http/request.h"
#include "route/cors.h"
#include "route/error_rules.h"
#include "route/header_block.h"
#include "route/loads.h"
#include "route/origin.h"
#include "route/own_guards.h"
#include "route/redirects.h"
#include "route/sources.h"
#include "route/tree.h"
#include "schema/plan.h"
#include <dw/app.h>

/* The most routes with .at_once. */
#define DW__AT_ONCE_ROUTES 256u
#define DW__LIMIT_NAME 40
#define DW__LIMIT_POLICY 320

/* How often it may be asked (route/limit.c). */
struct plan_limit {
    struct rate rates[DW__RATES];
    size_t n;          /* 0: as often as anybody likes */
    uint64_t identity; /* of what is counted together */
    dw_rate_by by;
    bool of_all;           /* of all requests, whatever they ask for: rate_global */
    bool by_default;       /* … which nobody has said */
    bool cross_site_apart; /* what a browser sends for another site has a count of its own */
    dw_rate_strategy strategy;
    uint32_t cost;
    dw_rate_cost_fn cost_of; /* or NULL: cost */
    dw_rate_key_fn key_of;   /* or NULL: by */
    const struct plan_field
        *field;          /* … or the field of the input that is counted by, when it is bound; or NULL */
    unsigned on;         /* DW_RATE_ON_…; 0: whatever is answered */
    struct rate meta;    /* breaches that shut out for as long; count 0: none do */
    dw_text text;        /* as it was written */
    const char *setting; /* … in this setting, or NULL */
    const char *shared;  /* .rate_shared, or NULL */
    const char *why_not; /* .no_rate, or NULL */
    enum plan_origin from;
    /* As replies name them, ended by NUL: each ("3/60s"), that of the breaches, and all as RateLimit-Policy has them. */
    char names[DW__RATES + 1][DW__LIMIT_NAME], policy[DW__LIMIT_POLICY];
};

struct route_plan {
    const dw_route *route; /* NULL: the built-in plan for what has no route */
    const dw_blueprint *blueprint;
    dw_text pattern; /* with the blueprint's prefix; "-" for the built-in plan */
    const char *method;
    dw_policy allow;
    const struct schema_plan *in, *out;
    struct input_sources sources;
    struct path_param params[DW__MAX_PARAMS]; /* the input fields that the path gives */
    size_t n_params;
    int status;
    enum dw_body body;
    bool typed_reply; /* the framework makes the reply of `out`, or 204 when that is NULL */
    bool read_only;   /* GET, and no reason to write */
    bool has_mfa;     /* the application has second factors */
    unsigned by;
    bool fresh;
    const char *csrf_exempt;
    uint64_t scopes; /* that a caller who is limited by scopes must have */
    size_t max_body;
    uint32_t deadline_ms;
    uint32_t at_once;        /* 0: as many as come */
    unsigned at_once_number; /* among the routes that have such a limit */
    struct plan_limit limit;
    bool limited_globally; /* there is a limit of all requests together */
    dw_error_style errors;
    struct error_scopes error_scopes;
    const struct cors *cors; /* NULL: pages of our own origin only */
    dw_text cors_methods;    /* of this path that the same one opens: "GET, PUT" */
    dw_corp corp;            /* never DW_CORP_INHERIT */
    bool framed;             /* the policy of .csp lets others frame it */
    const char *corp_why;
    const char *cache_control, *csp, *cache_why, *csp_why;
    dw_text vary;                /* what of a request its input depends on: route/vary.h */
    const char *csp_report_only; /* or NULL */
    enum plan_origin by_from, fresh_from, csrf_from, scopes_from, max_body_from, deadline_from, at_once_from,
        cache_from, csp_from, csp_report_only_from, cors_from, corp_from;
    struct header_variants headers;
    struct route_loads loads;
    struct own_guards own_guards;
};

struct route_table {
    struct route_tree *tree;
    struct route_plan *plans;
    size_t n_plans;
    unsigned n_at_once; /* of them have .at_once */
    struct route_plan fallback;
    struct plan_limit global; /* of all requests of a client together */
    struct error_rules *error_rules;
    struct schema_plans *schemas;
    struct header_blocks *blocks;
    struct cors_table cors;
    struct redirects redirects;
};

/* Options of the application as settings and defaults have made them. */
struct plan_defaults {
    size_t max_body;
    uint32_t deadline_ms;
    const dw_blueprint
        *own; /* the framework's routes, or NULL; where the application has such a route, that one counts */
    const struct sql_inventory *inventory; /* the statements that loaders name; NULL: there are none */
    const dw_text *cors_origins;           /* of CORS_ORIGINS */
    size_t n_cors_origins;
    unsigned cors_max_age_s;
    dw_text rate_global,
        rate_default;    /* instead of .rate_global and .rate of the application; p NULL: as it says */
    uint32_t rate_scale; /* every limit's count times this, as far as there can be so many; 0: as it is */
    const void *own_settings; /* … and what .rate_setting names in them: 1 and *text (p NULL: not given), */
    int (*own_setting)(const void *own_settings, dw_text name,
                       dw_text *text); /* 0: there is none; NULL: not known here */
};

/* Compiles every route of `app`. All findings go into `why`, one line each; DW_BAD_REQUEST when there was one. */
DW_MUST dw_err dw__route_table_new(struct route_table **out, const dw_app *app,
                                   const struct plan_defaults *defaults, struct buf *why);
void dw__route_table_free(struct route_table *table);

/* Whether requests to `plan` are asked who sends them: no credential is parsed where nobody would ask. */
static inline bool dw__plan_wants_caller(const struct route_plan *plan)
{
    return plan->allow.kind == DW_ALLOW_USER || plan->allow.kind == DW_ALLOW_ROLES;
}

/* "GET" and so on for a dw_method; the http_method of it. */
const char *dw__method_name(enum http_method method);
enum http_method dw__method_of(dw_method method);

#endif
