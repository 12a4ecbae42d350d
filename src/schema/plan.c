/* plan.c -- from declarations to plans: objects, their fields and flat parts.
 *
 * This runs at start-up only: it may take its time and allocate, and it must find every mistake in a declaration, because
 * what it lets through is walked later without a second look.  A declaration is a tree of static values that cannot hold
 * itself; its depth is limited all the same. */
#include "schema/plan.h"

#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "schema/plan_make.h"
#include "schema/plan_names.h"

/* Bytes of a name outside. */
#define NAME_MAX_BYTES 64

dw_err dw__plan_refuse(const struct plan_site *site, const char *what)
{
    dw__buf_format(site->why, "schema %s", site->schema->name);
    if (site->field != NULL)
        dw__buf_format(site->why, ", field %s", site->field);
    dw__buf_format(site->why, ": %s", what);
    return DW_INTERNAL;
}

dw_err dw__plan_no_memory(const struct plan_site *site)
{
    return dw__plan_refuse(site, "out of memory");
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

static dw_err render_prefix(const struct plan_site *site, struct plan_field *f)
{
    char text[6 * NAME_MAX_BYTES + 8];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_putc(&b, ',');
    dw__json_put_string(&b, f->name);
    dw__buf_putc(&b, ':');
    char *kept = b.failed ? NULL : strndup(b.p, b.n);
    if (kept == NULL)
        return dw__plan_no_memory(site);
    f->prefix = (dw_text){kept, b.n};
    return DW_OK;
}

static dw_err name_field(const struct plan_site *site, const struct schema_plan *plan, struct plan_field *f)
{
    if (!is_name(f->name))
        return dw__plan_refuse(site,
                               "the name outside is empty, longer than 64 bytes, or not printable UTF-8");
    for (const struct plan_field *other = plan->fields; other < f; other++)
        if (dw__text_eq(other->name, f->name))
            return dw__plan_refuse(site, "another field has the same name outside");
    return render_prefix(site, f);
}

/* The name of a header in lower case, or of a cookie: a token (RFC 9110 §5.6.2, RFC 6265 §4.1.1). */
static bool is_token(dw_text name, bool lower)
{
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c <= 0x20 || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) || (lower && c >= 'A' && c <= 'Z'))
            return false;
    }
    return name.n > 0 && name.n <= NAME_MAX_BYTES;
}

static dw_err source_of(const struct plan_site *site, const dw_common_rules *rules, struct plan_field *f)
{
    dw_text header = dw__text_of(rules->from_header), cookie = dw__text_of(rules->from_cookie);

    f->source = rules->from_query            ? SOURCE_QUERY
                : rules->from_header != NULL ? SOURCE_HEADER
                : rules->from_cookie != NULL ? SOURCE_COOKIE
                                             : SOURCE_ANY;
    f->source_name = rules->from_header != NULL ? header : cookie;
    if (f->source == SOURCE_ANY)
        return DW_OK;
    if (site->nested)
        return dw__plan_refuse(site, "only a field of the outermost schema has a source of its own");
    if (rules->from_query + (rules->from_header != NULL) + (rules->from_cookie != NULL) > 1 ||
        rules->read_only)
        return dw__plan_refuse(site, "a field has one source: the query, a header or a cookie");
    if (f->source == SOURCE_HEADER && !is_token(header, true))
        return dw__plan_refuse(site, ".from_header is the name of a header in lower case");
    if (dw__text_is(header, "authorization") || dw__text_is(header, "proxy-authorization") ||
        dw__text_is(header, "cookie"))
        return dw__plan_refuse(site, "that header holds credentials, which the route's policy reads");
    if (f->source == SOURCE_COOKIE && !is_token(cookie, false))
        return dw__plan_refuse(site, ".from_cookie is the name of a cookie");
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

/* The roles that see more of a value of this type than others. */
static uint64_t view_roles_in(const struct plan_type *type)
{
    while (type != NULL && type->kind == DW_KIND_LIST)
        type = type->list.element;
    return type != NULL && type->kind == DW_KIND_OBJECT && type->object != NULL ? type->object->view_roles
                                                                                : 0;
}

/* Who is shown the field. It is never taken from a client, so nothing that is about taking it can be said as well. */
static dw_err view_of(const struct plan_site *site, const dw_common_rules *rules, struct plan_field *f)
{
    f->visible_to = rules->visible_to.roles;
    if (rules->visible_to.kind == DW_ALLOW_NOBODY)
        return DW_OK;
    if (rules->visible_to.kind != DW_ALLOW_ROLES || f->visible_to == 0)
        return dw__plan_refuse(site, ".visible_to names roles: DW_ROLES(…)");
    if (rules->write_only || rules->has_default || f->source != SOURCE_ANY)
        return dw__plan_refuse(site, "a field with .visible_to is only sent, never taken");
    return DW_OK;
}

/* Which sets the last field is in. */
static void join_sets(struct schema_plan *plan, const dw_common_rules *rules, bool partial)
{
    const struct plan_field *f = &plan->fields[plan->n_fields - 1];
    uint64_t bit = UINT64_C(1) << (plan->n_fields - 1);

    plan->secret = plan->secret || (holds_secret(&f->type) && !f->write_only);
    plan->view_roles |= f->visible_to | view_roles_in(&f->type);
    if (rules->read_only || f->visible_to != 0)
        return;
    plan->inputs |= bit;
    if (partial)
        return;
    if (rules->has_default)
        plan->defaults |= bit;
    else if (!rules->optional)
        plan->required |= bit;
}

static dw_err add_field(const struct plan_site *site, struct schema_plan *plan, const struct part *part,
                        const dw_field *own, const dw_field *origin)
{
    const dw_common_rules *rules = origin->rules;

    if (plan->n_fields == DW__PLAN_FIELDS)
        return dw__plan_refuse(site, "more than 64 fields");
    struct plan_field *f = &plan->fields[plan->n_fields++];
    f->name = dw__text_of(rules->wire != NULL ? rules->wire : own->name);
    f->c_name = own->name;
    f->at = part->at + own->at;
    f->has_at = part->at + own->has_at;
    f->null_at = part->at + own->null_at;
    f->flat = part->flat;
    f->optional = rules->optional || part->partial;
    f->nullable = rules->nullable;
    f->write_only = rules->write_only;
    if (rules->read_only && rules->write_only)
        return dw__plan_refuse(site, "read-only and write-only: nobody could ever see it");

    dw_err err = name_field(site, plan, f);
    if (err == DW_OK)
        err = source_of(site, rules, f);
    if (err == DW_OK)
        err = view_of(site, rules, f);
    if (err == DW_OK)
        err = dw__plan_type(site, origin->type, rules, &f->type);
    if (err == DW_OK)
        err = dw__plan_default(site, f);
    if (err == DW_OK)
        err = dw__plan_example(site, f);
    if (err == DW_OK)
        join_sets(plan, rules, part->partial);
    return err;
}

/* ---- flat parts ---- */

static dw_err add_part(const struct plan_site *outer, struct schema_plan *plan, const struct part *part);

static dw_err add_flat(const struct plan_site *site, struct schema_plan *plan, const struct part *part,
                       const dw_field *own, const dw_field *origin)
{
    const dw_common_rules *rules = origin->rules;

    if (origin->type->kind != DW_KIND_OBJECT)
        return dw__plan_refuse(site, "only a nested schema can be flat");
    if (rules->optional || rules->nullable || rules->read_only || rules->write_only || rules->wire != NULL)
        return dw__plan_refuse(site, "a flat part has no name outside and cannot be optional or nullable");
    if (rules->visible_to.kind != DW_ALLOW_NOBODY)
        return dw__plan_refuse(site, "a flat part is no field: its fields say .visible_to");
    if (origin->type->options != NULL && origin->type->options->unknown != NULL)
        return dw__plan_refuse(site,
                               "a flat part drops nothing by itself: say DW_OPTIONS of the outer schema");
    if (plan->n_flats == DW__PLAN_FIELDS)
        return dw__plan_refuse(site, "more than 64 flat parts");
    plan->flats[plan->n_flats++] = (struct plan_flat){part->at + own->has_at, part->flat};
    return add_part(site, plan,
                    &(struct part){origin->type, part->at + own->at, plan->n_flats,
                                   part->partial || origin->type->partial});
}

/* ---- checks of the application ---- */

static dw_check_fn check_of(const dw_schema *schema)
{
    return schema != NULL && schema->check != NULL ? *schema->check : NULL;
}

/* The fields from `first` on that the schema they come from requires, were it not partial. */
static uint64_t wanted_since(const struct schema_plan *plan, size_t first)
{
    uint64_t wanted = 0;

    for (size_t i = first; i < plan->n_fields; i++) {
        const dw_common_rules *rules = plan->fields[i].type.rules;
        if (!rules->optional && !rules->has_default && !rules->read_only && plan->fields[i].visible_to == 0)
            wanted |= UINT64_C(1) << i;
    }
    return wanted;
}

static dw_err add_check(const struct plan_site *site, struct schema_plan *plan, struct plan_check check)
{
    if (check.fn == NULL)
        return DW_OK;
    struct plan_check *v = reallocarray(plan->checks, plan->n_checks + 1, sizeof *v);
    if (v == NULL)
        return dw__plan_no_memory(site);
    plan->checks = v;
    v[plan->n_checks++] = check;
    return DW_OK;
}

/* A partial is judged as the whole once it has what the whole requires, and always by a check of its own. */
static dw_err add_checks(const struct plan_site *site, struct schema_plan *plan, const struct part *part,
                         size_t first)
{
    const dw_schema *schema = part->schema;
    dw_check_fn whole = check_of(schema->partial ? schema->whole : schema);
    uint64_t needs = part->partial ? wanted_since(plan, first) : 0;
    dw_err err = add_check(site, plan, (struct plan_check){whole, part->at, needs});

    if (err == DW_OK && schema->partial)
        err = add_check(site, plan, (struct plan_check){check_of(schema), part->at, 0});
    return err;
}

static dw_err add_part(const struct plan_site *outer, struct schema_plan *plan, const struct part *part)
{
    struct plan_site site = {part->schema, NULL, outer->why, outer->depth + 1, outer->nested};
    size_t first = plan->n_fields;

    if (site.depth > DW__PLAN_DEPTH)
        return dw__plan_refuse(&site, "nested too deep");
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
    site.field = NULL;
    return add_checks(&site, plan, part, first);
}

/* ---- objects ---- */

static const char *drop_of(const dw_schema *schema)
{
    const char *own = schema->options != NULL ? schema->options->unknown : NULL;

    return own != NULL || schema->whole == NULL ? own : drop_of(schema->whole);
}

/* A table with room for n and no more, or as it was. */
static void *shrunk(void *table, size_t n, size_t size)
{
    void *smaller = reallocarray(table, n, size);

    if (smaller == NULL)
        return table;
    return smaller;
}

/* What is not used of the tables: a program has many plans. */
static void give_back(struct schema_plan *plan)
{
    plan->fields = shrunk(plan->fields, plan->n_fields + 1, sizeof *plan->fields);
    plan->flats = shrunk(plan->flats, plan->n_flats + 1, sizeof *plan->flats);
}

dw_err dw__plan_object(const struct plan_site *site, const dw_schema *schema, struct schema_plan **out)
{
    struct schema_plan *plan = calloc(1, sizeof *plan);

    *out = plan;
    if (plan == NULL)
        return dw__plan_no_memory(site);
    plan->schema = schema;
    plan->name = schema->name;
    plan->size = schema->size;
    plan->drop = drop_of(schema);
    plan->fields = calloc(DW__PLAN_FIELDS, sizeof *plan->fields);
    plan->flats = calloc(DW__PLAN_FIELDS, sizeof *plan->flats);
    if (plan->fields == NULL || plan->flats == NULL)
        return dw__plan_no_memory(site);
    dw_err err = add_part(site, plan, &(struct part){schema, 0, 0, schema->partial});
    if (err == DW_OK && dw__plan_names_index(plan) != DW_OK)
        err = dw__plan_refuse(site, "its names cannot be indexed");
    if (err == DW_OK)
        give_back(plan);
    return err;
}

dw_err dw__schema_compile(const dw_schema *schema, struct schema_plan **out, struct buf *why)
{
    struct plan_site site = {schema, NULL, why, 0, false};

    *out = NULL;
    if (schema->kind != DW_KIND_OBJECT)
        return dw__plan_refuse(&site, "only an object can be compiled");
    dw_err err = dw__plan_object(&site, schema, out);
    if (err != DW_OK) {
        dw__schema_plan_free(*out);
        *out = NULL;
    }
    return err;
}

void dw__schema_plan_free(struct schema_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->n_fields; i++) {
        dw__plan_type_release(&plan->fields[i].type);
        free((void *)(uintptr_t)plan->fields[i].prefix.p);
        free((void *)(uintptr_t)plan->fields[i].def);
    }
    free(plan->slots);
    free(plan->checks);
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
