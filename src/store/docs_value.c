/* store/docs_value.c -- see docs_value.h. */
#include "store/docs_value.h"

#include <string.h>

#include "schema/print.h"

/* ---- as JSON, and back ---- */

dw_err dw__doc_print(const struct plan_type *type, const void *value, struct arena *arena, dw_text *json)
{
    struct buf b;

    dw__buf_init(&b, arena, DW_DOC_MAX);
    dw__print_value(type, value, &b);
    if (b.failed) /* it was too much for a document, unless the arena had not even that */
        return arena->limit - arena->used > 2 * (size_t)DW_DOC_MAX ? DW_TOO_LARGE : DW_UNAVAILABLE;
    *json = (dw_text){b.p, b.n};
    return DW_OK;
}

dw_err dw__doc_bind(const struct plan_type *type, dw_text json, void *out, struct bind_faults *faults)
{
    if (dw__bind_json_value(type, json, out, faults))
        return DW_OK;
    return faults->fatal == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_INVALID;
}

/* ---- merging ---- */

static bool merge_fields(const struct schema_plan *plan, char *value, const char *part, bool partial);

static void take_away(const struct plan_field *f, char *value)
{
    memset(value + f->at, 0, f->type.size);
    value[f->has_at] = false;
    value[f->null_at] = f->nullable && !f->optional;
}

static bool merge_field(const struct schema_plan *plan, size_t i, char *value, const char *part)
{
    const struct plan_field *f = &plan->fields[i];
    bool there = value[f->has_at] || (!f->optional && !f->nullable);

    if (f->type.kind == DW_KIND_OBJECT && there)
        return merge_fields(f->type.object, value + f->at, part + f->at, false);
    memcpy(value + f->at, part + f->at, f->type.size);
    value[f->has_at] = true;
    value[f->null_at] = false;
    for (size_t flat = f->flat; flat > 0; flat = plan->flats[flat - 1].outer)
        value[plan->flats[flat - 1].has_at] = true;
    return true;
}

/* A default of an inner object, which stands where nobody sent anything (schema/bind.c): what is stored there stays. */
static bool is_default(const struct plan_field *f, const char *part)
{
    return part[f->has_at] && part[f->null_at];
}

/* Depth is that of the schema, which start-up has limited. */
static bool merge_fields(const struct schema_plan *plan, char *value, const char *part, bool partial)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        bool may_go = f->optional || f->nullable;

        if (part[f->null_at] && !part[f->has_at]) {
            if (!may_go)
                return false;
            take_away(f, value);
        } else if (!is_default(f, part) && (part[f->has_at] || (!partial && !may_go))) {
            if (!merge_field(plan, i, value, part))
                return false;
        }
    }
    return true;
}

bool dw__doc_merge(const struct schema_plan *plan, void *value, const void *part)
{
    return merge_fields(plan, value, part, true);
}
