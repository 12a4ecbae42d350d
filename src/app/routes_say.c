/* app/routes_say.c -- see routes_say.h. */
#include "app/routes_say.h"

#include "guard/guard.h"

const struct credential_name dw__credential_names[] = {
    {DW_BEARER, "bearer"}, {DW_SESSION, "session"}, {DW_API_KEY, "API key"}, {0, NULL}};

const struct outcome_name dw__outcome_names[] = {{DW_RATE_ON_2XX, "2xx"}, {DW_RATE_ON_3XX, "3xx"},
                                                 {DW_RATE_ON_4XX, "4xx"}, {DW_RATE_ON_5XX, "5xx"},
                                                 {DW_RATE_ON_401, "401"}, {0, NULL}};

const char *dw__plan_origin_name(enum plan_origin origin)
{
    static const char *const names[] = {"default", "application", "blueprint", "route"};

    return names[origin];
}

static bool is_let_in(const struct route_plan *plan, unsigned column)
{
    switch (plan->allow.kind) {
    case DW_ALLOW_PUBLIC: return true;
    case DW_ALLOW_USER: return column >= ROUTE_SIGNED_IN;
    case DW_ALLOW_ROLES: return column >= ROUTE_ROLE && (plan->allow.roles >> (column - ROUTE_ROLE) & 1);
    case DW_ALLOW_SIGNED:
    case DW_ALLOW_NOBODY: break;
    }
    return false;
}

static bool wants_second_factor(const struct route_plan *plan, unsigned column, uint64_t mfa_roles)
{
    return column >= ROUTE_ROLE && (mfa_roles >> (column - ROUTE_ROLE) & 1) && dw__plan_wants_caller(plan) &&
           plan->route->without_mfa == NULL;
}

const char *dw__route_may(const struct route_plan *plan, unsigned column, uint64_t mfa_roles)
{
    if (plan->allow.kind == DW_ALLOW_SIGNED)
        return column == ROUTE_ANYONE ? "signed" : "-";
    if (!is_let_in(plan, column))
        return "-";
    if (plan->loads.n_policies > 0)
        return "if";
    return wants_second_factor(plan, column, mfa_roles) ? "2nd" : "yes";
}

bool dw__route_asks_csrf(const struct route_plan *plan)
{
    return dw__guard_csrf.refuses(plan) != 0;
}

const char *dw__route_why_no_csrf(const struct route_plan *plan)
{
    if (plan->csrf_exempt != NULL)
        return plan->csrf_exempt;
    return dw__plan_wants_caller(plan) && (plan->by & DW_SESSION) ? "it changes nothing"
                                                                  : "no session counts here";
}

const char *dw__route_body(const struct route_plan *plan)
{
    static const char *const names[] = {"",
                                        "JSON",
                                        "form",
                                        "JSON or form",
                                        "multipart",
                                        "JSON or multipart",
                                        "form or multipart",
                                        "JSON, form or multipart"};

    if (plan->route->raw != NULL)
        return "raw";
    return plan->sources.body != 0 ? names[plan->body & 7] : NULL;
}
