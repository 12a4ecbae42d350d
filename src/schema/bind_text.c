/* bind_text.c -- path segments, queries and forms: fields that come as text.
 *
 * Text has one spelling for each value: an integer is decimal digits, a bool the word true or false, a double a JSON number.
 * A field that comes twice is a fault, since readers disagree on which one counts; only a list takes several. */
#include "base/text.h"
#include "codec/json.h"
#include "schema/bind.h"
#include "schema/bind_rules.h"

/* A number and nothing else, not even white space. */
static bool read_number(dw_text value, struct json_number *number)
{
    struct json_in in;

    dw__json_init(&in, value);
    return dw__json_number(&in, number) && number->lexeme.n == value.n;
}

static bool bind_string(const struct plan_type *type, dw_text value, void *at, struct bind_faults *faults,
                        const struct bind_place *place)
{
    if (!dw__bind_check_text(type, value, false, faults, place))
        return true;
    if (type->kind == DW_KIND_SECRET) {
        dw_text copy = dw__arena_text(faults->arena, value);
        if (copy.p == NULL)
            return dw__bind_no_memory(faults);
        *(dw_secret *)at = (dw_secret){copy.p, copy.n};
    } else {
        *(dw_text *)at = value;
    }
    return true;
}

static bool bind_number(const struct plan_type *type, dw_text value, void *at, struct bind_faults *faults,
                        const struct bind_place *place)
{
    struct json_number number;
    bool good = read_number(value, &number);

    if (!good || (type->kind == DW_KIND_INT64 && !number.integral)) {
        dw__bind_wrong_type(type, faults, place);
    } else if (type->kind == DW_KIND_INT64) {
        if (dw__bind_check_int64(type, number.i, faults, place))
            *(int64_t *)at = number.i;
    } else {
        double v = dw__json_double(number.lexeme);
        if (dw__bind_check_double(type, v, faults, place))
            *(double *)at = v;
    }
    return true;
}

/* False only without memory. */
static bool bind_scalar(const struct plan_type *type, dw_text value, void *at, struct bind_faults *faults,
                        const struct bind_place *place)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: return bind_string(type, value, at, faults, place);
    case DW_KIND_INT64:
    case DW_KIND_DOUBLE: return bind_number(type, value, at, faults, place);
    case DW_KIND_BOOL:
        *(bool *)at = dw__text_is(value, "true");
        if (*(bool *)at || dw__text_is(value, "false"))
            return true;
        break;
    case DW_KIND_OBJECT:
    case DW_KIND_JSON:
    case DW_KIND_LIST: break;
    }
    dw__bind_wrong_type(type, faults, place);
    return true;
}

static bool bind_element(const struct plan_field *f, uint64_t bit, dw_text value, void *out,
                         struct bind_faults *faults)
{
    dw_any_list *list = (void *)((char *)out + f->at);
    struct bind_place place = {NULL, f->name, 0};

    if (list->n >= f->type.list.max) {
        if ((faults->text_lists & bit) != 0)
            dw__bind_fault(faults, &place, "items", f->type.range_says);
        faults->text_lists &= ~bit; /* once is enough */
        return true;
    }
    void *slot = dw__bind_list_room(list, f->type.list.element->size, faults->arena);
    if (slot == NULL)
        return dw__bind_no_memory(faults);
    return bind_scalar(f->type.list.element, value, slot, faults,
                       &(struct bind_place){&place, {0}, list->n++});
}

void dw__bind_text(const struct schema_plan *plan, size_t i, dw_text value, void *out,
                   struct bind_faults *faults)
{
    const struct plan_field *f = &plan->fields[i];
    uint64_t bit = UINT64_C(1) << i;
    bool repeated = (faults->seen & bit) != 0;
    bool list = f->type.kind == DW_KIND_LIST && dw__schema_field_from_text(plan, i);

    faults->seen |= bit;
    if (list && !repeated)
        faults->text_lists |= bit;
    if (repeated && !list) {
        dw__bind_broken(faults, f->name, "repeated", "May be given only once.");
        return;
    }
    if (list ? bind_element(f, bit, value, out, faults)
             : bind_scalar(&f->type, value, (char *)out + f->at, faults,
                           &(struct bind_place){NULL, f->name, 0}))
        dw__bind_has(plan, i, out);
}

void dw__bind_form(const struct schema_plan *plan, const struct form *form, uint64_t accept_mask, void *out,
                   struct bind_faults *faults)
{
    for (size_t k = 0; k < form->n; k++) {
        int i = dw__schema_field(plan, form->pairs[k].name);
        if (i >= 0 && (accept_mask >> i & 1) != 0)
            dw__bind_text(plan, (size_t)i, form->pairs[k].value, out, faults);
        else
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
