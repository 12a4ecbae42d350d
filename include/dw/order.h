/* dw/order.h -- long lists: in an order that the client picks among declared columns, page by page.
 *
 *     DW_ORDERED(notes_page, page_in, note_out, "SELECT id, title, created_at FROM notes WHERE owner = :me", id, title, created_at);
 *     …
 *     page_in page = {.n = limit};
 *     dw_err err = DW_PAGE_OF(ctx, notes_page, in->sort, in->cursor, &page, out);
 *
 * The literal is a SELECT that ends with its conditions, joined by AND; an order is put behind it, and where a page begins.  Each column
 * that is named gives two orders, `title` and `-title`, and each order two statements of the inventory: nothing is put together when a request
 * comes, and a word that is no column is refused before any statement runs.  The first column is the key: unique, and what tells equals
 * apart.  Columns are int64_t or dw_text, never NULL.  The input has a field `n` (int64_t), how many rows; and for each column a
 * field `after_column` of the column's type, where a page begins, which is filled here.
 *
 * Pages go by key: none is skipped or doubled when rows come and go, and the last page costs what the first does, given an index on (column, key). */
#ifndef DW_ORDER_H
#define DW_ORDER_H

#include "query.h"

/* One column, in one direction. */
typedef struct dw_order {
    const char *word; /* "title" or "-title" */
    const dw_query *first, *next;
    size_t at, size;   /* of the column in a row */
    size_t to, has_to; /* of after_column in the input */
    dw_kind kind;      /* of the column; 0: as the output declares it */
} dw_order;

typedef struct dw_ordered {
    const char *name;
    const dw_schema *in, *out;
    const dw_order *orders; /* the first is the key's */
    size_t n;
    size_t n_at; /* of `n` in the input */
} dw_ordered;

/* One page: at most in->n rows (1 to 999) into *rows, and a cursor for the next into *next when there are more. `sort` is a word of `o`, or empty for its
 * first; `cursor` is what *next was for that word, or empty. DW_BAD_REQUEST when they are not; else as dw_x_all. */
DW_MUST dw_err dw_x_page(dw_ctx *ctx, const dw_ordered *o, dw_text sort, dw_text cursor, void *in,
                         dw_any_list *rows, dw_text *next, bool *has_next);
/* Calls fn(self, row) for every row, in order, reading in->n rows (1 to 1,000) at a time; in between no statement and no transaction is open, and the
 * memory of a page is given back before the next is read, so that a row is only there during its call.  fn may wait, which is how a slow
 * client holds the reading back. What fn returns, when it is not DW_OK, ends it. */
DW_MUST dw_err dw_x_each(dw_ctx *ctx, const dw_ordered *o, dw_text sort, void *in,
                         dw_err (*fn)(void *self, const void *row), void *self);

/* Answers 200 with {"items":[…]}, every row in it, as they are read: for a DW_RAW handler. The reply ends early, so that a client can tell, when a
 * statement fails in the middle or the client takes longer than the route's deadline. DW_BAD_REQUEST for a word that is none. */
DW_MUST dw_err dw_x_reply_rows(dw_req *req, const dw_ordered *o, dw_text sort, void *in);

#ifndef __cplusplus
#define DW_ORDERED(nm, In, Out, ...) DW__ORDERED(nm, In, Out, __VA_ARGS__)
#define DW__ORDERED(nm, In, Out, lit, ...)                                                       \
    typedef In nm##_in;                                                                          \
    typedef Out nm##_out;                                                                        \
    static const dw_ordered nm;                                                                  \
    DW__MAP(DW__ORDER_QUERIES, (nm, In, Out, lit, DW__FIRST(__VA_ARGS__, ~)), __VA_ARGS__)       \
    static const dw_order nm##_orders[] = {DW__MAP(DW__ORDER_ROWS, (nm, In, Out), __VA_ARGS__)}; \
    DW__UNUSED static const dw_ordered nm = {#nm,                                                \
                                             &In##_schema,                                       \
                                             &Out##_schema,                                      \
                                             nm##_orders,                                        \
                                             sizeof nm##_orders / sizeof nm##_orders[0],         \
                                             offsetof(In, n)}
#define DW__FIRST(...) DW__FIRST_(__VA_ARGS__)
#define DW__FIRST_(a, ...) a
#define DW__ORDER_QUERIES(T, c) DW__ORDER_QUERIES_(DW__STRIP T, c)
#define DW__ORDER_QUERIES_(...) DW__ORDER_QUERIES__(__VA_ARGS__)
#define DW__ORDER_QUERIES__(nm, In, Out, lit, key, c)                                                       \
    _Static_assert(_Generic(&((In *)0)->after_##c, __typeof__(((Out *)0)->c) * : 1, default : 0),           \
                   "after_" #c " of the input has the type of " #c " of the output");                       \
    DW__ORDER_QUERY(nm##_by_##c, In, Out, lit " ORDER BY " #c ", " #key " LIMIT :n", nm);                   \
    DW__ORDER_QUERY(nm##_after_##c, In, Out,                                                                \
                    lit " AND (" #c ", " #key ") > (:after_" #c ", :after_" #key ") ORDER BY " #c ", " #key \
                        " LIMIT :n",                                                                        \
                    nm);                                                                                    \
    DW__ORDER_QUERY(nm##_down_##c, In, Out, lit " ORDER BY " #c " DESC, " #key " DESC LIMIT :n", nm);       \
    DW__ORDER_QUERY(nm##_before_##c, In, Out,                                                               \
                    lit " AND (" #c ", " #key ") < (:after_" #c ", :after_" #key ") ORDER BY " #c           \
                        " DESC, " #key " DESC LIMIT :n",                                                    \
                    nm);
#define DW__ORDER_QUERY(q, In, Out, lit, nm)                                                     \
    static const dw_query q = {                                                                  \
        .name = #q, .sql = "" lit "", .in = &In##_schema, .out = &Out##_schema, .ordered = &nm}; \
    static const dw_query *const q##_listed __attribute__((section("dw_queries"), used, retain)) = &q
#define DW__ORDER_ROWS(T, c) DW__ORDER_ROWS_(DW__STRIP T, c)
#define DW__ORDER_ROWS_(...) DW__ORDER_ROWS__(__VA_ARGS__)
#define DW__ORDER_ROWS__(nm, In, Out, c) \
    {#c,                                 \
     &nm##_by_##c,                       \
     &nm##_after_##c,                    \
     offsetof(Out, c),                   \
     sizeof(((Out *)0)->c),              \
     offsetof(In, after_##c),            \
     offsetof(In, has.after_##c),        \
     (dw_kind)0},                        \
        {"-" #c,                         \
         &nm##_down_##c,                 \
         &nm##_before_##c,               \
         offsetof(Out, c),               \
         sizeof(((Out *)0)->c),          \
         offsetof(In, after_##c),        \
         offsetof(In, has.after_##c),    \
         (dw_kind)0},

/* `out` is a pointer to a DW_PAGE of the statement's output. */
#define DW_PAGE_OF(ctx, o, sort, cursor, in, out) \
    dw_x_page((ctx), &(o), (sort), (cursor), _Generic((in), o##_in * : (in)),                          \
              _Generic((out)->items.v, const o##_out * : (dw_any_list *)(void *)&(out)->items),        \
              &(out)->next, &(out)->has.next)
/* `fn` is dw_err fn(void *self, const void *row), the row one of the statement's output. */
#define DW_EACH(ctx, o, sort, in, fn, self) \
    dw_x_each((ctx), &(o), (sort), _Generic((in), o##_in * : (in)), (fn), (self))
#define DW_REPLY_ROWS(req, o, sort, in) dw_x_reply_rows((req), &(o), (sort), _Generic((in), o##_in * : (in)))
#endif

#endif
