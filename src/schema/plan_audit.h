/* schema/plan_audit.h -- what `check` should say of a schema that compiles. */
#ifndef DW_SCHEMA_PLAN_AUDIT_H
#define DW_SCHEMA_PLAN_AUDIT_H

#include "schema/plan.h"

/* Where findings go. */
struct plan_findings {
    void (*warn)(struct plan_findings *to, const char *schema, const char *field, const char *what);
    void (*note)(struct plan_findings *to, const char *schema, const char *field, const char *what);
    void (*drop)(struct plan_findings *to, const char *schema, const char *why);
};

/* Says which patterns a text can make slow (or cannot be judged), and why undeclared fields are passed over; nested objects are said with the
 * plan that holds them. */
void dw__plan_audit(const struct schema_plan *plan, struct plan_findings *to);

#endif
