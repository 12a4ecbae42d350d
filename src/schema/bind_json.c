/* bind_json.c -- JSON straight into a C struct: one pass, no tree, no allocation but for lists and escaped texts.
 *
 * The reader follows the text, the plan says where each value goes.  Whatever is wrong with a value is noted and reading goes
 * on, so that a client learns of all faults at once; only a text that is no JSON ends it.  Recursion follows the plan, whose
 * depth start-up has limited; what no plan describes is passed over by a loop. */
#include "base/text.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/bind_rules.h"
#include "schema/pattern.h"

struct binder {
    struct json_in in;
    struct bind_faults *faults;
    struct arena *arena;
    struct json_names unknown; /* unknown names, and keys of maps, of all open objects */
};

static bool bind_value(struct binder *b, const struct plan_type *type, void *at,
                       const struct bind_place *place);

/* Passes over a value that has no place; false when it is no JSON. */
static bool pass_over(struct binder *b)
{
    return dw__json_skip_unique(&b->in, b->arena);
}

/* Notes a broken rule and goes on. */
static bool broken(struct binder *b, const struct plan_type *type, const struct bind_place *place,
                   const char *code)
{
    dw__bind_fault(b->faults, place, type, code);
    return true;
}

/* What a scalar came to: without memory, nothing is read any more. */
static bool went(struct binder *b, bool memory)
{
    return memory || dw__json_fail(&b->in, DW_TOO_LARGE);
}

/* ---- scalars; each returns false only when the text is no JSON or memory is out ---- */

static bool bind_string(struct binder *b, const struct plan_type *type, void *at,
                        const struct bind_place *place)
{
    dw_text t;

    if (!dw__json_string(&b->in, b->arena, &t))
        return false;
    if (b->in.escaped && memchr(t.p, '\0', t.n) != NULL)
        return broken(b, type, place, "type");
    return went(b, dw__bind_string(type, t, b->in.ascii, b->in.escaped, at, b->faults, place));
}

static bool bind_number(struct binder *b, const struct plan_type *type, void *at,
                        const struct bind_place *place)
{
    struct json_number number;

    return dw__json_number(&b->in, &number) && went(b, dw__bind_number(type, &number, at, b->faults, place));
}

static bool bind_bool(struct binder *b, const struct plan_type *type, void *at,
                      const struct bind_place *place)
{
    bool value;

    return dw__json_bool(&b->in, &value) && went(b, dw__bind_bool(type, value, at, b->faults, place));
}

/* ---- any JSON ---- */

/* Levels of arrays and objects in a text that is JSON. */
static unsigned levels_of(dw_text json)
{
    unsigned level = 0, most = 0;
    bool quoted = false;

    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            most = ++level > most ? level : most;
        else if (!quoted && (c == ']' || c == '}'))
            level--;
    }
    return most;
}

/* A slice of the text, checked. */
static bool bind_any(struct binder *b, const struct plan_type *type, void *at, const struct bind_place *place)
{
    (void)dw__json_peek(&b->in);
    const char *begin = b->in.p;

    if (!pass_over(b))
        return false;
    dw_json value = {begin, (size_t)(b->in.p - begin)};
    if (value.n < type->bytes.min || value.n > type->bytes.max)
        return broken(b, type, place, "bytes");
    if (levels_of((dw_text){value.p, value.n}) > type->bytes.levels)
        return broken(b, type, place, "levels");
    if (!type->checked || dw__bind_check(type, &value, b->faults, place))
        *(dw_json *)at = value;
    return true;
}

/* ---- lists and maps ---- */

/* How many there are, and what only the whole shows. */
static bool end_list(struct binder *b, const struct plan_type *type, size_t n, size_t broken_before,
                     const dw_any_list *list, const struct bind_place *place)
{
    if (n < type->list.min || n > type->list.max)
        return broken(b, type, place, "items");
    if (b->faults->broken_total != broken_before || b->faults->unknown_total > 0)
        return true;
    if (type->list.unique && !went(b, dw__bind_unique(type, list, b->faults, place)))
        return false;
    if (type->checked && b->faults->broken_total == broken_before)
        (void)dw__bind_check(type, list, b->faults, place);
    return true;
}

static bool bind_list(struct binder *b, const struct plan_type *type, void *at,
                      const struct bind_place *place)
{
    const struct plan_type *element = type->list.element;
    size_t before = b->faults->broken_total;
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
    *(dw_any_list *)at = list;
    return end_list(b, type, n, before, &list, place);
}

/* Notes a name of the object that is being read, to find it when it comes again. */
static bool remember(struct binder *b, dw_text name)
{
    return dw__json_names_add(&b->unknown, b->arena, name, (size_t)(b->in.p - b->in.start)) ||
           dw__json_fail(&b->in, DW_TOO_LARGE);
}

/* At the end of an object: no name remembered since `from` came twice. */
static bool names_differ(struct binder *b, size_t from)
{
    size_t at;

    if (dw__json_names_repeat(&b->unknown, from, &at)) {
        b->in.p = b->in.start + at;
        return dw__json_fail(&b->in, DW_MALFORMED);
    }
    b->unknown.n = from;
    return true;
}

static bool key_ok(const struct plan_type *type, dw_text key)
{
    return key.n > 0 && memchr(key.p, '\0', key.n) == NULL &&
           dw__utf8_chars(key.p, key.n) <= DW__PLAN_KEY_MAX &&
           (type->list.keys == NULL || dw__pattern_matches(type->list.keys, key));
}

static bool bind_entry(struct binder *b, const struct plan_type *type, dw_any_list *map, dw_text key,
                       const struct bind_place *place)
{
    struct bind_place here = {place, dw__utf8_cut(key, DW__FAULTS_NAME), 0};

    if (!remember(b, key))
        return false;
    if (!key_ok(type, key))
        return broken(b, type, key.n > 0 ? &here : place, "key") && pass_over(b);
    char *slot = dw__bind_list_room(map, type->schema->element_size, b->arena);
    if (slot == NULL)
        return dw__json_fail(&b->in, DW_TOO_LARGE);
    memcpy(slot, &key, sizeof key);
    map->n++;
    return bind_value(b, type->list.element, slot + type->schema->element_at, &here);
}

static bool bind_map(struct binder *b, const struct plan_type *type, void *at, const struct bind_place *place)
{
    size_t before = b->faults->broken_total, names_from = b->unknown.n;
    dw_any_list map = {0};
    size_t n = 0;
    dw_text key;
    enum json_step step;

    if (!dw__json_object_begin(&b->in))
        return false;
    while ((step = dw__json_object_next(&b->in, b->arena, &key)) == JSON_MORE) {
        bool good =
            n++ < type->list.max ? bind_entry(b, type, &map, key, place) : remember(b, key) && pass_over(b);
        if (!good)
            return false;
    }
    if (step == JSON_FAILED || !names_differ(b, names_from))
        return false;
    *(dw_any_list *)at = map;
    return end_list(b, type, n, before, &map, place);
}

/* ---- objects ---- */

static bool bind_field(struct binder *b, const struct schema_plan *plan, size_t i, void *out,
                       const struct bind_place *place)
{
    const struct plan_field *f = &plan->fields[i];

    if (f->nullable && dw__json_peek(&b->in) == JSON_NULL) {
        *((char *)out + f->null_at) = true;
        return dw__json_null(&b->in);
    }
    if (!bind_value(b, &f->type, (char *)out + f->at, &(struct bind_place){place, f->name, 0}))
        return false;
    dw__bind_has(plan, i, out);
    return true;
}

/* A name that is no field here: refused, or dropped where the schema says so. */
static bool bind_unknown(struct binder *b, const struct schema_plan *plan, const struct bind_place *place,
                         dw_text name)
{
    if (plan->drop == NULL)
        dw__bind_unknown_at(b->faults, place, name);
    return remember(b, name) && pass_over(b);
}

static bool one_member(struct binder *b, const struct schema_plan *plan, uint64_t accept, void *out,
                       const struct bind_place *place, uint64_t *seen, dw_text name)
{
    int i = dw__schema_field(plan, name);

    if (i < 0 || (accept >> i & 1) == 0)
        return bind_unknown(b, plan, place, name);
    uint64_t bit = UINT64_C(1) << i;
    if ((*seen & bit) != 0)
        return dw__json_fail(&b->in, DW_MALFORMED);
    *seen |= bit;
    return bind_field(b, plan, (size_t)i, out, place);
}

/* The members of an object; *seen gathers the declared ones. */
static bool bind_fields(struct binder *b, const struct schema_plan *plan, uint64_t accept, void *out,
                        const struct bind_place *place, uint64_t *seen)
{
    size_t names_from = b->unknown.n;
    dw_text name;
    enum json_step step;

    if (!dw__json_object_begin(&b->in))
        return false;
    while ((step = dw__json_object_next(&b->in, b->arena, &name)) == JSON_MORE)
        if (!one_member(b, plan, accept & plan->inputs, out, place, seen, name))
            return false;
    return step != JSON_FAILED && names_differ(b, names_from);
}

static bool bind_object(struct binder *b, const struct plan_type *type, void *at,
                        const struct bind_place *place)
{
    size_t before = b->faults->broken_total;
    uint64_t seen = 0;

    if (!bind_fields(b, type->object, UINT64_MAX, at, place, &seen))
        return false;
    dw__bind_object_end(type->object, seen, at, before, b->faults, place);
    return true;
}

/* ---- values ---- */

/* Whether a value of this type is what the text has next. */
static bool is_wanted(const struct plan_type *type, enum json_kind kind)
{
    switch (type->kind) {
    case DW_KIND_INT64: return kind == (type->int64.as_text ? JSON_STRING : JSON_NUMBER);
    case DW_KIND_DOUBLE: return kind == JSON_NUMBER;
    case DW_KIND_DECIMAL: return kind == JSON_STRING || kind == JSON_NUMBER;
    case DW_KIND_BOOL: return kind == JSON_BOOL;
    case DW_KIND_OBJECT:
    case DW_KIND_MAP: return kind == JSON_OBJECT;
    case DW_KIND_LIST: return kind == JSON_ARRAY;
    default: return kind == JSON_STRING;
    }
}

static bool bind_value(struct binder *b, const struct plan_type *type, void *at,
                       const struct bind_place *place)
{
    enum json_kind kind = dw__json_peek(&b->in);

    if (type->kind == DW_KIND_JSON)
        return bind_any(b, type, at, place);
    if (kind == JSON_NULL)
        return broken(b, type, place, "null") && dw__json_null(&b->in);
    if (!is_wanted(type, kind))
        return broken(b, type, place, "type") && pass_over(b);
    switch (type->kind) {
    case DW_KIND_OBJECT: return bind_object(b, type, at, place);
    case DW_KIND_LIST: return bind_list(b, type, at, place);
    case DW_KIND_MAP: return bind_map(b, type, at, place);
    case DW_KIND_BOOL: return bind_bool(b, type, at, place);
    default: return (kind == JSON_NUMBER ? bind_number : bind_string)(b, type, at, place);
    }
}

/* ---- whole texts ---- */

/* Nothing may stand behind it; what made reading fail is the faults'. */
static dw_err end(struct binder *b)
{
    (void)dw__json_end(&b->in);
    if (b->in.err != DW_OK && b->faults->fatal == DW_OK) {
        b->faults->fatal = b->in.err;
        b->faults->malformed_at = b->in.error_at;
    }
    return b->faults->fatal;
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
        dw__bind_fault(faults, NULL, NULL, "type");
        seen = UINT64_MAX;
    }
    faults->seen |= seen & accept_mask;
    return end(&b);
}

bool dw__bind_json_value(const struct plan_type *type, dw_text json, void *at, struct bind_faults *faults)
{
    struct binder b = {.faults = faults, .arena = faults->arena};

    dw__json_init(&b.in, json);
    (void)bind_value(&b, type, at, NULL);
    return end(&b) == DW_OK && faults->unknown_total == 0 && faults->broken_total == 0;
}
