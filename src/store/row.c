/* store/row.c -- between C structs and the values of SQL. See row.h.
 *
 * SQLite's columns have no type of their own, so that every value is held against its field: what does not fit is a fault of the
 * program or of the data, and is said, never bent into shape. */
#include "store/row.h"

#include <string.h>

#include "store/row_value.h"

/* ---- parameters ---- */

static struct sql_value text_value(dw_text t)
{
    return (struct sql_value){.type = SQL_TEXT, .t = {t.p ? t.p : "", t.n}};
}

static struct sql_value field_value(const struct sql_field *f, const char *base, struct arena *arena)
{
    if (f->may_be_null && base[f->has_at] == 0)
        return (struct sql_value){.type = SQL_NULL};
    return dw__value_from(f->type, base + f->at, arena);
}

void dw__params_from(const struct sql_statement *st, const void *in, int64_t me, dw_text now,
                     struct arena *arena, struct sql_value *values)
{
    for (size_t i = 0; i < st->n_params; i++)
        switch (st->params[i].source) {
        case SQL_FROM_ME: values[i] = (struct sql_value){.type = SQL_INT, .i = me}; break;
        case SQL_FROM_NOW: values[i] = text_value(now); break;
        case SQL_FROM_FIELD: values[i] = field_value(st->params[i].field, in, arena); break;
        }
}

/* ---- faults ---- */

/* What :me and :now are. */
static const struct plan_type me_type = {.kind = DW_KIND_INT64}, now_type = {.kind = DW_KIND_TEXT};

static const char *field_fault(const struct sql_field *f, const struct sql_value *v)
{
    if (v->type == SQL_NULL)
        return f->may_be_null ? NULL : "is NULL but neither optional nor nullable";
    return dw__value_fault(f->type, v);
}

const char *dw__params_fault(const struct sql_statement *st, const struct sql_value *values)
{
    const char *fault = NULL;

    for (size_t i = 0; i < st->n_params && !fault; i++)
        switch (st->params[i].source) {
        case SQL_FROM_ME: fault = dw__value_fault(&me_type, &values[i]); break;
        case SQL_FROM_NOW: fault = dw__value_fault(&now_type, &values[i]); break;
        case SQL_FROM_FIELD: fault = field_fault(st->params[i].field, &values[i]); break;
        }
    return fault;
}

const char *dw__row_fault(const struct sql_statement *st, const struct sql_value *values, const char **field)
{
    for (size_t i = 0; i < st->n_fields; i++) {
        const char *fault = field_fault(&st->fields[i], &values[i]);

        if (fault) {
            *field = st->fields[i].name;
            return fault;
        }
    }
    return NULL;
}

/* ---- rows ---- */

dw_err dw__row_into(const struct sql_statement *st, const struct sql_value *values, struct arena *arena,
                    void *out, const char **field)
{
    static const bool yes = true;
    char *base = out;
    dw_err err;

    memset(out, 0, st->query->out->size);
    for (size_t i = 0; i < st->n_flats; i++)
        memcpy(base + st->flats[i], &yes, sizeof yes);
    for (size_t i = 0; i < st->n_fields; i++) {
        const struct sql_field *f = &st->fields[i];

        if (values[i].type == SQL_NULL)
            continue;
        err = dw__value_into(f->type, &values[i], arena, base + f->at);
        if (err != DW_OK) {
            *field = f->name;
            return err;
        }
        memcpy(base + f->has_at, &yes, sizeof yes);
    }
    return DW_OK;
}

/* ---- collecting ---- */

/* Room for one more struct at the end of c->rows: NULL without memory. */
static void *grow(struct sql_collect *c)
{
    size_t size = c->st->query->out->size;

    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 8;
        char *rows = dw__arena_calloc(c->arena, cap, size);

        if (!rows)
            return NULL;
        if (c->n > 0)
            memcpy(rows, c->rows, c->n * size);
        c->rows = rows;
        c->cap = cap;
    }
    return c->rows + c->n * size;
}

static dw_err collect_row(struct sql_sink *sink, const struct sql_value *values)
{
    struct sql_collect *c = DW__LIST_ENTRY(sink, struct sql_collect, sink);
    void *place;
    dw_err err;

    if (c->want == SQL_WANT_NONE || (c->want == SQL_WANT_ONE && c->n > 0))
        return DW_OK;
    if (c->n == DW__SQL_MAX_ROWS) {
        c->fault = "is more than 1000; page by key";
        c->fault_field = "the number of rows";
        return DW_INTERNAL;
    }
    place = c->want == SQL_WANT_ONE ? c->one : grow(c);
    if (!place)
        return DW_UNAVAILABLE;
    err = dw__row_into(c->st, values, c->arena, place, &c->fault_field);
    if (err == DW_OK)
        c->n++;
    if (err == DW_INTERNAL)
        c->fault = "is no text of its type, or breaks a rule of its schema";
    return err;
}

void dw__collect_init(struct sql_collect *c, const struct sql_statement *st, struct arena *arena,
                      enum sql_want want, void *one)
{
    *c = (struct sql_collect){.sink = {collect_row}, .st = st, .arena = arena, .want = want, .one = one};
}

/* ---- as bytes ---- */

static dw_err encode_row(struct sql_sink *sink, const struct sql_value *values)
{
    struct sql_encode *e = DW__LIST_ENTRY(sink, struct sql_encode, sink);

    if (e->want == SQL_WANT_NONE || (e->want == SQL_WANT_ONE && e->n > 0))
        return DW_OK;
    if (e->n == DW__SQL_MAX_ROWS)
        return DW_TOO_LARGE;
    dw__row_put(&e->rows, values, e->st->n_fields);
    e->n++;
    return e->rows.failed ? DW_TOO_LARGE : DW_OK;
}

void dw__encode_init(struct sql_encode *e, const struct sql_statement *st, enum sql_want want)
{
    *e = (struct sql_encode){.sink = {encode_row}, .st = st, .want = want};
}

dw_err dw__collect_bytes(struct sql_collect *c, dw_text rows, uint32_t n)
{
    struct sql_value values[DW__SQL_MAX_FIELDS];

    for (uint32_t i = 0; i < n; i++) {
        dw_err err = dw__row_get(&rows, values, c->st->n_fields);

        if (err != DW_OK)
            return err;
        c->fault = dw__row_fault(c->st, values, &c->fault_field);
        if (c->fault)
            return DW_INTERNAL;
        err = collect_row(&c->sink, values);
        if (err != DW_OK)
            return err;
    }
    return rows.n == 0 ? DW_OK : DW_INTERNAL;
}
