/* bind_check.c -- the application's own checks: C functions that see good values only.
 *
 * A check is handed a value that keeps all other rules and a place to report to. It can say that the value is wrong, or which member
 * of it: members are found by where they lie, so that what it names is what the compiler saw. */
#include "schema/bind_rules.h"

/* Declared in <dw/rules.h>. */
struct dw_faults {
    struct bind_faults *all;
    const struct bind_place *place;
    const struct plan_type *type;   /* of a scalar, list or map */
    const struct schema_plan *plan; /* of an object … */
    const char *base;               /* … which lies here */
    bool any;
};

/* The field of `plan` that has `size` bytes at `offset`, followed into nested objects; noted there. */
static bool fault_member(dw_faults *faults, const struct schema_plan *plan, size_t offset, size_t size,
                         const struct bind_place *place, const char *code, const char *says)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        struct bind_place here = {place, f->name, 0};
        if (offset < f->at || offset - f->at >= f->type.size)
            continue;
        if (f->type.kind == DW_KIND_OBJECT && size < f->type.size)
            return fault_member(faults, f->type.object, offset - f->at, size, &here, code, says);
        dw__bind_fault_says(faults->all, &here, &f->type, code, says);
        return true;
    }
    return false;
}

void dw_x_fault(dw_faults *faults, const void *member, size_t size, const char *code, const char *says)
{
    uintptr_t at = (uintptr_t)member, base = (uintptr_t)faults->base;

    faults->any = true;
    if (member != NULL && faults->plan != NULL && at >= base &&
        fault_member(faults, faults->plan, at - base, size, faults->place, code, says))
        return;
    dw__bind_fault_says(faults->all, faults->place, faults->type, code, says);
}

/* ---- running them ---- */

/* Calls rules->check(*(C *)at). */
#define CALL(Rules, C) ((const Rules *)rules)->check(*(const C *)at, &faults)

bool dw__bind_check(const struct plan_type *type, const void *at, struct bind_faults *all,
                    const struct bind_place *place)
{
    const void *rules = type->rules;
    dw_faults faults = {.all = all, .place = place, .type = type};

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: CALL(dw_text_rules, dw_text); break;
    case DW_KIND_SECRET: CALL(dw_secret_rules, dw_secret); break;
    case DW_KIND_INT64: CALL(dw_int64_rules, int64_t); break;
    case DW_KIND_DOUBLE: CALL(dw_double_rules, double); break;
    case DW_KIND_BOOL: CALL(dw_bool_rules, bool); break;
    case DW_KIND_DECIMAL: CALL(dw_decimal_rules, dw_decimal); break;
    case DW_KIND_DATE: CALL(dw_date_rules, dw_date); break;
    case DW_KIND_TIME: CALL(dw_time_rules, dw_time); break;
    case DW_KIND_UUID: CALL(dw_uuid_rules, dw_uuid); break;
    case DW_KIND_IP: CALL(dw_ip_rules, dw_ip); break;
    case DW_KIND_ENUM: CALL(dw_enum_rules, unsigned); break;
    case DW_KIND_BYTES: CALL(dw_bytes_rules, dw_bytes); break;
    case DW_KIND_JSON: CALL(dw_json_rules, dw_json); break;
    case DW_KIND_LIST:
    case DW_KIND_MAP: (*type->schema->check)(at, &faults); break;
    case DW_KIND_OBJECT: break; /* its plan has them */
    }
    return !faults.any;
}

void dw__bind_check_object(const struct schema_plan *plan, uint64_t seen, const void *out,
                           struct bind_faults *all, const struct bind_place *place)
{
    for (size_t i = 0; i < plan->n_checks; i++) {
        const struct plan_check *check = &plan->checks[i];
        dw_faults faults = {.all = all, .place = place, .plan = plan, .base = out};
        if ((check->needs & ~seen) == 0)
            check->fn((const char *)out + check->at, &faults);
    }
}
