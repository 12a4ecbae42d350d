/* openapi.c -- from plans to JSON Schema: one row for each kind.
 *
 * A new kind does not compile until it has its row here and in openapi_example.c: the switches have no default.  What a row says
 * must be what binding does; tests/behave/test_openapi.py sends what the schemas allow and what they do not. */
#include "schema/openapi.h"

#include <float.h>

#include "base/text.h"
#include "codec/json.h"
#include "schema/openapi_pattern.h"

#define COMPONENT_MAX ((size_t)1 << 20)
#define PATTERN_MAX 2048u

struct openapi_component {
    dw_text name, json;
    struct openapi_component *next;
};

/* Appends "name": with a comma in front of all but the first member. */
static void member(struct buf *out, const char *name)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        dw__buf_putc(out, ',');
    dw__json_put_string(out, dw__text_of(name));
    dw__buf_putc(out, ':');
}

static void member_text(struct buf *out, const char *name, const char *value)
{
    member(out, name);
    dw__json_put_string(out, dw__text_of(value));
}

static void member_size(struct buf *out, const char *name, size_t value)
{
    member(out, name);
    dw__buf_u64(out, value);
}

/* "type":"string", or "type":["string","null"]. */
static void put_type(struct buf *out, const char *type, bool nullable)
{
    member(out, "type");
    dw__buf_format(out, nullable ? "[\"%s\",\"null\"]" : "\"%s\"", type);
}

/* ---- one function for each kind ---- */

/* The pattern of a text, in the dialect of JSON Schema; false when it has none that can be said so. */
static bool ecma_pattern(const struct plan_type *type, struct buf *out)
{
    const dw_text_rules *rules = (const void *)type->rules;

    return rules != NULL && rules->pattern != NULL && dw__ecma_pattern(rules->pattern, out) && !out->failed;
}

static void put_text(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    char text[PATTERN_MAX];
    struct buf pattern;

    if (use == OPENAPI_OUTPUT)
        return;
    if (type->text.min > 0)
        member_size(out, "minLength", type->text.min);
    member_size(out, "maxLength", type->text.max);
    dw__buf_init_fixed(&pattern, text, sizeof text);
    if (!ecma_pattern(type, &pattern))
        return;
    member(out, "pattern");
    dw__json_put_string(out, (dw_text){pattern.p, pattern.n});
}

static void put_secret(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    member_text(out, "format", "password");
    member(out, "writeOnly");
    dw__buf_lit(out, "true");
    put_text(type, use, out);
}

static void put_int64(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    member_text(out, "format", "int64");
    if (use == OPENAPI_OUTPUT)
        return;
    if (type->int64.min != INT64_MIN) {
        member(out, "minimum");
        dw__buf_i64(out, type->int64.min);
    }
    if (type->int64.max != INT64_MAX) {
        member(out, "maximum");
        dw__buf_i64(out, type->int64.max);
    }
}

static void put_double(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    member_text(out, "format", "double");
    if (use == OPENAPI_OUTPUT)
        return;
    if (type->real.min > -DBL_MAX) {
        member(out, "minimum");
        dw__json_put_double(out, type->real.min);
    }
    if (type->real.max < DBL_MAX) {
        member(out, "maximum");
        dw__json_put_double(out, type->real.max);
    }
}

/* A type where it stands: `nullable` and `doc` are the field's. */
struct place {
    enum openapi_use use;
    bool nullable;
    const char *doc;
};

static void put_schema(struct openapi_schemas *schemas, const struct plan_type *type,
                       const struct place *place, struct buf *out);

static void put_list(struct openapi_schemas *schemas, const struct plan_type *type, enum openapi_use use,
                     struct buf *out)
{
    member(out, "items");
    put_schema(schemas, type->list.element, &(struct place){use, false, NULL}, out);
    if (use == OPENAPI_OUTPUT)
        return;
    if (type->list.min > 0)
        member_size(out, "minItems", type->list.min);
    member_size(out, "maxItems", type->list.max);
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
    member(out, "anyOf");
    dw__buf_putc(out, '[');
    dw__openapi_ref(schemas, type->object, place->use, out);
    dw__buf_lit(out, ",{\"type\":\"null\"}]");
}

/* What the kind says; the switch has no default, so that a kind without a row does not compile. */
static void put_kind(struct openapi_schemas *schemas, const struct plan_type *type, const struct place *place,
                     struct buf *out)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
        put_type(out, "string", place->nullable);
        put_text(type, place->use, out);
        return;
    case DW_KIND_SECRET:
        put_type(out, "string", place->nullable);
        put_secret(type, place->use, out);
        return;
    case DW_KIND_INT64:
        put_type(out, "integer", place->nullable);
        put_int64(type, place->use, out);
        return;
    case DW_KIND_DOUBLE:
        put_type(out, "number", place->nullable);
        put_double(type, place->use, out);
        return;
    case DW_KIND_BOOL: put_type(out, "boolean", place->nullable); return;
    case DW_KIND_JSON: return; /* any value */
    case DW_KIND_LIST:
        put_type(out, "array", place->nullable);
        put_list(schemas, type, place->use, out);
        return;
    case DW_KIND_OBJECT: put_object(schemas, type, place, out); return;
    }
}

/* The pattern that `pattern` could not say, or NULL. */
static const char *unsaid_pattern(const struct plan_type *type, enum openapi_use use)
{
    char text[PATTERN_MAX];
    struct buf pattern;

    if (use == OPENAPI_OUTPUT || (type->kind != DW_KIND_TEXT && type->kind != DW_KIND_SECRET) ||
        type->text.pattern == NULL)
        return NULL;
    dw__buf_init_fixed(&pattern, text, sizeof text);
    return ecma_pattern(type, &pattern) ? NULL : ((const dw_text_rules *)(const void *)type->rules)->pattern;
}

static void put_description(const char *doc, const char *pattern, struct openapi_schemas *schemas,
                            struct buf *out)
{
    dw_text text = dw__text_of(doc != NULL ? doc : "");

    if (pattern != NULL)
        text = dw__arena_format(schemas->arena, "%s%sThe whole must match the PCRE2 pattern %s", text.p,
                                doc != NULL ? ". " : "", pattern);
    if (text.n == 0)
        return;
    member(out, "description");
    dw__json_put_string(out, text);
}

static void put_schema(struct openapi_schemas *schemas, const struct plan_type *type,
                       const struct place *place, struct buf *out)
{
    dw__buf_putc(out, '{');
    put_kind(schemas, type, place, out);
    put_description(place->doc, unsaid_pattern(type, place->use), schemas, out);
    dw__buf_putc(out, '}');
}

/* ---- objects ---- */

static const char *doc_of(const struct plan_field *f)
{
    return f->type.rules != NULL ? f->type.rules->doc : NULL;
}

/* Whether a field is always there: sent by the client, or by us. */
static bool always_there(const struct plan_field *f, enum openapi_use use)
{
    return use == OPENAPI_INPUT ? f->required : !f->optional;
}

static void put_required(const struct schema_plan *plan, uint64_t mask, enum openapi_use use, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_fields; i++) {
        if (!(mask >> i & 1) || !always_there(&plan->fields[i], use))
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

void dw__openapi_fields(struct openapi_schemas *schemas, const struct schema_plan *plan, uint64_t mask,
                        enum openapi_use use, struct buf *out)
{
    bool any = false;

    dw__buf_lit(out, "{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];

        if (!(mask >> i & 1))
            continue;
        dw__buf_put(out, f->prefix.p + !any, f->prefix.n - !any);
        any = true;
        put_schema(schemas, &f->type, &(struct place){use, f->nullable, doc_of(f)}, out);
    }
    dw__buf_putc(out, '}');
    put_required(plan, mask, use, out);
    dw__buf_lit(out, ",\"additionalProperties\":false}");
}

void dw__openapi_parameter(struct openapi_schemas *schemas, const struct schema_plan *plan, size_t i,
                           struct buf *out)
{
    put_schema(schemas, &plan->fields[i].type, &(struct place){OPENAPI_INPUT, false, NULL}, out);
}

/* ---- components ---- */

void dw__openapi_schemas_init(struct openapi_schemas *schemas, struct arena *arena)
{
    schemas->arena = arena;
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
