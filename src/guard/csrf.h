/* guard/csrf.h -- what other guards know of the CSRF token in a form. */
#ifndef DW_GUARD_CSRF_H
#define DW_GUARD_CSRF_H

#include "guard/csrf_evidence.h"
#include "guard/guard.h"

/* The field of a form that has it. */
#define DW__CSRF_FIELD DW_TEXT("csrf_token")

/* Bytes of a body that is there for the token alone, in a route that reads none. */
#define DW__CSRF_BODY_MAX 4096u

/* Whether a form to a route of `plan` may have the field, though its schema does not. */
static inline bool dw__csrf_field_is_ours(const struct route_plan *plan)
{
    return (plan->by & DW_SESSION) != 0 || (plan->route != NULL && plan->route->signs_in);
}

/* What the head of `req` says of where it was made; `origin` is CANONICAL_ORIGIN, or empty. */
enum csrf_evidence dw__csrf_evidence_of(dw_text origin, const dw_req *req);

#endif
