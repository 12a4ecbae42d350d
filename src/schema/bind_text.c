/* bind_text.c -- path segments, queries, forms, headers and cookies: fields that come as text.
 *
 * Text has one spelling for each value: an integer is decimal digits, a bool the word true or false, a double a JSON number.
 * A field that comes twice is a fault, since readers disagree on which one counts; only a list takes several. */
#include "base/text.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/bind_rules.h"

static bool bind_element(const struct plan_field *f, uint64_t bit, dw_text value, void *out,
                         struct bind_faults *faults)
{
    dw_any_list *list = (void *)((char *)out + f->at);
    struct bind_place place = {NULL, f->name, 0};

    if (list->n >= f->type.list.max) {
        if ((faults->text_lists & bit) != 0) /* once is enough */
            dw__bind_fault(faults, &place, &f->type, "items");
        return true;
    }
    void *slot = dw__bind_list_room(list, f->type.list.element->size, faults->arena);
    if (slot == NULL)
        return dw__bind_no_memory(faults);
    return dw__bind_from_text(f->type.list.element, value, slot, faults,
                              &(struct bind_place){&place, {0}, list->n++});
}

void dw__bind_text(const struct schema_plan *plan, size_t i, dw_text value, void *out,
                   struct bind_faults *faults)
{
    const struct plan_field *f = &plan->fields[i];
    struct bind_place place = {NULL, f->name, 0};
    uint64_t bit = UINT64_C(1) << i;
    bool repeated = (faults->seen & bit) != 0;
    bool list = f->type.kind == DW_KIND_LIST && dw__schema_field_from_text(plan, i);

    faults->seen |= bit;
    if (list && !repeated)
        faults->text_lists |= bit;
    if (repeated && !list) {
        dw__bind_fault(faults, &place, &f->type, "repeated");
        return;
    }
    size_t before = faults->broken_total;
    if (list ? bind_element(f, bit, value, out, faults)
             : dw__bind_from_text(&f->type, value, (char *)out + f->at, faults, &place))
        dw__bind_has(plan, i, out);
    if (faults->broken_total != before)
        faults->text_lists &= ~bit; /* nothing more is said of its whole */
}

void dw__bind_no_text(const struct schema_plan *plan, size_t i, const char *code, struct bind_faults *faults)
{
    const struct plan_field *f = &plan->fields[i];

    faults->seen |= UINT64_C(1) << i;
    faults->text_lists &= ~(UINT64_C(1) << i); /* nothing more is said of its whole */
    dw__bind_fault(faults, &(struct bind_place){NULL, f->name, 0}, &f->type, code);
}

void dw__bind_octets(const struct schema_plan *plan, size_t i, dw_text value, void *out,
                     struct bind_faults *faults)
{
    dw_text copy = dw__arena_text(faults->arena, value);

    if (copy.p == NULL) {
        (void)dw__bind_no_memory(faults);
    } else if (dw__utf8_valid_text(copy.p, copy.n)) {
        dw__bind_text(plan, i, copy, out, faults);
    } else {
        dw__bind_no_text(plan, i, "type", faults);
    }
}

bool dw__bind_is_misspelt(const struct bind_fault *fault)
{
    return strcmp(fault->code, "type") == 0 || strcmp(fault->code, "format") == 0 ||
           (fault->type != NULL && fault->type->kind == DW_KIND_ENUM);
}

void dw__bind_form(const struct schema_plan *plan, const struct form *form, uint64_t accept_mask, void *out,
                   struct bind_faults *faults)
{
    for (size_t k = 0; k < form->n; k++) {
        int i = dw__schema_field(plan, form->pairs[k].name);
        if (i >= 0 && ((accept_mask & plan->inputs) >> i & 1) != 0)
            dw__bind_text(plan, (size_t)i, form->pairs[k].value, out, faults);
        else if (plan->drop == NULL && !dw__bind_passes_over(faults, form->pairs[k].name))
            dw__bind_unknown(faults, form->pairs[k].name);
    }
}

dw_err dw__bind_query(const struct schema_plan *plan, dw_text query, uint64_t accept_mask, void *out,
                      struct bind_faults *faults)
{
    struct form form;
    dw_err err = dw__form_parse(query, faults->arena, &form);

    if (err == DW_MALFORMED)
        err = DW_BAD_REQUEST;
    if (err == DW_OK)
        dw__bind_form(plan, &form, accept_mask, out, faults);
    else if (faults->fatal == DW_OK)
        faults->fatal = err;
    return err;
}
