/* plan.c -- from declarations to plans.
 *
 * This runs at start-up only: it may take its time and allocate, and it must find every mistake in a declaration, because
 * what it lets through is walked later without a second look.  A declaration is a tree of static values that cannot hold
 * itself; its depth is limited all the same. */
#include "schema/plan.h"

#include <float.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "schema/pattern.h"
#include "schema/plan_names.h"

/* Bytes of a name outside. */
#define NAME_MAX_BYTES 64

/* Where in the declarations we are. */
struct site {
    const dw_schema *schema;
    const char *field;
    struct buf *why;
    unsigned depth;
};

static dw_err refuse(const struct site *site, const char *what)
{
    dw__buf_format(site->why, "schema %s", site->schema->name);
    if (site->field != NULL)
        dw__buf_format(site->why, ", field %s", site->field);
    dw__buf_format(site->why, ": %s", what);
    return DW_INTERNAL;
}

static dw_err no_memory(const struct site *site)
{
    return refuse(site, "out of memory");
}

/* A copy of what was written into b; NULL when that failed. */
static char *keep(const struct buf *b)
{
    return b->failed ? NULL : strndup(b->p, b->n);
}

/* ---- rules ---- */

static char *length_sentence(size_t min, size_t max)
{
    char text[128];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    if (min == max)
        dw__buf_format(&b, "Length must be %zu.", min);
    else if (min == 0)
        dw__buf_format(&b, "Longer than maximum length %zu.", max);
    else
        dw__buf_format(&b, "Length must be between %zu and %zu.", min, max);
    return keep(&b);
}

static dw_err compile_text(const struct site *site, const dw_text_rules *rules, struct plan_type *out)
{
    out->text.min = rules != NULL ? rules->len_min : 0;
    out->text.max = rules != NULL ? rules->len_max : 0;
    if (out->text.min == 0 && out->text.max == 0)
        out->text.max = DW__PLAN_TEXT_MAX;
    if (out->text.min > out->text.max)
        return refuse(site, "the length is reversed");
    out->range_says = length_sentence(out->text.min, out->text.max);
    if (out->range_says == NULL)
        return no_memory(site);
    if (rules == NULL || rules->pattern == NULL)
        return DW_OK;

    char text[256];
    struct buf why;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    out->text.pattern_says = rules->pattern_says != NULL ? rules->pattern_says : "Invalid format.";
    if (dw__pattern_new(rules->pattern, &out->text.pattern, &why) == DW_OK)
        return DW_OK;
    text[why.n] = '\0';
    return refuse(site, text);
}

static dw_err compile_int64(const struct site *site, const dw_int64_rules *rules, struct plan_type *out)
{
    char text[160];
    struct buf b;
    bool bounded = rules != NULL && rules->int_bounded;

    out->int64.min = bounded ? rules->int_min : INT64_MIN;
    out->int64.max = bounded ? rules->int_max : INT64_MAX;
    if (out->int64.min > out->int64.max)
        return refuse(site, "the range is reversed");
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_lit(&b, "Must be ");
    if (out->int64.min != INT64_MIN) {
        dw__buf_lit(&b, "greater than or equal to ");
        dw__buf_i64(&b, out->int64.min);
    }
    if (out->int64.min != INT64_MIN && out->int64.max != INT64_MAX)
        dw__buf_lit(&b, " and ");
    if (out->int64.max != INT64_MAX) {
        dw__buf_lit(&b, "less than or equal to ");
        dw__buf_i64(&b, out->int64.max);
    }
    dw__buf_putc(&b, '.');
    out->range_says = keep(&b);
    return out->range_says != NULL ? DW_OK : no_memory(site);
}

static dw_err compile_double(const struct site *site, const dw_double_rules *rules, struct plan_type *out)
{
    char text[160];
    struct buf b;
    bool bounded = rules != NULL && rules->real_bounded;

    out->real.min = bounded ? rules->real_min : -DBL_MAX;
    out->real.max = bounded ? rules->real_max : DBL_MAX;
    if (!(out->real.min <= out->real.max))
        return refuse(site, "the range is reversed or not a number");
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_lit(&b, "Must be greater than or equal to ");
    dw__json_put_double(&b, out->real.min);
    dw__buf_lit(&b, " and less than or equal to ");
    dw__json_put_double(&b, out->real.max);
    dw__buf_putc(&b, '.');
    out->range_says = keep(&b);
    return out->range_says != NULL ? DW_OK : no_memory(site);
}

static char *items_sentence(size_t min, size_t max)
{
    char text[128];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    if (min == max)
        dw__buf_format(&b, "Must have exactly %zu items.", min);
    else if (min == 0)
        dw__buf_format(&b, "Must have at most %zu items.", max);
    else
        dw__buf_format(&b, "Must have between %zu and %zu items.", min, max);
    return keep(&b);
}

static dw_err compile_type(const struct site *site, const dw_schema *type, const void *rules,
                           struct plan_type *out);
static dw_err compile_object(const struct site *site, const dw_schema *schema, struct schema_plan **out);

static dw_err compile_list(const struct site *site, const dw_schema *type, const dw_list_rules *rules,
                           struct plan_type *out)
{
    struct site inner = *site;

    out->list.min = rules != NULL ? rules->items_min : 0;
    out->list.max = rules != NULL ? rules->items_max : 0;
    if (out->list.min == 0 && out->list.max == 0)
        out->list.max = DW__PLAN_ITEMS_MAX;
    if (out->list.min > out->list.max)
        return refuse(site, "the number of items is reversed");
    if (type->element == NULL)
        return refuse(site, "a list of nothing");
    if (type->element->kind == DW_KIND_SECRET)
        return refuse(site, "a list cannot hold secrets");
    out->range_says = items_sentence(out->list.min, out->list.max);
    out->list.element = calloc(1, sizeof *out->list.element);
    if (out->range_says == NULL || out->list.element == NULL)
        return no_memory(site);
    inner.depth++;
    return compile_type(&inner, type->element, NULL, out->list.element);
}

/* Fills `out`, which is zeroed; what it holds after a failure is for type_free. `rules` is NULL for elements of lists. */
static dw_err compile_type(const struct site *site, const dw_schema *type, const void *rules,
                           struct plan_type *out)
{
    out->kind = type->kind;
    out->size = type->size;
    out->schema = type;
    out->rules = rules;
    if (site->depth > DW__PLAN_DEPTH)
        return refuse(site, "nested too deep");
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: return compile_text(site, rules, out);
    case DW_KIND_INT64: return compile_int64(site, rules, out);
    case DW_KIND_DOUBLE: return compile_double(site, rules, out);
    case DW_KIND_JSON:
    case DW_KIND_BOOL: return DW_OK;
    case DW_KIND_LIST: return compile_list(site, type, rules, out);
    case DW_KIND_OBJECT: return compile_object(site, type, &out->object);
    }
    out->kind = DW_KIND_BOOL; /* owns nothing */
    return refuse(site, "a type that is unknown");
}

/* ---- fields ---- */

/* A schema whose fields stand in the plan: the outermost, or a flat part of it. */
struct part {
    const dw_schema *schema;
    size_t at;   /* of its struct in the outermost */
    size_t flat; /* 1 + index in plan->flats, or 0 */
    bool partial;
};

static bool is_name(dw_text name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES || !dw__utf8_valid(name.p, name.n))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
            return false;
    return true;
}

static dw_err render_prefix(const struct site *site, struct plan_field *f)
{
    char text[6 * NAME_MAX_BYTES + 8];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_putc(&b, ',');
    dw__json_put_string(&b, f->name);
    dw__buf_putc(&b, ':');
    char *kept = keep(&b);
    if (kept == NULL)
        return no_memory(site);
    f->prefix = (dw_text){kept, b.n};
    return DW_OK;
}

static bool holds_secret(const struct plan_type *type)
{
    while (type != NULL && type->kind == DW_KIND_LIST)
        type = type->list.element;
    if (type == NULL)
        return false;
    return type->kind == DW_KIND_SECRET ||
           (type->kind == DW_KIND_OBJECT && type->object != NULL && type->object->secret);
}

static dw_err add_field(const struct site *site, struct schema_plan *plan, const struct part *part,
                        const dw_field *own, const dw_field *origin)
{
    const dw_common_rules *rules = origin->rules;

    if (plan->n_fields == DW__PLAN_FIELDS)
        return refuse(site, "more than 64 fields");
    struct plan_field *f = &plan->fields[plan->n_fields++];
    f->name = dw__text_of(rules->wire != NULL ? rules->wire : own->name);
    f->c_name = own->name;
    f->at = part->at + own->at;
    f->has_at = part->at + own->has_at;
    f->flat = part->flat;
    f->optional = rules->optional || part->partial;
    f->nullable = rules->nullable;
    f->required = !f->optional;
    if (f->required)
        plan->required |= UINT64_C(1) << (plan->n_fields - 1);
    if (!is_name(f->name))
        return refuse(site, "the name outside is empty, longer than 64 bytes, or not printable UTF-8");
    for (size_t i = 0; i + 1 < plan->n_fields; i++)
        if (dw__text_eq(plan->fields[i].name, f->name))
            return refuse(site, "another field has the same name outside");

    dw_err err = render_prefix(site, f);
    if (err == DW_OK)
        err = compile_type(site, origin->type, rules, &f->type);
    plan->secret = plan->secret || holds_secret(&f->type);
    return err;
}

static dw_err add_part(const struct site *outer, struct schema_plan *plan, const struct part *part);

static dw_err add_flat(const struct site *site, struct schema_plan *plan, const struct part *part,
                       const dw_field *own, const dw_field *origin)
{
    const dw_common_rules *rules = origin->rules;

    if (origin->type->kind != DW_KIND_OBJECT)
        return refuse(site, "only a nested schema can be flat");
    if (rules->optional || rules->nullable || rules->wire != NULL)
        return refuse(site, "a flat part has no name outside and cannot be optional or nullable");
    if (plan->n_flats == DW__PLAN_FIELDS)
        return refuse(site, "more than 64 flat parts");
    plan->flats[plan->n_flats++] = (struct plan_flat){part->at + own->has_at, part->flat};
    return add_part(site, plan,
                    &(struct part){origin->type, part->at + own->at, plan->n_flats,
                                   part->partial || origin->type->partial});
}

static dw_err add_part(const struct site *outer, struct schema_plan *plan, const struct part *part)
{
    struct site site = {part->schema, NULL, outer->why, outer->depth + 1};

    if (site.depth > DW__PLAN_DEPTH)
        return refuse(&site, "nested too deep");
    for (size_t i = 0; i < part->schema->n_fields; i++) {
        const dw_field *own = part->schema->fields[i];
        const dw_field *origin = own;
        while (origin->like != NULL)
            origin = origin->like;
        site.field = own->name;
        bool flat = ((const dw_common_rules *)origin->rules)->flat;
        dw_err err = (flat ? add_flat : add_field)(&site, plan, part, own, origin);
        if (err != DW_OK)
            return err;
    }
    return DW_OK;
}

static dw_err compile_object(const struct site *site, const dw_schema *schema, struct schema_plan **out)
{
    struct schema_plan *plan = calloc(1, sizeof *plan);

    *out = plan;
    if (plan == NULL)
        return no_memory(site);
    plan->schema = schema;
    plan->name = schema->name;
    plan->size = schema->size;
    plan->fields = calloc(DW__PLAN_FIELDS, sizeof *plan->fields);
    plan->flats = calloc(DW__PLAN_FIELDS, sizeof *plan->flats);
    if (plan->fields == NULL || plan->flats == NULL)
        return no_memory(site);
    dw_err err = add_part(site, plan, &(struct part){schema, 0, 0, schema->partial});
    if (err == DW_OK && dw__plan_names_index(plan) != DW_OK)
        err = refuse(site, "its names cannot be indexed");
    return err;
}

dw_err dw__schema_compile(const dw_schema *schema, struct schema_plan **out, struct buf *why)
{
    struct site site = {schema, NULL, why, 0};

    *out = NULL;
    if (schema->kind != DW_KIND_OBJECT)
        return refuse(&site, "only an object can be compiled");
    dw_err err = compile_object(&site, schema, out);
    if (err != DW_OK) {
        dw__schema_plan_free(*out);
        *out = NULL;
    }
    return err;
}

/* ---- the end ---- */

static void type_release(struct plan_type *type)
{
    free((void *)(uintptr_t)type->range_says);
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: dw__pattern_free(type->text.pattern); break;
    case DW_KIND_OBJECT: dw__schema_plan_free(type->object); break;
    case DW_KIND_LIST:
        if (type->list.element != NULL)
            type_release(type->list.element);
        free(type->list.element);
        break;
    case DW_KIND_INT64:
    case DW_KIND_DOUBLE:
    case DW_KIND_JSON:
    case DW_KIND_BOOL: break;
    }
}

void dw__schema_plan_free(struct schema_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->n_fields; i++) {
        type_release(&plan->fields[i].type);
        free((void *)(uintptr_t)plan->fields[i].prefix.p);
    }
    free(plan->slots);
    free(plan->flats);
    free(plan->fields);
    free(plan);
}

dw_err dw__schema_check_output(const struct schema_plan *plan, struct buf *why)
{
    if (!plan->secret)
        return DW_OK;
    dw__buf_format(why, "schema %s: a reply cannot hold a secret", plan->name);
    return DW_INTERNAL;
}
