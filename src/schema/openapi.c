/* openapi.c -- from plans to JSON Schema: objects, lists, maps, and what a field says beside its type.
 *
 * A new kind does not compile until it has its row in openapi_kinds.c or here, and in openapi_example.c.  What is said must be what
 * binding does; tests/behave/test_openapi.py sends what the schemas allow and what they do not. */
#include "schema/openapi.h"

#include "base/text.h"
#include "codec/json.h"
#include "schema/openapi_kinds.h"
#include "schema/print.h"

#define COMPONENT_MAX ((size_t)1 << 20)

struct openapi_component {
    dw_text name, json;
    struct openapi_component *next;
};

/* ---- types ---- */

/* A type where it stands: `nullable` and `field` (NULL: an element) are the field's. */
struct place {
    enum openapi_use use;
    bool nullable;
    bool has_default;
    const struct plan_field *field;
};

static void put_schema(struct openapi_schemas *schemas, const struct plan_type *type,
                       const struct place *place, struct buf *out);

static void put_element(struct openapi_schemas *schemas, const struct plan_type *type, enum openapi_use use,
                        struct buf *out)
{
    put_schema(schemas, type->list.element, &(struct place){.use = use}, out);
}

static void put_bounds(const struct plan_type *type, const char *min, const char *max, struct buf *out)
{
    if (type->list.min > 0)
        dw__openapi_member_size(out, min, type->list.min);
    dw__openapi_member_size(out, max, type->list.max);
}

static void put_list(struct openapi_schemas *schemas, const struct plan_type *type, enum openapi_use use,
                     struct buf *out)
{
    dw__openapi_member(out, "items");
    put_element(schemas, type, use, out);
    if (use == OPENAPI_OUTPUT)
        return;
    put_bounds(type, "minItems", "maxItems", out);
    if (!type->list.unique)
        return;
    dw__openapi_member(out, "uniqueItems");
    dw__buf_lit(out, "true");
}

static void put_map(struct openapi_schemas *schemas, const struct plan_type *type, enum openapi_use use,
                    struct buf *out)
{
    dw__openapi_member(out, "additionalProperties");
    put_element(schemas, type, use, out);
    if (use == OPENAPI_OUTPUT)
        return;
    put_bounds(type, "minProperties", "maxProperties", out);
    dw__openapi_member(out, "propertyNames");
    dw__buf_format(out, "{\"minLength\":1,\"maxLength\":%d", DW__PLAN_KEY_MAX);
    (void)dw__openapi_pattern(((const dw_map_rules *)(const void *)type->rules)->keys, out);
    dw__buf_putc(out, '}');
}

static void put_object(struct openapi_schemas *schemas, const struct plan_type *type,
                       const struct place *place, struct buf *out)
{
    if (!place->nullable) {
        struct buf ref;

        /* Beside a $ref other members are allowed (JSON Schema 2020-12 §8.2.3.1). */
        dw__buf_init(&ref, schemas->arena, COMPONENT_MAX);
        dw__openapi_ref(schemas, type->object, place->use, &ref);
        if (ref.failed || ref.n < 2)
            out->failed = true;
        else
            dw__buf_put(out, ref.p + 1, ref.n - 2); /* without its braces */
        return;
    }
    dw__openapi_member(out, "anyOf");
    dw__buf_putc(out, '[');
    dw__openapi_ref(schemas, type->object, place->use, out);
    dw__buf_lit(out, ",{\"type\":\"null\"}]");
}

static void put_kind(struct openapi_schemas *schemas, const struct plan_type *type, const struct place *place,
                     struct buf *out)
{
    switch (type->kind) {
    case DW_KIND_LIST:
        dw__openapi_type(out, "array", place->nullable);
        put_list(schemas, type, place->use, out);
        return;
    case DW_KIND_MAP:
        dw__openapi_type(out, "object", place->nullable);
        put_map(schemas, type, place->use, out);
        return;
    case DW_KIND_OBJECT: put_object(schemas, type, place, out); return;
    default: dw__openapi_scalar(type, place->nullable, place->use, out); return;
    }
}

/* ---- what a field says ---- */

bool dw__openapi_is_raw(const struct plan_type *type)
{
    switch (type->kind) {
    case DW_KIND_INT64: return !type->int64.as_text;
    case DW_KIND_DOUBLE:
    case DW_KIND_BOOL:
    case DW_KIND_JSON:
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP: return true;
    default: return false;
    }
}

/* An example is written as a client sends it, so a reply has those of scalars only. */
const char *dw__openapi_given(const struct plan_type *type, enum openapi_use use)
{
    bool scalar = type->kind != DW_KIND_OBJECT && type->kind != DW_KIND_LIST && type->kind != DW_KIND_MAP;

    return use == OPENAPI_INPUT || scalar ? type->rules->example : NULL;
}

static void put_values(const struct plan_type *type, const struct place *place, struct buf *out)
{
    const char *given = dw__openapi_given(type, place->use);

    if (place->has_default && type->kind != DW_KIND_SECRET) {
        dw__openapi_member(out, "default");
        dw__print_value(type, place->field->def, out);
    }
    if (given == NULL)
        return;
    dw__openapi_member(out, "examples");
    dw__buf_putc(out, '[');
    if (dw__openapi_is_raw(type))
        dw__buf_text(out, dw__text_of(given));
    else
        dw__json_put_string(out, dw__text_of(given));
    dw__buf_putc(out, ']');
}

static void put_direction(const struct plan_type *type, const struct place *place, struct buf *out)
{
    bool write_only = place->field != NULL && (place->field->write_only || type->kind == DW_KIND_SECRET);

    if (place->use == OPENAPI_INPUT && write_only)
        dw__openapi_member(out, "writeOnly");
    else if (place->use == OPENAPI_OUTPUT && place->field != NULL &&
             (type->rules->read_only || place->field->visible_to != 0))
        dw__openapi_member(out, "readOnly");
    else
        return;
    dw__buf_lit(out, "true");
}

/* "x-visible-to":["admin"]: without one of these roles the field is not there. */
static void put_visible_to(const struct openapi_schemas *schemas, const struct place *place, struct buf *out)
{
    bool any = false;

    if (place->field == NULL || place->field->visible_to == 0 || schemas->roles == NULL)
        return;
    dw__openapi_member(out, "x-visible-to");
    dw__buf_putc(out, '[');
    for (size_t i = 0; i < 64 && schemas->roles[i] != NULL; i++) {
        if (!(place->field->visible_to >> i & 1))
            continue;
        if (any)
            dw__buf_putc(out, ',');
        any = true;
        dw__json_put_string(out, dw__text_of(schemas->roles[i]));
    }
    dw__buf_putc(out, ']');
}

static void put_description(const struct plan_type *type, const struct place *place,
                            struct openapi_schemas *schemas, struct buf *out)
{
    const char *doc = place->field != NULL ? type->rules->doc : NULL;
    const char *pattern = dw__openapi_unsaid(type, place->use);
    dw_text text = dw__text_of(doc != NULL ? doc : "");

    if (pattern != NULL)
        text = dw__arena_format(schemas->arena, "%s%s%s must match the PCRE2 pattern %s", text.p,
                                doc != NULL ? ". " : "",
                                type->kind == DW_KIND_MAP ? "Each name" : "The whole", pattern);
    if (text.n > 0)
        dw__openapi_member_text(out, "description", text);
}

static void put_schema(struct openapi_schemas *schemas, const struct plan_type *type,
                       const struct place *place, struct buf *out)
{
    dw__buf_putc(out, '{');
    put_kind(schemas, type, place, out);
    put_values(type, place, out);
    put_direction(type, place, out);
    put_visible_to(schemas, place, out);
    put_description(type, place, schemas, out);
    dw__buf_putc(out, '}');
}

/* ---- objects ---- */

uint64_t dw__openapi_mask(const struct schema_plan *plan, enum openapi_use use)
{
    uint64_t mask = 0;

    if (use == OPENAPI_INPUT)
        return plan->inputs;
    for (size_t i = 0; i < plan->n_fields; i++)
        if (!plan->fields[i].write_only)
            mask |= UINT64_C(1) << i;
    return mask;
}

/* Whether field i is always there: sent by the client, or by us. */
static bool always_there(const struct schema_plan *plan, size_t i, enum openapi_use use)
{
    return use == OPENAPI_INPUT ? (plan->required >> i & 1) != 0
                                : !plan->fields[i].optional && plan->fields[i].visible_to == 0;
}

static void put_required(const struct schema_plan *plan, uint64_t mask, enum openapi_use use, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_fields; i++) {
        if (!(mask >> i & 1) || !always_there(plan, i, use))
            continue;
        if (any)
            dw__buf_putc(out, ',');
        else
            dw__buf_lit(out, ",\"required\":[");
        any = true;
        dw__json_put_string(out, plan->fields[i].name);
    }
    if (any)
        dw__buf_putc(out, ']');
}

static bool has_default(const struct schema_plan *plan, size_t i, enum openapi_use use)
{
    return use == OPENAPI_INPUT && (plan->defaults >> i & 1) != 0;
}

void dw__openapi_fields(struct openapi_schemas *schemas, const struct schema_plan *plan, uint64_t mask,
                        enum openapi_use use, struct buf *out)
{
    const dw_schema_options *options = plan->schema->options;
    bool any = false;

    mask &= dw__openapi_mask(plan, use);
    dw__buf_lit(out, "{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];

        if (!(mask >> i & 1))
            continue;
        dw__buf_put(out, f->prefix.p + !any, f->prefix.n - !any);
        any = true;
        put_schema(schemas, &f->type, &(struct place){use, f->nullable, has_default(plan, i, use), f}, out);
    }
    dw__buf_putc(out, '}');
    put_required(plan, mask, use, out);
    dw__openapi_member(out, "additionalProperties");
    dw__buf_text(out, dw__text_of(use == OPENAPI_INPUT && plan->drop != NULL ? "true" : "false"));
    if (options != NULL && options->doc != NULL)
        dw__openapi_member_text(out, "description", dw__text_of(options->doc));
    dw__buf_putc(out, '}');
}

void dw__openapi_parameter(struct openapi_schemas *schemas, const struct schema_plan *plan, size_t i,
                           struct buf *out)
{
    const struct plan_type *type = &plan->fields[i].type;
    struct place place = {
        .use = OPENAPI_INPUT, .has_default = has_default(plan, i, OPENAPI_INPUT), .field = &plan->fields[i]};

    dw__buf_putc(out, '{');
    put_kind(schemas, type, &place, out);
    put_values(type, &place, out);
    place.field = NULL; /* what it is, the parameter says */
    put_description(type, &place, schemas, out);
    dw__buf_putc(out, '}');
}

/* ---- components ---- */

void dw__openapi_schemas_init(struct openapi_schemas *schemas, struct arena *arena)
{
    schemas->arena = arena;
    schemas->roles = NULL;
    schemas->first = NULL;
    schemas->last = &schemas->first;
}

/* "name", or "name_2" and so on. */
static dw_text numbered(struct arena *a, const char *name, unsigned number)
{
    return number == 1 ? dw__text_of(name) : dw__arena_format(a, "%s_%u", name, number);
}

/* The component that is called `name` and a number and says the same already, or a new one with the first such name that is
 * free; NULL without memory. */
static struct openapi_component *find_component(struct openapi_schemas *schemas, const char *name,
                                                dw_text json)
{
    for (unsigned number = 1;; number++) {
        dw_text candidate = numbered(schemas->arena, name, number);
        struct openapi_component *c = schemas->first;

        while (c != NULL && !dw__text_eq(c->name, candidate))
            c = c->next;
        if (c != NULL && dw__text_eq(c->json, json))
            return c;
        if (c != NULL)
            continue;
        c = candidate.p != NULL ? dw__arena_zalloc(schemas->arena, sizeof *c) : NULL;
        if (c != NULL)
            *c = (struct openapi_component){.name = candidate, .json = json};
        return c;
    }
}

dw_text dw__openapi_component(struct openapi_schemas *schemas, const char *name, dw_text json)
{
    struct openapi_component *c = find_component(schemas, name, json);

    if (c == NULL)
        return (dw_text){0};
    if (c->next == NULL && schemas->last != &c->next) {
        *schemas->last = c;
        schemas->last = &c->next;
    }
    return c->name;
}

void dw__openapi_ref(struct openapi_schemas *schemas, const struct schema_plan *plan, enum openapi_use use,
                     struct buf *out)
{
    struct buf json;
    dw_text name = {0};

    dw__buf_init(&json, schemas->arena, COMPONENT_MAX);
    dw__openapi_fields(schemas, plan, DW__OPENAPI_ALL, use, &json);
    if (!json.failed)
        name = dw__openapi_component(schemas, plan->name, (dw_text){json.p, json.n});
    if (name.p == NULL) {
        out->failed = true;
        return;
    }
    dw__buf_lit(out, "{\"$ref\":\"#/components/schemas/");
    dw__buf_text(out, name);
    dw__buf_lit(out, "\"}");
}

void dw__openapi_components(const struct openapi_schemas *schemas, struct buf *out)
{
    for (const struct openapi_component *c = schemas->first; c != NULL; c = c->next) {
        if (c != schemas->first)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, c->name);
        dw__buf_putc(out, ':');
        dw__buf_text(out, c->json);
    }
}
