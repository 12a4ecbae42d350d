/* store/docs_plan.c -- the collections of the program, and whether their schemas can be documents.
 *
 * A document is printed when it is stored and bound when it is read, so that everything in its schema must survive both: a field that is never
 * printed, or that nobody may send, would be lost by the first change. */
#include "store/docs.h"

#include <string.h>

#include "base/text.h"

struct look {
    const dw_collection *c;
    struct buf *why;
    bool failed;
};

/* One line about the collection. */
#define FINDING(look, fmt, ...)                                                                  \
    do {                                                                                         \
        dw__buf_format((look)->why, "collection %s: " fmt "\n", (look)->c->name, ##__VA_ARGS__); \
        (look)->failed = true;                                                                   \
    } while (0)

/* ---- what a document can hold ---- */

static void check_kept(struct look *look, const struct plan_type *type, const char *field);

static void check_fields(struct look *look, const struct schema_plan *plan)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];

        if (f->write_only || f->source != SOURCE_ANY || (plan->inputs >> i & 1) == 0)
            FINDING(look,
                    "field `%s` of %s is read-only, write-only or comes from elsewhere than the body, and a "
                    "document keeps all that it has; leave that out",
                    f->c_name, plan->name);
        check_kept(look, &f->type, f->c_name);
    }
}

static void check_kept(struct look *look, const struct plan_type *type, const char *field)
{
    switch (type->kind) {
    case DW_KIND_SECRET:
        FINDING(look,
                "field `%s` is a dw_secret, which is never printed, and so cannot be kept in a document",
                field);
        return;
    case DW_KIND_JSON: /* jsonb writes 1e300 as 301 digits, and has no NUL */
        FINDING(
            look,
            "field `%s` is a dw_json, which PostgreSQL would not give back as it came; declare what is in it",
            field);
        return;
    case DW_KIND_OBJECT: check_fields(look, type->object); return;
    case DW_KIND_LIST:
    case DW_KIND_MAP: check_kept(look, type->list.element, field); return;
    default: return;
    }
}

/* In an object within the document a merge keeps what is stored where the part has a default; of a nullable field it cannot tell (schema/bind.c). */
static void check_merged(struct look *look, const struct schema_plan *plan, bool inner)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];

        if (inner && f->nullable && f->def)
            FINDING(look,
                    "field `%s` of %s has a default and is nullable, and a merge of the object that it is in "
                    "could not leave it as it is; leave one of them out",
                    f->c_name, plan->name);
        if (f->type.kind == DW_KIND_OBJECT)
            check_merged(look, f->type.object, true);
    }
}

/* ---- what it can be asked for ---- */

/* Bytes that a value of the type can have in an index. */
static size_t key_bytes(const struct plan_type *type)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
        if (type->text.bytes_max > 0 && type->text.bytes_max < type->text.max * 4)
            return type->text.bytes_max;
        return type->text.max > SIZE_MAX / 4 ? SIZE_MAX : type->text.max * 4;
    case DW_KIND_EMAIL:
    case DW_KIND_URL: return type->text.max; /* ASCII */
    default: return 0;
    }
}

/* The name stands in SQL that `db collections` prints. */
static bool is_plain(dw_text name)
{
    for (size_t i = 0; i < name.n; i++)
        if (strchr("\"'\\", name.p[i]) || (unsigned char)name.p[i] < ' ')
            return false;
    return name.n > 0;
}

static void check_asked_for(struct look *look, const struct plan_field *f)
{
    static const char *const ours[] = {"id", "owner", "version", "doc"};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (dw__text_eq_nocase(dw__text_of(f->c_name), dw__text_of(ours[i])))
            FINDING(look, "its table has a column `%s` of its own; rename the field", ours[i]);
    if (!is_plain(f->name))
        FINDING(look, "field `%s` has a quote or a backslash in its name outside; rename it", f->c_name);
    if (key_bytes(&f->type) > DW__DOCS_KEY_MAX)
        FINDING(look,
                "field `%s` can be longer than the %u bytes that an index takes; bound it by DW_LEN or "
                "DW_BYTES, or "
                "do not name it in the collection",
                f->c_name, DW__DOCS_KEY_MAX);
}

/* Both stand beside the fields in a reply. */
static void check_names(struct look *look, const struct schema_plan *plan)
{
    for (size_t i = 0; i < plan->n_fields; i++)
        if (dw_text_is(plan->fields[i].name, "id") || dw_text_is(plan->fields[i].name, "version"))
            FINDING(look, "field `%s` of %s: a document has an id and a version of its own; rename the field",
                    plan->fields[i].c_name, plan->name);
}

/* ---- one collection ---- */

static const struct plan_field *field_of(const struct schema_plan *plan, const char *c_name)
{
    int i = dw__schema_field_c(plan, c_name);

    return i < 0 ? NULL : &plan->fields[i];
}

static const struct schema_plan *compile(struct look *look, struct schema_plans *plans,
                                         const dw_schema *schema)
{
    const struct schema_plan *plan = NULL;

    if (dw__schema_plans_get(plans, schema, &plan, look->why) == DW_OK)
        return plan;
    dw__buf_lit(look->why, "\n");
    look->failed = true;
    return NULL;
}

static void find_fields(struct look *look, struct sql_collection *sc, struct arena *arena)
{
    const dw_collection *c = look->c;
    const struct plan_field **fields = dw__arena_calloc(arena, c->n_fields, sizeof *fields);

    if (!fields) {
        FINDING(look, "no memory");
        return;
    }
    for (size_t i = 0; i < c->n_fields; i++) {
        fields[i] = field_of(sc->value->object, c->fields[i]->name);
        if (fields[i])
            check_asked_for(look, fields[i]);
        else
            FINDING(look, "`%s` is no field of %s", c->fields[i]->name, c->value->name);
    }
    sc->fields = fields;
}

static bool look_at(const dw_collection *c, struct schema_plans *plans, struct arena *arena,
                    struct sql_collection *sc, struct buf *why)
{
    struct look look = {c, why, false};
    const struct schema_plan *stored = compile(&look, plans, c->stored);
    const struct plan_field *value = stored ? field_of(stored, "doc") : NULL;

    *sc = (struct sql_collection){.c = c, .value = value ? &value->type : NULL};
    if (!value || value->type.kind != DW_KIND_OBJECT)
        return false;
    sc->printed = compile(&look, plans, c->doc);
    check_names(&look, value->type.object);
    check_fields(&look, value->type.object);
    check_merged(&look, value->type.object, false);
    find_fields(&look, sc, arena);
    return !look.failed;
}

/* ---- all ---- */

static bool is_among(const struct sql_collection *all, size_t n, const dw_collection *c)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].c == c)
            return true;
    return false;
}

bool dw__docs_find(struct sql_inventory *inv, struct schema_plans *plans, struct arena *arena,
                   struct buf *why)
{
    struct sql_collection *all = dw__arena_calloc(arena, DW__DOCS_MAX, sizeof *all);
    size_t n = 0;
    bool ok = true;

    for (size_t i = 0; all && i < dw__sql_inventory_count(inv); i++) {
        const dw_collection *c = dw__sql_inventory_at(inv, i)->collection;

        if (!c || is_among(all, n, c))
            continue;
        if (n == DW__DOCS_MAX) {
            dw__buf_format(why, "collection %s: there are more than %u\n", c->name, DW__DOCS_MAX);
            return false;
        }
        ok = look_at(c, plans, arena, &all[n++], why) && ok;
    }
    dw__docs_set(inv, all, n);
    return all && ok;
}

bool dw__docs_own(const struct sql_inventory *inv, const dw_owned *owned, struct buf *why)
{
    bool ok = true;

    for (size_t i = 0; i < dw__docs_count(inv); i++) {
        const dw_collection *c = dw__docs_at(inv, i)->c;
        const dw_owned *o = owned;

        while (o->table && (strcmp(o->table, c->name) != 0 || strcmp(o->column, "owner") != 0))
            o++;
        if (c->shared || o->table)
            continue;
        dw__buf_format(
            why,
            "collection %s: its documents belong to who makes them; put DW_OWNED(%s, owner) into the "
            "application's .owned, or make it a DW_SHARED_COLLECTION\n",
            c->name, c->name);
        ok = false;
    }
    return ok;
}
