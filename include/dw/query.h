/* dw/query.h -- statements are typed values at file scope.
 *
 *     DW_QUERY(note_by_id, note_key, note_out, "SELECT id, title FROM notes WHERE id = :id AND owner = :me");
 *     …
 *     dw_err err = DW_ONE(ctx, note_by_id, in, out);
 *
 * The SQL is a literal; :name is a field of the input, columns are fields of the output, by name.  A field that is optional or
 * nullable and whose `has` is false is NULL; of others `has` is not looked at. :me is the caller's id
 * (a statement with it is refused where there is no caller: DW_INTERNAL and an event), :now the time as RFC 3339 text in UTC.  Every statement of the program sits
 * in one inventory, which start-up prepares against the migrated database; nothing else can be run.  A statement that
 * writes is sent to the store process and answered after its commit is on disk.  A DW_QUERY stands in one .c file: in a header
 * that two files include it would be two statements of one name, which start-up refuses. */
#ifndef DW_QUERY_H
#define DW_QUERY_H

#include "err.h"
#include "schema.h"

typedef struct dw_query {
    const char *name;
    const char *sql;
    const dw_schema *in;
    const dw_schema *out;
    const char *postgres; /* what to run on PostgreSQL instead of `sql`; NULL: the same */
    /* Why it may see or change rows of an owned table that are not the caller's, or do so without saying whose: a reason of at least 8
     * characters, which `check` lists. */
    const char *not_owned;
    /* The column that counts the changes of a row: the statement changes the version that was read, `:version`, or nothing, and then DW_ONE and
     * DW_EXEC are DW_PRECONDITION_FAILED.  It must say `column = :version` in its WHERE, and an UPDATE `column = column + 1`. */
    const char *version;
    const struct dw_ordered *ordered;       /* which list it gives a page of, see dw/order.h; NULL: none */
    const struct dw_collection *collection; /* whose documents it is about, see dw/docs.h; NULL: none */
    const struct dw_job *job;               /* which job it puts, see dw/job.h; NULL: none */
    char _;
} dw_query;

/* A table, or a view, whose rows belong to somebody: `column` is the owner's id, as :me is the caller's.  Every statement of the program that
 * uses it must have the condition `column = :me`, or say .not_owned; else start-up refuses it.  See dw_app.owned. */
typedef struct dw_owned {
    const char *table, *column;
} dw_owned;

/* Runs q and fills `out` with its first row. DW_NOT_FOUND without a row (DW_PRECONDITION_FAILED with .version), DW_CONFLICT when a constraint refuses, DW_UNAVAILABLE
 * when the database is away, DW_TIMEOUT or DW_CANCELED when the context ends first. Texts live in the context. */
DW_MUST dw_err dw_x_one(dw_ctx *ctx, const dw_query *q, const void *in, void *out);
/* Runs q and gives all rows, at most 1,000 (more is DW_INTERNAL: page by key), as an array in the context. */
DW_MUST dw_err dw_x_all(dw_ctx *ctx, const dw_query *q, const void *in, dw_any_list *rows);
/* Runs q for its effect; *changes, if not NULL, is the number of rows it changed. */
DW_MUST dw_err dw_x_exec(dw_ctx *ctx, const dw_query *q, const void *in, int64_t *changes);

#ifndef __cplusplus
/* DW_OWNED(items, owner): a row of dw_app.owned. */
#define DW_OWNED(table, column) \
    {                           \
#table, #column         \
    }

/* DW_QUERY(name, input, output, "SQL"), and behind it what else there is to say of it: .not_owned = "reason",
 * .version = "column". */
#define DW_QUERY(nm, In, Out, ...) DW__QUERY(nm, In, Out, __VA_ARGS__, ._ = 0)
#define DW__QUERY(nm, In, Out, lit, ...)                                                                    \
    typedef In nm##_in;                                                                                     \
    typedef Out nm##_out;                                                                                   \
    DW__UNUSED static const dw_query nm = {#nm, "" lit "", &In##_schema, &Out##_schema, NULL, __VA_ARGS__}; \
    static const dw_query *const nm##_listed __attribute__((section("dw_queries"), used, retain)) = &nm
/* One statement for both databases is best. Where they have no words in common: what SQLite runs, and what PostgreSQL does. */
#define DW_QUERY_ON(nm, In, Out, sqlite_lit, ...) DW__QUERY_ON(nm, In, Out, sqlite_lit, __VA_ARGS__, ._ = 0)
#define DW__QUERY_ON(nm, In, Out, sqlite_lit, postgres_lit, ...)                            \
    typedef In nm##_in;                                                                     \
    typedef Out nm##_out;                                                                   \
    DW__UNUSED static const dw_query nm = {#nm,           "" sqlite_lit "",   &In##_schema, \
                                           &Out##_schema, "" postgres_lit "", __VA_ARGS__}; \
    static const dw_query *const nm##_listed __attribute__((section("dw_queries"), used, retain)) = &nm

/* An argument of another type matches no association and does not compile. */
#define DW__IN(q, in) _Generic((in), const q##_in * : (in), q##_in * : (in))
#define DW_ONE(ctx, q, in, out) dw_x_one((ctx), &(q), DW__IN(q, in), _Generic((out), q##_out * : (out)))
#define DW_EXEC(ctx, q, in, changes) dw_x_exec((ctx), &(q), DW__IN(q, in), (changes))
/* `list` is a pointer to a DW_LIST of the statement's output. */
#define DW_ALL(ctx, q, in, list) \
    dw_x_all((ctx), &(q), DW__IN(q, in), _Generic((list)->v, const q##_out * : (dw_any_list *)(void *)(list)))
#endif

#endif
