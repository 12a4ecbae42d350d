/* bind.c -- what all sources of a request share: the rules, the faults, and the end.
 *
 * A good request writes nothing here: places and sentences are only put together when something is wrong, and then at most
 * 20 names and 100 sentences of it are kept. */
#include "schema/bind.h"

#include "base/text.h"
#include "codec/utf8.h"
#include "schema/bind_rules.h"
#include "schema/pattern.h"

void dw__bind_init(struct bind_faults *faults, struct arena *arena)
{
    *faults = (struct bind_faults){.arena = arena};
}

bool dw__bind_no_memory(struct bind_faults *faults)
{
    if (faults->fatal == DW_OK)
        faults->fatal = DW_TOO_LARGE;
    return false;
}

/* ---- places ---- */

static size_t index_digits(size_t index, char digits[static 20])
{
    return dw__u64_digits(index, digits);
}

/* The dotted name of `leaf` in the object at `up` (of `up` itself when leaf is empty); {NULL, 0} without memory. */
static dw_text render(struct arena *a, const struct bind_place *up, dw_text leaf)
{
    char digits[20];
    size_t n = leaf.n;

    for (const struct bind_place *p = up; p != NULL; p = p->up)
        n += 1 + (p->name.p != NULL ? p->name.n : index_digits(p->index, digits));
    if (leaf.n == 0 && n > 0)
        n--; /* no dot behind the last */
    char *text = dw__arena_bytes(a, n);
    if (text == NULL)
        return (dw_text){0};

    char *end = text + n - leaf.n;
    if (leaf.n > 0)
        memcpy(end, leaf.p, leaf.n);
    for (const struct bind_place *p = up; p != NULL; p = p->up) {
        dw_text part = p->name;
        if (part.p == NULL)
            part = (dw_text){digits, index_digits(p->index, digits)};
        if (end != text + n)
            *--end = '.';
        end -= part.n;
        memcpy(end, part.p, part.n);
    }
    return (dw_text){text, n};
}

/* ---- faults ---- */

static void note(struct bind_faults *faults, dw_text field, const char *code, const char *says)
{
    faults->broken_total++;
    if (faults->n_broken == DW__FAULTS_BROKEN)
        return;
    if (faults->broken == NULL)
        faults->broken = dw__arena_calloc(faults->arena, DW__FAULTS_BROKEN, sizeof *faults->broken);
    if (faults->broken == NULL || field.p == NULL) {
        (void)dw__bind_no_memory(faults);
        return;
    }
    faults->broken[faults->n_broken++] = (struct bind_fault){field, code, says};
}

void dw__bind_fault(struct bind_faults *faults, const struct bind_place *place, const char *code,
                    const char *says)
{
    dw_text field = DW_TEXT("");

    if (faults->n_broken < DW__FAULTS_BROKEN)
        field = place == NULL ? DW_TEXT("_schema") : render(faults->arena, place, (dw_text){0});
    note(faults, field, code, says);
}

void dw__bind_broken(struct bind_faults *faults, dw_text field, const char *code, const char *says)
{
    note(faults, field, code, says);
}

void dw__bind_unknown_at(struct bind_faults *faults, const struct bind_place *up, dw_text name)
{
    faults->unknown_total++;
    if (faults->n_unknown == DW__FAULTS_UNKNOWN)
        return;
    if (faults->unknown == NULL)
        faults->unknown = dw__arena_calloc(faults->arena, DW__FAULTS_UNKNOWN, sizeof *faults->unknown);
    dw_text leaf = dw__utf8_cut(name, DW__FAULTS_NAME);
    dw_text kept = render(faults->arena, up, leaf);
    if (faults->unknown == NULL || kept.p == NULL) {
        (void)dw__bind_no_memory(faults);
        return;
    }
    faults->unknown[faults->n_unknown++] = kept;
}

void dw__bind_unknown(struct bind_faults *faults, dw_text name)
{
    dw__bind_unknown_at(faults, NULL, name);
}

/* ---- rules ---- */

bool dw__bind_check_text(const struct plan_type *type, dw_text t, bool ascii, struct bind_faults *faults,
                         const struct bind_place *place)
{
    size_t chars = ascii ? t.n : dw__utf8_chars(t.p, t.n);

    if (chars < type->text.min || chars > type->text.max) {
        dw__bind_fault(faults, place, "len", type->range_says);
        return false;
    }
    if (type->text.pattern != NULL && !dw__pattern_matches(type->text.pattern, t)) {
        dw__bind_fault(faults, place, "pattern", type->text.pattern_says);
        return false;
    }
    return true;
}

bool dw__bind_check_int64(const struct plan_type *type, int64_t v, struct bind_faults *faults,
                          const struct bind_place *place)
{
    if (v >= type->int64.min && v <= type->int64.max)
        return true;
    dw__bind_fault(faults, place, "range", type->range_says);
    return false;
}

bool dw__bind_check_double(const struct plan_type *type, double v, struct bind_faults *faults,
                           const struct bind_place *place)
{
    if (v >= type->real.min && v <= type->real.max)
        return true;
    dw__bind_fault(faults, place, "range", type->range_says);
    return false;
}

void dw__bind_wrong_type(const struct plan_type *type, struct bind_faults *faults,
                         const struct bind_place *place)
{
    const char *says = "Invalid type.";

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: says = "Not a valid string."; break;
    case DW_KIND_INT64: says = "Not a valid integer."; break;
    case DW_KIND_DOUBLE: says = "Not a valid number."; break;
    case DW_KIND_BOOL: says = "Not a valid boolean."; break;
    case DW_KIND_JSON: break;
    case DW_KIND_LIST: says = "Not a valid list."; break;
    case DW_KIND_OBJECT: says = "Not a valid object."; break;
    }
    dw__bind_fault(faults, place, "type", says);
}

/* ---- values ---- */

void dw__bind_has(const struct schema_plan *plan, size_t i, void *out)
{
    char *base = out;

    base[plan->fields[i].has_at] = true;
    for (size_t flat = plan->fields[i].flat; flat > 0; flat = plan->flats[flat - 1].outer)
        base[plan->flats[flat - 1].has_at] = true;
}

void *dw__bind_list_room(dw_any_list *list, size_t element_size, struct arena *a)
{
    bool full = list->n == 0 || (list->n >= 4 && (list->n & (list->n - 1)) == 0);
    char *v = (char *)(uintptr_t)list->v;

    if (full) {
        v = dw__arena_calloc(a, list->n == 0 ? 4 : list->n * 2, element_size);
        if (v == NULL)
            return NULL;
        if (list->n > 0)
            memcpy(v, list->v, list->n * element_size);
        list->v = v;
    }
    return v + list->n * element_size;
}

/* ---- the end ---- */

/* Lists that came as text end only here, so only here is it known that they are too short. */
static void check_text_lists(const struct schema_plan *plan, const void *out, struct bind_faults *faults)
{
    for (uint64_t left = faults->text_lists; left != 0; left &= left - 1) {
        const struct plan_field *f = &plan->fields[__builtin_ctzll(left)];
        const dw_any_list *list = (const void *)((const char *)out + f->at);
        if (list->n < f->type.list.min)
            dw__bind_broken(faults, f->name, "items", f->type.range_says);
    }
}

dw_err dw__bind_end(const struct schema_plan *plan, const void *out, struct bind_faults *faults)
{
    uint64_t missing = plan->required & ~faults->seen;

    if (faults->fatal != DW_OK)
        return faults->fatal;
    if (faults->unknown_total > 0)
        return DW_UNKNOWN_FIELDS;
    check_text_lists(plan, out, faults);
    for (; missing != 0; missing &= missing - 1)
        dw__bind_broken(faults, plan->fields[__builtin_ctzll(missing)].name, "required",
                        "Missing data for required field.");
    if (faults->fatal != DW_OK)
        return faults->fatal;
    return faults->broken_total > 0 ? DW_INVALID : DW_OK;
}
