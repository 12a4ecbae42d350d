/* poison.c -- in development, an output begins full of a pattern, so that a field that a handler never set has a name. */
#include "schema/print.h"

#include <string.h>

#define POISON 0xdb

static void poison_fields(const struct schema_plan *plan, char *value)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        if (f->type.kind == DW_KIND_OBJECT)
            poison_fields(f->type.object, value + f->at);
        else
            memset(value + f->at, POISON, f->type.size);
    }
}

void dw__poison(const struct schema_plan *plan, void *value)
{
    memset(value, 0, plan->size);
    poison_fields(plan, value);
}

static bool is_poison(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] != POISON)
            return false;
    return true;
}

const char *dw__poison_find(const struct schema_plan *plan, const void *value, uint64_t roles)
{
    const char *base = value;

    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        if (dw__print_hides(f, roles) || ((f->optional || f->nullable) && base[f->has_at] == 0))
            continue;
        if (f->type.kind == DW_KIND_OBJECT) {
            const char *inner = dw__poison_find(f->type.object, base + f->at, roles);
            if (inner != NULL)
                return inner;
        } else if (is_poison(base + f->at, f->type.size)) {
            return f->name.p;
        }
    }
    return NULL;
}
