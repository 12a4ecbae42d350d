/* bind.c -- what all sources of a request share: the faults, and the end.
 *
 * A good request writes nothing here: places and sentences are only put together when something is wrong, and then at most
 * 20 names and 100 broken rules of it are kept. */
#include "schema/bind.h"

#include "base/text.h"
#include "codec/utf8.h"
#include "schema/bind_rules.h"

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

/* "~" and "/" stand in a pointer as "~0" and "~1" (RFC 6901 §3). */
static size_t escaped_length(dw_text name)
{
    size_t n = name.n;

    for (size_t i = 0; i < name.n; i++)
        n += name.p[i] == '~' || name.p[i] == '/';
    return n;
}

/* Writes `part` in front of `end`; the new front. */
static char *put_escaped(char *end, dw_text part)
{
    for (size_t i = part.n; i-- > 0;) {
        char c = part.p[i];
        if (c == '~' || c == '/') {
            *--end = c == '~' ? '0' : '1';
            c = '~';
        }
        *--end = c;
    }
    return end;
}

static char *put_plain(char *end, dw_text part)
{
    memcpy(end - part.n, part.p, part.n);
    return end - part.n;
}

static dw_text part_of(const struct bind_place *place, char digits[static 20])
{
    return place->name.p != NULL ? place->name : (dw_text){digits, dw__u64_digits(place->index, digits)};
}

/* The pointer of a place, or with `dotted` its name with dots; {NULL, 0} without memory. */
static dw_text render(struct arena *a, const struct bind_place *place, bool dotted)
{
    char digits[20];
    size_t n = 0;

    for (const struct bind_place *p = place; p != NULL; p = p->up)
        n += 1 + (dotted ? part_of(p, digits).n : escaped_length(part_of(p, digits)));
    char *text = dw__arena_bytes(a, n);
    if (text == NULL)
        return (dw_text){0};

    char *end = text + n;
    for (const struct bind_place *p = place; p != NULL; p = p->up) {
        dw_text part = part_of(p, digits);
        end = dotted ? put_plain(end, part) : put_escaped(end, part);
        *--end = dotted ? '.' : '/';
    }
    return dotted ? (dw_text){text + 1, n - 1} : (dw_text){text, n};
}

/* ---- faults ---- */

/* Room for a fault in a table of `most`; NULL when it is full, or without memory. */
static struct bind_fault *room(struct bind_faults *faults, struct bind_fault **table, size_t *n, size_t most)
{
    if (*n == most)
        return NULL;
    if (*table == NULL)
        *table = dw__arena_calloc(faults->arena, most, sizeof **table);
    if (*table == NULL) {
        (void)dw__bind_no_memory(faults);
        return NULL;
    }
    return &(*table)[*n];
}

/* Fills in where; false without memory. */
static bool place_fault(struct bind_faults *faults, struct bind_fault *fault, const struct bind_place *place)
{
    fault->field = place == NULL ? DW_TEXT("_schema") : render(faults->arena, place, true);
    fault->pointer = place == NULL ? DW_TEXT("") : render(faults->arena, place, false);
    return (fault->field.p != NULL && fault->pointer.p != NULL) || dw__bind_no_memory(faults);
}

void dw__bind_fault_says(struct bind_faults *faults, const struct bind_place *place,
                         const struct plan_type *type, const char *code, const char *says)
{
    struct bind_fault *fault = room(faults, &faults->broken, &faults->n_broken, DW__FAULTS_BROKEN);

    faults->broken_total++;
    if (fault == NULL)
        return;
    *fault = (struct bind_fault){.code = code, .says = says, .type = type};
    if (place_fault(faults, fault, place))
        faults->n_broken++;
}

void dw__bind_fault(struct bind_faults *faults, const struct bind_place *place, const struct plan_type *type,
                    const char *code)
{
    dw__bind_fault_says(faults, place, type, code, NULL);
}

void dw__bind_unknown_at(struct bind_faults *faults, const struct bind_place *up, dw_text name)
{
    struct bind_fault *fault = room(faults, &faults->unknown, &faults->n_unknown, DW__FAULTS_UNKNOWN);
    dw_text cut = dw__utf8_cut(name, DW__FAULTS_NAME);

    faults->unknown_total++;
    if (fault == NULL)
        return;
    *fault = (struct bind_fault){.code = "unknown"};
    if (cut.p == NULL)
        cut = DW_TEXT("");
    if (place_fault(faults, fault, &(struct bind_place){up, cut, 0}))
        faults->n_unknown++;
}

void dw__bind_unknown(struct bind_faults *faults, dw_text name)
{
    dw__bind_unknown_at(faults, NULL, name);
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

/* Within another object `null` beside `has` tells that nobody sent it, for a merge (store/docs_value.c); whose null means something, a nullable
 * field, has only `has`. */
static void take_default(const struct schema_plan *plan, size_t i, char *out, bool inner)
{
    const struct plan_field *f = &plan->fields[i];

    memcpy(out + f->at, f->def, f->type.size);
    dw__bind_has(plan, i, out);
    out[f->null_at] = inner && !f->nullable;
}

void dw__bind_object_end(const struct schema_plan *plan, uint64_t seen, void *out, size_t broken_before,
                         struct bind_faults *faults, const struct bind_place *place)
{
    for (uint64_t left = plan->defaults & ~seen; left != 0; left &= left - 1)
        take_default(plan, (size_t)__builtin_ctzll(left), out, place != NULL);
    for (uint64_t left = plan->required & ~seen; left != 0; left &= left - 1) {
        const struct plan_field *f = &plan->fields[__builtin_ctzll(left)];
        dw__bind_fault(faults, &(struct bind_place){place, f->name, 0}, &f->type, "required");
    }
    if (plan->n_checks > 0 && faults->broken_total == broken_before && faults->unknown_total == 0)
        dw__bind_check_object(plan, seen, out, faults, place);
}

/* Lists that came as text end only here, so only here is it known what is in them. */
static void end_text_lists(const struct schema_plan *plan, const void *out, struct bind_faults *faults)
{
    for (uint64_t left = faults->text_lists; left != 0; left &= left - 1) {
        const struct plan_field *f = &plan->fields[__builtin_ctzll(left)];
        const dw_any_list *list = (const void *)((const char *)out + f->at);
        struct bind_place place = {NULL, f->name, 0};
        size_t before = faults->broken_total;
        if (list->n < f->type.list.min)
            dw__bind_fault(faults, &place, &f->type, "items");
        if (f->type.list.unique && faults->broken_total == before)
            (void)dw__bind_unique(&f->type, list, faults, &place);
        if (f->type.checked && faults->broken_total == before)
            (void)dw__bind_check(&f->type, list, faults, &place);
    }
}

dw_err dw__bind_end(const struct schema_plan *plan, void *out, struct bind_faults *faults)
{
    if (faults->fatal != DW_OK)
        return faults->fatal;
    if (faults->unknown_total > 0)
        return DW_UNKNOWN_FIELDS;
    end_text_lists(plan, out, faults);
    dw__bind_object_end(plan, faults->seen, out, 0, faults, NULL);
    if (faults->fatal != DW_OK)
        return faults->fatal;
    return faults->broken_total > 0 ? DW_INVALID : DW_OK;
}
