/* bind_json.c -- JSON straight into a C struct: one pass, no tree, no allocation but for lists and escaped texts.
 *
 * The reader follows the text, the plan says where each value goes.  Whatever is wrong with a value is noted and reading goes
 * on, so that a client learns of all faults at once; only a text that is no JSON ends it.  Recursion follows the plan, whose
 * depth start-up has limited; what no plan describes is passed over by a loop. */
#include "base/text.h"
#include "codec/json.h"
#include "schema/bind.h"
#include "schema/bind_rules.h"

struct binder {
    struct json_in in;
    struct bind_faults *faults;
    struct arena *arena;
    struct json_names unknown; /* unknown names of all open objects */
};

static bool bind_value(struct binder *b, const struct plan_type *type, void *at,
                       const struct bind_place *place);

/* Passes over a value that has no place; false when it is no JSON. */
static bool pass_over(struct binder *b)
{
    return dw__json_skip_unique(&b->in, b->arena);
}

static bool wrong_type(struct binder *b, const struct plan_type *type, const struct bind_place *place)
{
    dw__bind_wrong_type(type, b->faults, place);
    return pass_over(b);
}

/* ---- values; each returns false only when the text is no JSON or memory is out ---- */

static bool bind_text(struct binder *b, const struct plan_type *type, void *at,
                      const struct bind_place *place)
{
    dw_text t;

    if (!dw__json_string(&b->in, b->arena, &t))
        return false;
    if (b->in.escaped && memchr(t.p, '\0', t.n) != NULL) {
        dw__bind_wrong_type(type, b->faults, place);
        return true;
    }
    if (!dw__bind_check_text(type, t, b->in.ascii, b->faults, place))
        return true;
    if (type->kind == DW_KIND_TEXT) {
        *(dw_text *)at = t;
        return true;
    }
    /* A secret lies where the end of the request wipes it. */
    if (!b->in.escaped) {
        t = dw__arena_text(b->arena, t);
        if (t.p == NULL)
            return dw__json_fail(&b->in, DW_TOO_LARGE);
    }
    *(dw_secret *)at = (dw_secret){t.p, t.n};
    return true;
}

static bool bind_int64(struct binder *b, const struct plan_type *type, void *at,
                       const struct bind_place *place)
{
    struct json_number number;

    if (!dw__json_number(&b->in, &number))
        return false;
    if (!number.integral)
        dw__bind_wrong_type(type, b->faults, place);
    else if (dw__bind_check_int64(type, number.i, b->faults, place))
        *(int64_t *)at = number.i;
    return true;
}

static bool bind_double(struct binder *b, const struct plan_type *type, void *at,
                        const struct bind_place *place)
{
    struct json_number number;

    if (!dw__json_number(&b->in, &number))
        return false;
    double v = dw__json_double(number.lexeme);
    if (dw__bind_check_double(type, v, b->faults, place))
        *(double *)at = v;
    return true;
}

static bool bind_list(struct binder *b, const struct plan_type *type, void *at,
                      const struct bind_place *place)
{
    const struct plan_type *element = type->list.element;
    dw_any_list list = {0};
    size_t n = 0;
    enum json_step step;

    if (!dw__json_array_begin(&b->in))
        return false;
    while ((step = dw__json_array_next(&b->in)) == JSON_MORE) {
        if (n++ >= type->list.max) {
            if (!pass_over(b))
                return false;
            continue;
        }
        void *slot = dw__bind_list_room(&list, element->size, b->arena);
        if (slot == NULL)
            return dw__json_fail(&b->in, DW_TOO_LARGE);
        if (!bind_value(b, element, slot, &(struct bind_place){place, {0}, n - 1}))
            return false;
        list.n++;
    }
    if (step == JSON_FAILED)
        return false;
    if (n < type->list.min || n > type->list.max)
        dw__bind_fault(b->faults, place, "items", type->range_says);
    *(dw_any_list *)at = list;
    return true;
}

static bool bind_fields(struct binder *b, const struct schema_plan *plan, uint64_t accept, void *out,
                        const struct bind_place *place, uint64_t *seen);

static bool bind_object(struct binder *b, const struct plan_type *type, void *at,
                        const struct bind_place *place)
{
    const struct schema_plan *plan = type->object;
    uint64_t seen = 0;

    if (!bind_fields(b, plan, UINT64_MAX, at, place, &seen))
        return false;
    for (uint64_t missing = plan->required & ~seen; missing != 0; missing &= missing - 1) {
        const struct plan_field *f = &plan->fields[__builtin_ctzll(missing)];
        dw__bind_fault(b->faults, &(struct bind_place){place, f->name, 0}, "required",
                       "Missing data for required field.");
    }
    return true;
}

/* Any value: a slice of the text, checked. */
static bool bind_any(struct binder *b, void *at)
{
    const char *begin = b->in.p;

    if (!pass_over(b))
        return false;
    *(dw_json *)at = (dw_json){begin, (size_t)(b->in.p - begin)};
    return true;
}

static bool bind_value(struct binder *b, const struct plan_type *type, void *at,
                       const struct bind_place *place)
{
    static const enum json_kind wants[] = {
        [DW_KIND_TEXT] = JSON_STRING,   [DW_KIND_SECRET] = JSON_STRING, [DW_KIND_INT64] = JSON_NUMBER,
        [DW_KIND_DOUBLE] = JSON_NUMBER, [DW_KIND_BOOL] = JSON_BOOL,     [DW_KIND_OBJECT] = JSON_OBJECT,
        [DW_KIND_LIST] = JSON_ARRAY,
    };
    enum json_kind kind = dw__json_peek(&b->in);

    if (type->kind == DW_KIND_JSON)
        return bind_any(b, at);
    if (kind == JSON_NULL) {
        dw__bind_fault(b->faults, place, "null", "Field may not be null.");
        return dw__json_null(&b->in);
    }
    if (kind != wants[type->kind])
        return wrong_type(b, type, place);
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: return bind_text(b, type, at, place);
    case DW_KIND_INT64: return bind_int64(b, type, at, place);
    case DW_KIND_DOUBLE: return bind_double(b, type, at, place);
    case DW_KIND_BOOL: return dw__json_bool(&b->in, at);
    case DW_KIND_LIST: return bind_list(b, type, at, place);
    case DW_KIND_OBJECT: return bind_object(b, type, at, place);
    case DW_KIND_JSON: break;
    }
    return dw__json_fail(&b->in, DW_INTERNAL);
}

/* ---- objects ---- */

static bool bind_field(struct binder *b, const struct schema_plan *plan, size_t i, void *out,
                       const struct bind_place *place)
{
    const struct plan_field *f = &plan->fields[i];

    if (f->nullable && dw__json_peek(&b->in) == JSON_NULL)
        return dw__json_null(&b->in);
    if (!bind_value(b, &f->type, (char *)out + f->at, &(struct bind_place){place, f->name, 0}))
        return false;
    dw__bind_has(plan, i, out);
    return true;
}

static bool note_unknown(struct binder *b, const struct bind_place *place, dw_text name)
{
    dw__bind_unknown_at(b->faults, place, name);
    if (!dw__json_names_add(&b->unknown, b->arena, name, (size_t)(b->in.p - b->in.start)))
        return dw__json_fail(&b->in, DW_TOO_LARGE);
    return pass_over(b);
}

static bool one_member(struct binder *b, const struct schema_plan *plan, uint64_t accept, void *out,
                       const struct bind_place *place, uint64_t *seen, dw_text name)
{
    int i = dw__schema_field(plan, name);

    if (i < 0)
        return note_unknown(b, place, name);
    uint64_t bit = UINT64_C(1) << i;
    if ((*seen & bit) != 0)
        return dw__json_fail(&b->in, DW_MALFORMED);
    *seen |= bit;
    if ((accept & bit) == 0) {
        dw__bind_unknown_at(b->faults, place, name);
        return pass_over(b);
    }
    return bind_field(b, plan, (size_t)i, out, place);
}

/* The members of an object; *seen gathers the declared ones. */
static bool bind_fields(struct binder *b, const struct schema_plan *plan, uint64_t accept, void *out,
                        const struct bind_place *place, uint64_t *seen)
{
    size_t names_from = b->unknown.n;
    dw_text name;
    enum json_step step;
    size_t at;

    if (!dw__json_object_begin(&b->in))
        return false;
    while ((step = dw__json_object_next(&b->in, b->arena, &name)) == JSON_MORE)
        if (!one_member(b, plan, accept, out, place, seen, name))
            return false;
    if (step == JSON_FAILED)
        return false;
    if (dw__json_names_repeat(&b->unknown, names_from, &at)) {
        b->in.p = b->in.start + at;
        return dw__json_fail(&b->in, DW_MALFORMED);
    }
    b->unknown.n = names_from;
    return true;
}

dw_err dw__bind_json(const struct schema_plan *plan, dw_text json, uint64_t accept_mask, void *out,
                     struct bind_faults *faults)
{
    struct binder b = {.faults = faults, .arena = faults->arena};
    uint64_t seen = 0;

    dw__json_init(&b.in, json);
    if (dw__json_peek(&b.in) == JSON_OBJECT) {
        (void)bind_fields(&b, plan, accept_mask, out, NULL, &seen);
    } else if (pass_over(&b)) {
        dw__bind_fault(faults, NULL, "type", "Invalid input type.");
        seen = UINT64_MAX;
    }
    (void)dw__json_end(&b.in);
    faults->seen |= seen & accept_mask;
    if (b.in.err != DW_OK && faults->fatal == DW_OK) {
        faults->fatal = b.in.err;
        faults->malformed_at = b.in.error_at;
    }
    return faults->fatal;
}
