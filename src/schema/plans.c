/* plans.c -- each schema compiled once, however many routes and statements name it. */
#include <stdlib.h>

#include "schema/plan.h"

void dw__schema_plans_init(struct schema_plans *plans)
{
    *plans = (struct schema_plans){0};
}

void dw__schema_plans_release(struct schema_plans *plans)
{
    for (size_t i = 0; i < plans->n; i++)
        dw__schema_plan_free(plans->v[i]);
    free(plans->v);
    *plans = (struct schema_plans){0};
}

static bool grow(struct schema_plans *plans)
{
    size_t cap = plans->cap == 0 ? 16 : plans->cap * 2;
    struct schema_plan **v = reallocarray(plans->v, cap, sizeof(struct schema_plan *));

    if (v == NULL)
        return false;
    plans->v = v;
    plans->cap = cap;
    return true;
}

dw_err dw__schema_plans_get(struct schema_plans *plans, const dw_schema *schema,
                            const struct schema_plan **out, struct buf *why)
{
    *out = NULL;
    for (size_t i = 0; i < plans->n; i++)
        if (plans->v[i]->schema == schema) {
            *out = plans->v[i];
            return DW_OK;
        }
    if (plans->n == plans->cap && !grow(plans)) {
        dw__buf_lit(why, "out of memory");
        return DW_INTERNAL;
    }
    struct schema_plan *plan;
    dw_err err = dw__schema_compile(schema, &plan, why);
    if (err != DW_OK)
        return err;
    plans->v[plans->n++] = plan;
    *out = plan;
    return DW_OK;
}
