/* store/order.c -- pages of a list in a declared order: which statement, where it begins, and the cursor that says so to a client.
 *
 * A cursor is the word of its order, and what the last row had in the key and in the column: `-title:2.17A lamp` for key 17, in base64url so
 * that it fits into a query as it is.  It comes back from a client, so that everything about it is checked; what it says only moves the beginning of a list that the statement's own conditions bound. */
#include <dw/order.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "store/client.h"
#include "store/order_check.h"

#define PAGE_MAX 1000

static const dw_order *find(const dw_ordered *o, dw_text sort)
{
    for (size_t i = 0; i < o->n; i++)
        if (sort.n == 0 || dw__text_eq(sort, dw__text_of(o->orders[i].word)))
            return &o->orders[i];
    return NULL;
}

dw_kind dw__order_kind(const dw_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->n_fields; i++) {
        const dw_field *field = schema->fields[i];

        if (strcmp(field->name, name) != 0)
            continue;
        while (field->like)
            field = field->like;
        return field->type->kind;
    }
    return 0;
}

static dw_kind kind_of(const dw_ordered *o, const dw_order *order)
{
    if (order->kind)
        return order->kind;
    return dw__order_kind(o->out, order->word[0] == '-' ? order->word + 1 : order->word);
}

bool dw__order_is(const dw_ordered *o, dw_text sort)
{
    return find(o, sort) != NULL;
}

const struct schema_plan *dw__sql_output_of(const struct sql_client *c, const dw_query *q)
{
    size_t i = dw__sql_index(c->inv, q);

    return i == SIZE_MAX ? NULL : dw__sql_statement(c->inv, i)->output;
}

/* ---- where a page begins ---- */

/* The value of a column, from a row into the input. */
static void begin_after(const dw_order *order, const void *row, void *in)
{
    static const bool yes = true;

    memcpy((char *)in + order->to, (const char *)row + order->at, order->size);
    memcpy((char *)in + order->has_to, &yes, sizeof yes);
}

static bool read_value(const dw_ordered *o, const dw_order *order, dw_text text, void *in)
{
    static const bool yes = true;
    int64_t number;

    if (kind_of(o, order) == DW_KIND_TEXT)
        memcpy((char *)in + order->to, &text, sizeof text);
    else if (dw__text_i64(text, &number))
        memcpy((char *)in + order->to, &number, sizeof number);
    else
        return false;
    memcpy((char *)in + order->has_to, &yes, sizeof yes);
    return true;
}

/* The words of a cursor: text, as that of a field is. */
static bool open_cursor(dw_text cursor, struct arena *a, dw_text *words)
{
    char *p = cursor.n <= DW__ORDER_CURSOR_MAX ? dw__arena_bytes(a, cursor.n) : NULL;
    size_t n;

    if (!p || !dw__base64url_decode(cursor, p, cursor.n, &n) || !dw__utf8_valid_text(p, n))
        return false;
    *words = (dw_text){p, n};
    return true;
}

/* Takes the cursor of `order` apart; false when it is none. */
static bool read_cursor(const dw_ordered *o, const dw_order *order, dw_text cursor, struct arena *a, void *in)
{
    dw_text rest, word, length;
    uint64_t n;

    if (!open_cursor(cursor, a, &rest))
        return false;
    word = dw__text_cut(&rest, ':');
    if (!rest.p || !dw__text_eq(word, dw__text_of(order->word)))
        return false;
    length = dw__text_cut(&rest, '.');
    if (!rest.p || !dw__text_u64(length, &n) || n > rest.n)
        return false;
    if (!read_value(o, &o->orders[0], (dw_text){rest.p, (size_t)n}, in))
        return false;
    rest = (dw_text){rest.p + n, rest.n - (size_t)n};
    return order->to == o->orders[0].to ? rest.n == 0 : read_value(o, order, rest, in);
}

static void put_value(const dw_ordered *o, const dw_order *order, const void *row, struct buf *b)
{
    const char *at = (const char *)row + order->at;
    dw_text text;
    int64_t number;

    if (kind_of(o, order) == DW_KIND_TEXT) {
        memcpy(&text, at, sizeof text);
        dw__buf_text(b, text);
    } else {
        memcpy(&number, at, sizeof number);
        dw__buf_format(b, "%lld", (long long)number);
    }
}

/* The cursor behind `row`. */
static bool write_cursor(const dw_ordered *o, const dw_order *order, const void *row, dw_ctx *ctx,
                         dw_text *out)
{
    struct buf key, all;

    dw__buf_init(&key, ctx->arena, DW__ORDER_CURSOR_MAX);
    dw__buf_init(&all, ctx->arena, DW__ORDER_CURSOR_MAX);
    put_value(o, &o->orders[0], row, &key);
    dw__buf_format(&all, "%s:%zu.", order->word, key.n);
    dw__buf_put(&all, key.p, key.n);
    if (order->to != o->orders[0].to)
        put_value(o, order, row, &all);
    if (key.failed || all.failed || DW__BASE64URL_SIZE(all.n) > DW__ORDER_CURSOR_MAX)
        return false;
    char *p = dw__arena_bytes(ctx->arena, DW__BASE64URL_SIZE(all.n));
    if (!p)
        return false;
    *out = (dw_text){p, dw__base64url_encode(all.p, all.n, p)};
    return true;
}

/* ---- pages ---- */

static int64_t *rows_wanted(const dw_ordered *o, void *in)
{
    return (int64_t *)(void *)((char *)in + o->n_at);
}

static const void *row_at(const dw_ordered *o, const dw_any_list *rows, size_t i)
{
    return (const char *)rows->v + i * o->out->size;
}

dw_err dw_x_page(dw_ctx *ctx, const dw_ordered *o, dw_text sort, dw_text cursor, void *in, dw_any_list *rows,
                 dw_text *next, bool *has_next)
{
    const dw_order *order = find(o, sort);
    int64_t *n = rows_wanted(o, in), limit = *n;
    dw_err err;

    *rows = (dw_any_list){0};
    *has_next = false;
    if (!order || limit < 1 || limit >= PAGE_MAX ||
        (cursor.n > 0 && !read_cursor(o, order, cursor, ctx->arena, in)))
        return DW_BAD_REQUEST;
    ++*n; /* one more tells whether there is a next page */
    err = dw_x_all(ctx, cursor.n > 0 ? order->next : order->first, in, rows);
    *n = limit;
    if (err != DW_OK || rows->n <= (size_t)limit)
        return err;
    rows->n = (size_t)limit;
    *has_next = true;
    return write_cursor(o, order, row_at(o, rows, rows->n - 1), ctx, next) ? DW_OK : DW_UNAVAILABLE;
}

/* ---- all of it ---- */

static dw_err call_each(const dw_ordered *o, const dw_any_list *rows,
                        dw_err (*fn)(void *self, const void *row), void *self)
{
    dw_err err = DW_OK;

    for (size_t i = 0; i < rows->n && err == DW_OK; i++)
        err = fn(self, row_at(o, rows, i));
    return err;
}

/* The values that a page ends with, in memory that outlives it. */
static dw_err keep_texts(const dw_ordered *o, const dw_order *order, void *in, struct arena *arena)
{
    const dw_order *const both[] = {&o->orders[0], order};

    for (size_t i = 0; i < 2; i++) {
        dw_text text;

        if (kind_of(o, both[i]) != DW_KIND_TEXT)
            continue;
        memcpy(&text, (char *)in + both[i]->to, sizeof text);
        text = dw__arena_text(arena, text);
        if (!text.p)
            return DW_UNAVAILABLE;
        memcpy((char *)in + both[i]->to, &text, sizeof text);
    }
    return DW_OK;
}

/* One page in memory of its own; *last becomes where the next begins, in `kept`. */
static dw_err one_page(dw_ctx *ctx, const dw_ordered *o, const dw_order *order, bool next, void *in,
                       size_t *got, struct arena *kept, dw_err (*fn)(void *self, const void *row), void *self)
{
    struct arena page, *outer = ctx->arena;
    dw_any_list rows;
    dw_err err;

    dw__arena_init(&page, outer->pool, outer->limit);
    ctx->arena = &page;
    err = dw_x_all(ctx, next ? order->next : order->first, in, &rows);
    ctx->arena = outer;
    dw__arena_release(kept); /* the statement has begun behind what was in it */
    if (err == DW_OK)
        err = call_each(o, &rows, fn, self);
    *got = rows.n;
    if (err == DW_OK && rows.n > 0) {
        begin_after(&o->orders[0], row_at(o, &rows, rows.n - 1), in);
        begin_after(order, row_at(o, &rows, rows.n - 1), in);
        err = keep_texts(o, order, in, kept);
    }
    dw__arena_release(&page);
    return err;
}

/* What the input was filled with is gone. */
static void forget(const dw_order *order, void *in)
{
    memset((char *)in + order->to, 0, order->size);
    memset((char *)in + order->has_to, 0, sizeof(bool));
}

dw_err dw_x_each(dw_ctx *ctx, const dw_ordered *o, dw_text sort, void *in,
                 dw_err (*fn)(void *self, const void *row), void *self)
{
    const dw_order *order = find(o, sort);
    int64_t n = *rows_wanted(o, in);
    size_t got = (size_t)n;
    struct arena kept;
    dw_err err = DW_OK;

    if (!order || n < 1 || n > PAGE_MAX)
        return DW_BAD_REQUEST;
    dw__arena_init(&kept, ctx->arena->pool, ctx->arena->limit);
    for (bool next = false; err == DW_OK && got == (size_t)n; next = true)
        err = one_page(ctx, o, order, next, in, &got, &kept, fn, self);
    forget(order, in);
    forget(&o->orders[0], in);
    dw__arena_release(&kept);
    return err;
}
