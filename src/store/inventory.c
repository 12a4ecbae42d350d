/* store/inventory.c -- every statement of the program, and where its parameters come from.
 *
 * The linker has gathered pointers to the DW_QUERY values of the program in one section.  From them this makes a table: the parameters
 * of each statement with the field, or the fact about the caller, that each takes its value from, and the fields that a row
 * fills.  It needs no database and gives the same table in every process of a binary, which is what lets a worker name a statement to
 * the store by its index.  Nothing that is not in this table is ever run. */
#include "store/inventory.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "store/docs.h"
#include "store/order_check.h"
#include "store/owned.h"
#include "store/sql_scan.h"

#define INVENTORY_BYTES ((size_t)16 << 20)

/* A place of the table that finds a statement by its address. */
struct by_address {
    const dw_query *query; /* NULL: free */
    size_t index;
};

struct sql_inventory {
    enum sql_dialect dialect;
    struct arena arena;
    struct sql_statement *statements;
    struct by_address *table; /* 2^bits places, at least half of them free */
    unsigned bits;
    size_t n;
    const dw_owned *owned;
    struct schema_plans plans; /* of what goes in and comes out */
    struct sql_collection *collections;
    size_t n_collections;
};

static const dw_owned nothing_owned;

/* While one statement is looked at. */
struct look {
    struct arena *arena;
    enum sql_dialect dialect;
    struct schema_plans *plans;
    const dw_query *query;
    struct buf *why;
    bool failed;
};

/* One line about the statement. */
#define FINDING(look, fmt, ...)                                                                     \
    do {                                                                                            \
        dw__buf_format((look)->why, "statement %s: " fmt "\n", (look)->query->name, ##__VA_ARGS__); \
        (look)->failed = true;                                                                      \
    } while (0)

/* A schema, flat. */
struct leaves {
    struct sql_field fields[DW__SQL_MAX_FIELDS];
    size_t flats[DW__SQL_MAX_FLATS];
    size_t n, n_flats;
    const struct schema_plan *plan;
};

static void add_leaves(struct leaves *all, const struct schema_plan *plan)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];

        all->fields[all->n++] = (struct sql_field){
            .name = f->c_name,
            .type = &f->type,
            .may_be_null = f->optional || f->nullable,
            .optional = f->optional,
            .at = f->at,
            .has_at = f->has_at,
        };
    }
    for (size_t i = 0; i < plan->n_flats; i++)
        all->flats[all->n_flats++] = plan->flats[i].has_at;
}

_Static_assert(DW__SQL_MAX_FIELDS >= DW__PLAN_FIELDS && DW__SQL_MAX_FLATS >= DW__PLAN_FIELDS,
               "what a plan has fits");

/* Fills `all` with the fields of `schema`, which a C name tells apart; false after a finding. */
static bool leaves_of(struct look *look, const dw_schema *schema, struct leaves *all)
{
    const struct schema_plan *plan;

    all->n = all->n_flats = 0;
    if (schema->kind != DW_KIND_OBJECT) {
        FINDING(look, "its input and its output must be schemas with fields; %s is not", schema->name);
        return false;
    }
    if (dw__schema_plans_get(look->plans, schema, &plan, look->why) != DW_OK) {
        dw__buf_lit(look->why, "\n");
        look->failed = true;
        return false;
    }
    all->plan = plan;
    add_leaves(all, plan);
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(all->fields[i].name, all->fields[k].name) == 0)
                FINDING(look, "schema %s has two fields `%s`", schema->name, all->fields[i].name);
    return !look->failed;
}

/* A copy in the inventory's memory. */
static void *keep(struct look *look, const void *p, size_t n, size_t size)
{
    void *copy = dw__arena_calloc(look->arena, n, size);

    if (!copy)
        FINDING(look, "no memory");
    else if (n > 0)
        memcpy(copy, p, n * size);
    return copy;
}

static const struct sql_field *find_field(const struct sql_field *fields, size_t n, dw_text name)
{
    for (size_t i = 0; i < n; i++)
        if (dw__text_eq(dw__text_of(fields[i].name), name))
            return &fields[i];
    return NULL;
}

/* Where the value of parameter `name` comes from. */
static void param_source(struct look *look, struct sql_param *param, const struct sql_field *in, size_t n_in)
{
    const struct sql_field *field = find_field(in, n_in, param->name);
    bool me = dw__text_is(param->name, "me"), now = dw__text_is(param->name, "now");

    param->source = me ? SQL_FROM_ME : now ? SQL_FROM_NOW : SQL_FROM_FIELD;
    param->field = field;
    if (me || now) {
        param->field = NULL;
        if (field)
            FINDING(look, "`:%s` is %s and cannot be a field of %s as well; rename the field",
                    me ? "me" : "now", me ? "the caller" : "the time", look->query->in->name);
    } else if (!field) {
        FINDING(look, "unknown parameter `:%.*s`; it is not a field of %s, nor :me or :now",
                DW_FMT(param->name), look->query->in->name);
    }
}

static bool has_param(const struct sql_param *params, size_t n, dw_text name)
{
    for (size_t i = 0; i < n; i++)
        if (dw__text_eq(params[i].name, name))
            return true;
    return false;
}

static void find_params(struct look *look, struct sql_statement *st, const struct sql_field *in, size_t n_in)
{
    struct sql_param all[DW__SQL_MAX_PARAMS];
    dw_text sql = dw__text_of(st->sql), name;
    enum sql_scan found;
    size_t at = 0, n = 0;

    while ((found = dw__sql_scan_as(look->dialect, sql, &at, &name)) != SQL_SCAN_END) {
        if (found == SQL_SCAN_OTHER) {
            FINDING(look, "`%.*s` is not a parameter that has a name; write :field", DW_FMT(name));
            continue;
        }
        if (has_param(all, n, name))
            continue;
        if (n == DW__SQL_MAX_PARAMS) {
            FINDING(look, "it has more than %u parameters", DW__SQL_MAX_PARAMS);
            return;
        }
        all[n] = (struct sql_param){.name = name};
        param_source(look, &all[n], in, n_in);
        st->uses_me = st->uses_me || all[n].source == SQL_FROM_ME;
        n++;
    }
    st->params = keep(look, all, n, sizeof *all);
    st->n_params = n;
}

/* What a page ends with becomes a cursor, and NULL is neither before nor behind anything. */
static void check_order(struct look *look, const dw_ordered *o, const struct sql_field *out, size_t n_out)
{
    const dw_order *order = &o->orders[0];

    for (size_t i = 0; i < o->n; i++)
        if (look->query == o->orders[i].first || look->query == o->orders[i].next)
            order = &o->orders[i];
    for (int i = 0; i < 2; i++, order = &o->orders[0]) {
        const char *column = order->word + (order->word[0] == '-');
        const struct sql_field *field = find_field(out, n_out, dw__text_of(column));

        if (!field || field->may_be_null ||
            (field->type->kind != DW_KIND_TEXT && field->type->kind != DW_KIND_INT64)) {
            FINDING(look,
                    "what %s is ordered by must be an int64_t or a dw_text of %s, neither optional nor "
                    "nullable: not `%s`",
                    o->name, look->query->out->name, column);
            return;
        }
    }
}

/* ---- versions ---- */

/* The words of a statement in lower case, without white space; {NULL, 0} without memory. */
static dw_text squeeze(struct arena *arena, const char *sql)
{
    char *p = dw__arena_bytes(arena, strlen(sql) + 1);
    size_t n = 0;

    for (; p && *sql; sql++)
        if (!strchr(" \t\r\n", *sql))
            p[n++] = (char)(*sql >= 'A' && *sql <= 'Z' ? *sql - 'A' + 'a' : *sql);
    return (dw_text){p, n};
}

/* Behind the first `needle` in `t`, or {NULL, 0}. */
static dw_text behind(dw_text t, const char *needle)
{
    size_t n = strlen(needle);
    const char *at = t.p ? memmem(t.p, t.n, needle, n) : NULL;

    return at ? (dw_text){at + n, t.n - (size_t)(at - t.p) - n} : (dw_text){NULL, 0};
}

/* A change that forgot either would be lost, or lose another's, and look well. */
static void check_version(struct look *look, const struct sql_statement *st)
{
    const char *column = look->query->version;
    dw_text sql = squeeze(look->arena, st->sql), where = behind(sql, "where");
    char condition[128], counts[128];

    (void)snprintf(condition, sizeof condition, "%s=:version", column);
    (void)snprintf(counts, sizeof counts, "%s=%s+1", column, column);
    if (!where.p || !behind(where, condition).p)
        FINDING(look, ".version: its WHERE must say `%s = :version`", column);
    else if (!dw__text_starts(sql, DW_TEXT("delete")) && !behind((dw_text){sql.p, sql.n - where.n}, counts).p)
        FINDING(look, ".version: it must set `%s = %s + 1`", column, column);
}

static bool look_at(struct sql_inventory *inv, struct sql_statement *st, const dw_query *query,
                    struct buf *why)
{
    struct look look = {&inv->arena, inv->dialect, &inv->plans, query, why, false};
    struct leaves all;
    const struct sql_field *in;
    size_t n_in;

    st->query = query;
    st->sql = inv->dialect == SQL_POSTGRES && query->postgres ? query->postgres : query->sql;
    if (!leaves_of(&look, query->in, &all))
        return false;
    n_in = all.n;
    in = keep(&look, all.fields, all.n, sizeof *all.fields);
    if (in)
        find_params(&look, st, in, n_in);
    if (!leaves_of(&look, query->out, &all))
        return false;
    st->output = all.plan;
    st->n_fields = all.n;
    st->fields = keep(&look, all.fields, all.n, sizeof *all.fields);
    if (query->ordered)
        check_order(&look, query->ordered, all.fields, all.n);
    if (query->version)
        check_version(&look, st);
    st->n_flats = all.n_flats;
    st->flats = keep(&look, all.flats, all.n_flats, sizeof *all.flats);
    return !look.failed;
}

static int order_name(const void *a, const void *b)
{
    const struct sql_statement *const *x = a, *const *y = b;

    return strcmp((*x)->query->name, (*y)->query->name);
}

/* Finds names that occur twice: a log line or a finding that names a statement must mean one. */
static bool names_differ(struct sql_inventory *inv, struct buf *why)
{
    const struct sql_statement **sorted = dw__arena_calloc(&inv->arena, inv->n, sizeof *sorted);
    bool ok = true;

    if (!sorted) {
        dw__buf_lit(why, "no memory for the statements\n");
        return false;
    }
    for (size_t i = 0; i < inv->n; i++)
        sorted[i] = &inv->statements[i];
    qsort(sorted, inv->n, sizeof *sorted, order_name);
    for (size_t i = 1; i < inv->n; i++)
        if (strcmp(sorted[i - 1]->query->name, sorted[i]->query->name) == 0) {
            dw__buf_format(why, "statement %s: there are two of that name; rename one\n",
                           sorted[i]->query->name);
            ok = false;
        }
    return ok;
}

/* ---- finding one by its address ---- */

/* The place of q: where it is, or the free one where it would be. */
static struct by_address *place_of(const struct sql_inventory *inv, const dw_query *q)
{
    size_t mask = ((size_t)1 << inv->bits) - 1;
    size_t i = (size_t)((uintptr_t)q * UINT64_C(0x9e3779b97f4a7c15) >> (64 - inv->bits));

    while (inv->table[i].query && inv->table[i].query != q)
        i = (i + 1) & mask;
    return &inv->table[i];
}

static bool make_table(struct sql_inventory *inv)
{
    inv->bits = 1;
    while ((size_t)1 << inv->bits < inv->n * 2)
        inv->bits++;
    inv->table = dw__arena_calloc(&inv->arena, (size_t)1 << inv->bits, sizeof *inv->table);
    for (size_t i = 0; inv->table && i < inv->n; i++)
        *place_of(inv, inv->statements[i].query) = (struct by_address){inv->statements[i].query, i};
    return inv->table != NULL;
}

dw_err dw__sql_inventory_new(struct sql_inventory **out, const dw_query *const *begin,
                             const dw_query *const *end, struct buf *why)
{
    return dw__sql_inventory_for(out, SQL_SQLITE, begin, end, why);
}

dw_err dw__sql_inventory_for(struct sql_inventory **out, enum sql_dialect dialect,
                             const dw_query *const *begin, const dw_query *const *end, struct buf *why)
{
    struct sql_inventory *inv;
    bool ok = true;

    *out = NULL;
    if (!begin || begin >= end) {
        dw__buf_lit(
            why,
            "the program has no statements; dw_main() must be called by the program that declares them\n");
        return DW_INVALID;
    }
    inv = calloc(1, sizeof *inv);
    if (!inv)
        goto err0;
    dw__arena_init(&inv->arena, NULL, INVENTORY_BYTES);
    inv->dialect = dialect;
    inv->owned = &nothing_owned;
    dw__schema_plans_init(&inv->plans);
    inv->n = (size_t)(end - begin);
    inv->statements = dw__arena_calloc(&inv->arena, inv->n, sizeof *inv->statements);
    if (!inv->statements)
        goto err1;
    for (size_t i = 0; i < inv->n; i++)
        ok = look_at(inv, &inv->statements[i], begin[i], why) && ok;
    if (!make_table(inv))
        goto err1;
    ok = dw__docs_find(inv, &inv->plans, &inv->arena, why) && ok;
    if (!names_differ(inv, why) || !ok) {
        dw__sql_inventory_free(inv);
        return DW_INVALID;
    }
    *out = inv;
    return DW_OK;

err1:
    dw__sql_inventory_free(inv);
err0:
    dw__buf_lit(why, "no memory for the statements\n");
    return DW_UNAVAILABLE;
}

/* ---- what is somebody's ---- */

#define REASON_MIN 8

static void say_verdict(struct look *look, const dw_owned *owned, enum owned_verdict verdict)
{
    const char *table = owned->table, *column = owned->column;

    switch (verdict) {
    case OWNED_UNUSED:
    case OWNED_HELD: return;
    case OWNED_NO_WHERE:
        FINDING(look,
                "rows of `%s` belong to their `%s`, and it takes anybody's; add `%s = :me` to the WHERE, "
                "joined by AND to the "
                "rest, or say .not_owned = \"reason\"",
                table, column, column);
        return;
    case OWNED_NO_OWNER:
        FINDING(
            look,
            "it makes rows of `%s` without saying whose; name `%s` among the columns and give it :me, or say "
            ".not_owned = \"reason\"",
            table, column);
        return;
    case OWNED_GIVES_AWAY:
        FINDING(look,
                "it sets `%s`, and so whose a row of `%s` is; leave it out, or say .not_owned = \"reason\"",
                column, table);
        return;
    case OWNED_NOT_UNDERSTOOD:
        FINDING(look,
                "it uses `%s` in a way that cannot be judged; write it more simply, or say .not_owned = "
                "\"reason\"",
                table);
        return;
    }
}

static bool judge_owned(struct sql_inventory *inv, struct sql_statement *st, struct buf *why)
{
    struct look look = {.arena = &inv->arena, .dialect = inv->dialect, .query = st->query, .why = why};
    const char *reason = st->query->not_owned;

    if (reason && strlen(reason) < REASON_MIN)
        FINDING(&look, ".not_owned is the reason why it may see rows of others, of at least %d characters",
                REASON_MIN);
    for (const dw_owned *owned = inv->owned; owned->table; owned++) {
        enum owned_verdict verdict = dw__owned_judge(inv->dialect, dw__text_of(st->sql), owned, &inv->arena);

        st->beside_owned = true;
        st->uses_owned = st->uses_owned || verdict != OWNED_UNUSED;
        if (!reason)
            say_verdict(&look, owned, verdict);
    }
    return !look.failed;
}

dw_err dw__sql_inventory_own(struct sql_inventory *inv, const dw_owned *owned, struct buf *why)
{
    bool ok;

    inv->owned = owned ? owned : &nothing_owned;
    ok = dw__docs_own(inv, inv->owned, why);
    for (size_t i = 0; i < inv->n; i++)
        ok = judge_owned(inv, &inv->statements[i], why) && ok;
    return ok ? DW_OK : DW_INVALID;
}

const dw_owned *dw__sql_owned(const struct sql_inventory *inv)
{
    return inv->owned;
}

const dw_owned *dw__sql_owned_named(const struct sql_inventory *inv, const char *table)
{
    const dw_owned *owned = inv->owned;

    while (owned->table && !dw__text_eq_nocase(dw__text_of(owned->table), dw__text_of(table)))
        owned++;
    return owned->table ? owned : NULL;
}

/* ---- collections ---- */

void dw__docs_set(struct sql_inventory *inv, struct sql_collection *all, size_t n)
{
    inv->collections = all;
    inv->n_collections = n;
}

size_t dw__docs_count(const struct sql_inventory *inv)
{
    return inv->n_collections;
}

const struct sql_collection *dw__docs_at(const struct sql_inventory *inv, size_t i)
{
    DW__CHECK(i < inv->n_collections);
    return &inv->collections[i];
}

const struct sql_collection *dw__docs_of(const struct sql_inventory *inv, const dw_collection *c)
{
    for (size_t i = 0; i < inv->n_collections; i++)
        if (inv->collections[i].c == c)
            return &inv->collections[i];
    return NULL;
}

void dw__sql_inventory_free(struct sql_inventory *inv)
{
    if (!inv)
        return;
    dw__schema_plans_release(&inv->plans);
    dw__arena_release(&inv->arena);
    free(inv);
}

size_t dw__sql_inventory_count(const struct sql_inventory *inv)
{
    return inv->n;
}

const struct sql_statement *dw__sql_statement(const struct sql_inventory *inv, size_t i)
{
    DW__CHECK(i < inv->n);
    return &inv->statements[i];
}

const dw_query *dw__sql_inventory_at(const struct sql_inventory *inv, size_t i)
{
    return dw__sql_statement(inv, i)->query;
}

size_t dw__sql_index(const struct sql_inventory *inv, const dw_query *q)
{
    const struct by_address *place = place_of(inv, q);

    return q && place->query ? place->index : SIZE_MAX;
}

bool dw__sql_uses_me(const struct sql_inventory *inv, size_t i)
{
    return dw__sql_statement(inv, i)->uses_me;
}
