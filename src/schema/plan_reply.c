/* schema/plan_reply.c -- reading what we have sent: a plan whose fields are those of a reply, as printing has them.
 *
 * A client must not send a read-only field, and a reply never has a write-only one; a default is for who sends nothing, and a reply has every field
 * that is neither optional nor for some roles. */
#include "schema/plan.h"

static void as_reply(struct schema_plan *plan);

static void type_as_reply(struct plan_type *type)
{
    while (type->kind == DW_KIND_LIST || type->kind == DW_KIND_MAP)
        type = type->list.element;
    if (type->kind == DW_KIND_OBJECT)
        as_reply(type->object);
}

static void as_reply(struct schema_plan *plan)
{
    plan->inputs = plan->required = plan->defaults = 0;
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        uint64_t bit = UINT64_C(1) << i;

        if (f->write_only)
            continue;
        plan->inputs |= bit;
        if (!f->optional && f->visible_to == 0)
            plan->required |= bit;
        type_as_reply(&plan->fields[i].type);
    }
}

dw_err dw__schema_compile_reply(const dw_schema *schema, struct schema_plan **out, struct buf *why)
{
    dw_err err = dw__schema_compile(schema, out, why);

    if (err == DW_OK)
        as_reply(*out);
    return err;
}
