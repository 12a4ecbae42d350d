/* plan_audit.c -- what works, and should still be looked at. */
#include "schema/plan_audit.h"

#include "schema/pattern_risk.h"

static void audit_object(const struct schema_plan *plan, struct plan_findings *to);

static void audit_pattern(const char *pattern, const char *schema, const char *field,
                          struct plan_findings *to)
{
    if (pattern == NULL)
        return;
    switch (dw__pattern_risk(pattern)) {
    case PATTERN_FINE: return;
    case PATTERN_EXPONENTIAL:
        to->warn(to, schema, field,
                 "the pattern can backtrack exponentially: a part of it reads the same text in two ways; a "
                 "text that reaches the "
                 "limits of a match is refused");
        return;
    case PATTERN_UNKNOWN:
        to->note(to, schema, field, "whether the pattern can backtrack exponentially cannot be judged");
        return;
    }
}

static void audit_type(const struct plan_type *type, const char *schema, const char *field,
                       struct plan_findings *to)
{
    const void *rules = type->rules;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: audit_pattern(((const dw_text_rules *)rules)->pattern, schema, field, to); return;
    case DW_KIND_MAP:
        audit_pattern(((const dw_map_rules *)rules)->keys, schema, field, to);
        __attribute__((fallthrough));
    case DW_KIND_LIST: audit_type(type->list.element, schema, field, to); return;
    case DW_KIND_OBJECT: audit_object(type->object, to); return;
    default: return;
    }
}

static void audit_object(const struct schema_plan *plan, struct plan_findings *to)
{
    if (plan->drop != NULL)
        to->drop(to, plan->name, plan->drop);
    for (size_t i = 0; i < plan->n_fields; i++)
        audit_type(&plan->fields[i].type, plan->name, plan->fields[i].c_name, to);
}

void dw__plan_audit(const struct schema_plan *plan, struct plan_findings *to)
{
    audit_object(plan, to);
}
