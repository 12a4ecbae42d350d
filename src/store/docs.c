/* store/docs.c -- what DW_DOC_SET and its like call.
 *
 * A value is printed as JSON and bound again before it is stored, by the plan that will bind it when it is read: so nothing gets in that would not
 * come out.  A merge reads the document, puts the part over it, and stores the whole if the version is still the one that was read; if it is
 * not, another merge came between, and it begins again.  Nothing waits for anybody meanwhile.
 *
 * Must never: store what was not bound, or make SQL of anything that came with a request. */
#include <dw/docs.h>

#include "base/log.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/print.h"
#include "store/client.h"
#include "store/docs.h"
#include "store/docs_value.h"
#include "store/row_value.h"

/* Where a document that is made begins to count: far enough apart that one that is deleted and made anew has no version of before. */
#define FIRST_VERSION_BITS 48
/* How often a merge begins again; each time somebody else's was done. */
#define MERGE_ROUNDS 100u
#define MERGE_PAUSE_MS 8u

/* ---- what every call begins with ---- */

static bool is_id(dw_text id)
{
    for (size_t i = 0; i < id.n; i++)
        if ((unsigned char)id.p[i] < ' ' || id.p[i] == 0x7f)
            return false;
    return id.n > 0 && id.n <= DW_DOC_ID_MAX && dw__utf8_valid_text(id.p, id.n);
}

static dw_err find(const dw_ctx *ctx, const dw_collection *c, const struct sql_collection **sc)
{
    if (!ctx->services || !ctx->services->sql)
        return DW_UNAVAILABLE;
    *sc = dw__docs_of(ctx->services->sql->inv, c);
    return *sc ? DW_OK : DW_INTERNAL;
}

static dw_err find_one(const dw_ctx *ctx, const dw_collection *c, dw_text id,
                       const struct sql_collection **sc)
{
    return is_id(id) ? find(ctx, c, sc) : DW_BAD_REQUEST;
}

/* ---- rows ---- */

static int64_t version_of(const dw_collection *c, const void *row)
{
    int64_t version;

    memcpy(&version, (const char *)row + c->version_at, sizeof version);
    return version;
}

static int64_t first_version(void)
{
    uint64_t random;

    dw_random(&random, sizeof random);
    return (int64_t)(random >> (64 - FIRST_VERSION_BITS)) + 1;
}

/* What is to be stored, its document not there yet; NULL without memory. */
static char *new_put(dw_ctx *ctx, const dw_collection *c, dw_text id, int64_t version)
{
    char *put = dw__arena_zalloc(ctx->arena, c->written->size);

    if (put) {
        memcpy(put + c->put_id_at, &id, sizeof id);
        memcpy(put + c->put_version_at, &version, sizeof version);
    }
    return put;
}

/* The document, as text and as the value that was bound of it. */
static void put_document(const struct sql_collection *sc, char *put, dw_text json, const void *value)
{
    memcpy(put + sc->c->put_json_at, &json, sizeof json);
    memcpy(put + sc->c->put_value_at, value, sc->value->size);
}

/* Fills `out`, whose value is there, with the rest. */
static dw_err fill(dw_ctx *ctx, const dw_collection *c, dw_text id, int64_t version, void *out)
{
    char *row = out;

    id = dw__arena_text(ctx->arena, id);
    if (!id.p)
        return DW_UNAVAILABLE;
    memcpy(row + c->id_at, &id, sizeof id);
    memcpy(row + c->version_at, &version, sizeof version);
    for (size_t i = 0; i < c->stored->n_fields; i++)
        row[c->stored->fields[i]->has_at] = true;
    return DW_OK;
}

/* Binds the JSON into the row `out`, in the context's memory; what is wrong is for the reply. */
static dw_err take_json(dw_ctx *ctx, const struct sql_collection *sc, dw_text json, void *out)
{
    struct bind_faults *faults = dw__arena_zalloc(ctx->arena, sizeof *faults);
    dw_err err;

    if (!faults)
        return DW_UNAVAILABLE;
    memset(out, 0, sc->c->stored->size);
    dw__bind_init(faults, ctx->arena);
    err = dw__doc_bind(sc->value, json, (char *)out + sc->c->value_at, faults);
    if (err == DW_INVALID)
        ctx->faults = faults;
    return err;
}

/* Makes what stores `value` as version `version` of document `id`, and fills the value of the row `out`. */
static dw_err make_put(dw_ctx *ctx, const struct sql_collection *sc, dw_text id, int64_t version,
                       const void *value, char **put, void *out)
{
    dw_text json;
    dw_err err = dw__doc_print(sc->value, value, ctx->arena, &json);

    if (err == DW_OK)
        err = take_json(ctx, sc, json, out);
    if (err != DW_OK)
        return err;
    *put = new_put(ctx, sc->c, id, version);
    if (!*put)
        return DW_UNAVAILABLE;
    put_document(sc, *put, json, (const char *)out + sc->c->value_at);
    return DW_OK;
}

/* ---- one document ---- */

dw_err dw_x_doc_get(dw_ctx *ctx, const dw_collection *c, dw_text id, void *out)
{
    const dw_doc_key key = {.id = id};
    const struct sql_collection *sc;
    dw_err err = find_one(ctx, c, id, &sc);

    return err == DW_OK ? dw_x_one(ctx, c->get, &key, out) : err;
}

dw_err dw_x_doc_add(dw_ctx *ctx, const dw_collection *c, dw_text id, const void *value, void *out)
{
    int64_t version = first_version();
    const struct sql_collection *sc;
    char *put = NULL;
    dw_err err = find_one(ctx, c, id, &sc);

    if (err == DW_OK)
        err = make_put(ctx, sc, id, version, value, &put, out);
    if (err == DW_OK)
        err = dw_x_exec(ctx, c->add, put, NULL);
    return err == DW_OK ? fill(ctx, c, id, version, out) : err;
}

dw_err dw_x_doc_set(dw_ctx *ctx, const dw_collection *c, dw_text id, const void *value, void *out)
{
    dw_doc_version made = {0};
    const struct sql_collection *sc;
    char *put = NULL;
    dw_err err = find_one(ctx, c, id, &sc);

    if (err == DW_OK)
        err = make_put(ctx, sc, id, first_version(), value, &put, out);
    if (err == DW_OK)
        err = dw_x_one(ctx, c->put, put, &made);
    return err == DW_OK ? fill(ctx, c, id, made.version, out) : err;
}

dw_err dw_x_doc_set_at(dw_ctx *ctx, const dw_collection *c, dw_text id, int64_t at, const void *value,
                       void *out)
{
    const struct sql_collection *sc;
    char *put = NULL;
    dw_err err = find_one(ctx, c, id, &sc);

    if (err == DW_OK)
        err = make_put(ctx, sc, id, at, value, &put, out);
    if (err == DW_OK)
        err = dw_x_exec(ctx, c->put_at, put, NULL);
    return err == DW_OK ? fill(ctx, c, id, at + 1, out) : err;
}

dw_err dw_x_doc_delete(dw_ctx *ctx, const dw_collection *c, dw_text id, const int64_t *at)
{
    const dw_doc_key key = {.id = id, .version = at ? *at : 0, .has.version = at != NULL};
    const struct sql_collection *sc;
    int64_t changes;
    dw_err err = find_one(ctx, c, id, &sc);

    if (err == DW_OK)
        err = dw_x_exec(ctx, at ? c->drop_at : c->drop, &key, &changes);
    return err == DW_OK && changes == 0 ? DW_NOT_FOUND : err;
}

/* ---- merging ---- */

struct merge {
    const struct sql_collection *sc;
    dw_text id;
    const int64_t *at;
    const void *part;
};

/* Stores the row, which a part was put over, in place of `version`. *json is in the context's memory. */
static dw_err store_merged(dw_ctx *ctx, const struct merge *m, int64_t version, const void *row,
                           dw_text *json)
{
    const dw_collection *c = m->sc->c;
    void *bound = dw__arena_zalloc(ctx->arena, m->sc->value->size);
    char *put = new_put(ctx, c, m->id, version);
    struct bind_faults faults;
    dw_err err;

    if (!bound || !put)
        return DW_UNAVAILABLE;
    dw__bind_init(&faults, ctx->arena);
    err = dw__doc_print(m->sc->value, (const char *)row + c->value_at, ctx->arena, json);
    if (err == DW_OK)
        err = dw__doc_bind(m->sc->value, *json, bound, &faults);
    if (err != DW_OK)
        return err;
    put_document(m->sc, put, *json, bound);
    return dw_x_exec(ctx, c->put_at, put, NULL);
}

/* One try: reads, puts the part over it, stores. DW_PRECONDITION_FAILED when somebody else was faster. */
static dw_err merge_once(dw_ctx *ctx, const struct merge *m, int64_t *version, dw_text *json, void *row)
{
    const dw_collection *c = m->sc->c;
    dw_err err = dw_x_one(ctx, c->get, &(dw_doc_key){.id = m->id}, row);

    if (err != DW_OK)
        return err;
    *version = version_of(c, row);
    if (m->at && *m->at != *version)
        return DW_PRECONDITION_FAILED;
    if (!dw__doc_merge(m->sc->value->object, (char *)row + c->value_at, m->part))
        return DW_INVALID;
    return store_merged(ctx, m, *version, row, json);
}

/* The same in memory of its own, of which only the text stays. */
static dw_err merge_apart(dw_ctx *ctx, const struct merge *m, int64_t *version, dw_text *json)
{
    struct arena apart, *outer = ctx->arena;
    void *row;
    dw_err err;

    *json = (dw_text){0};
    dw__arena_init(&apart, outer->pool, outer->limit);
    row = dw__arena_zalloc(&apart, m->sc->c->stored->size);
    ctx->arena = &apart;
    err = row ? merge_once(ctx, m, version, json, row) : DW_UNAVAILABLE;
    ctx->arena = outer;
    if (json->p && (err == DW_OK || err == DW_INVALID)) {
        *json = dw__arena_text(outer, *json);
        err = json->p ? err : DW_UNAVAILABLE;
    }
    dw__arena_release(&apart);
    return err;
}

/* Lets others go first, the longer the more there are. A transaction has nobody to let. */
static dw_err pause_between(dw_ctx *ctx, unsigned rounds)
{
    unsigned char random;

    if (ctx->tx || rounds < 2)
        return DW_OK;
    dw_random(&random, sizeof random);
    return dw_sleep(ctx, 1 + random % (rounds < MERGE_PAUSE_MS ? rounds : MERGE_PAUSE_MS));
}

dw_err dw_x_doc_merge(dw_ctx *ctx, const dw_collection *c, dw_text id, const int64_t *at, const void *part,
                      void *out)
{
    struct merge m = {.id = id, .at = at, .part = part};
    int64_t version = 0;
    dw_text json = {0};
    dw_err err = find_one(ctx, c, id, &m.sc);

    if (err != DW_OK)
        return err;
    for (unsigned rounds = 0; rounds < MERGE_ROUNDS; rounds++) {
        err = merge_apart(ctx, &m, &version, &json);
        if (err != DW_PRECONDITION_FAILED || at)
            break;
        err = pause_between(ctx, rounds);
        if (err != DW_OK)
            return err;
        err = DW_UNAVAILABLE;
    }
    if (err != DW_OK && (err != DW_INVALID || !json.p))
        return err;
    err = take_json(ctx, m.sc, json, out);
    return err == DW_OK ? fill(ctx, c, id, version + 1, out) : err;
}

/* ---- many ---- */

dw_err dw__docs_where(dw_ctx *ctx, const dw_collection *c, const dw_doc_field *field, const void *value,
                      dw_doc_range *range)
{
    const struct sql_collection *sc;
    const struct plan_field *f = NULL;
    struct sql_value v;
    dw_err err = find(ctx, c, &sc);

    if (err != DW_OK || !field)
        return err;
    for (size_t i = 0; i < c->n_fields; i++)
        if (c->fields[i] == field)
            f = sc->fields[i];
    if (!f)
        return DW_INTERNAL;
    v = dw__value_from(&f->type, value, ctx->arena);
    if (f->type.kind == DW_KIND_BOOL)
        range->truth = v.i == 1, range->has.truth = true;
    else if (v.type == SQL_INT)
        range->integer = v.i, range->has.integer = true;
    else if (v.type == SQL_TEXT && dw__utf8_valid_text(v.t.p, v.t.n))
        range->text = v.t, range->has.text = true;
    else
        return DW_BAD_REQUEST; /* no value of its type: nothing has it */
    return DW_OK;
}

dw_err dw_x_docs_find(dw_ctx *ctx, const dw_collection *c, const dw_doc_field *field, const void *value,
                      dw_text cursor, int64_t limit, dw_any_list *docs, dw_text *next, bool *has_next)
{
    dw_doc_range range = {.n = limit};
    dw_err err = dw__docs_where(ctx, c, field, value, &range);

    *docs = (dw_any_list){0};
    *has_next = false;
    return err == DW_OK ? dw_x_page(ctx, field->where, (dw_text){0}, cursor, &range, docs, next, has_next)
                        : err;
}

dw_err dw_x_docs_list(dw_ctx *ctx, const dw_collection *c, dw_text sort, dw_text cursor, int64_t limit,
                      dw_any_list *docs, dw_text *next, bool *has_next)
{
    dw_doc_range range = {.n = limit};

    return dw_x_page(ctx, c->list, sort, cursor, &range, docs, next, has_next);
}

dw_err dw_x_docs_each(dw_ctx *ctx, const dw_collection *c, dw_text sort,
                      dw_err (*fn)(void *self, const void *doc), void *self)
{
    dw_doc_range range = {.n = DW__DOCS_AT_A_TIME};

    return dw_x_each(ctx, c->list, sort, &range, fn, self);
}
