/* app/routes_say.h -- what `routes` says of a route, in all its forms: who may, and what is asked of them. */
#ifndef DW_APP_ROUTES_SAY_H
#define DW_APP_ROUTES_SAY_H

#include "app/command.h"
#include "route/plan.h"

/* Whom a column of the matrix is about; a role has ROUTE_ROLE and its place in dw_app.roles. */
enum route_column { ROUTE_ANYONE, ROUTE_SIGNED_IN, ROUTE_ROLE };

/* Whether they may: "yes", "-"; "if": where the policies of what is loaded say so; "2nd": with a second factor, which their role wants; "signed":
 * whoever signs. What else is asked (a scope, a recent sign-in), it does not say. */
const char *dw__route_may(const struct route_plan *plan, unsigned column, uint64_t mfa_roles);

/* "default", "application", "blueprint", "route". */
const char *dw__plan_origin_name(enum plan_origin origin);

/* Whether requests must show that no other site made them; if not, why nobody asks. */
bool dw__route_asks_csrf(const struct route_plan *plan);
const char *dw__route_why_no_csrf(const struct route_plan *plan);

/* "JSON, form or multipart": what the body of a route may be; NULL where it reads none. */
const char *dw__route_body(const struct route_plan *plan);

/* The kinds of credentials, each with its name: ended by a row of 0. */
struct credential_name {
    unsigned flag;
    const char *name;
};
extern const struct credential_name dw__credential_names[];

/* The outcomes that a limit may be of, likewise: "2xx" … "401". */
struct outcome_name {
    unsigned flag;
    const char *name;
};
extern const struct outcome_name dw__outcome_names[];

/* Prints a line for each route and a column for each role, and below it what its words mean. */
void dw__routes_matrix(const struct invocation *inv);
/* Prints all of it as one JSON object; the exit status. */
int dw__routes_json(const struct invocation *inv);

#endif
