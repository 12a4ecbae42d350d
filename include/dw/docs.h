/* dw/docs.h -- documents: values of a schema in a collection, found by id and by declared fields.
 *
 *     DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars));
 *     DW_COLLECTION(notes, note, title, stars);
 *     …
 *     dw_err err = DW_DOC_MERGE(ctx, notes, in->id, &in->part, out);
 *
 * A collection is a table of that name, which a migration makes: the command `db collections` prints it.  Its documents belong to who made
 * them, and no call sees another's: DW_OWNED(notes, owner) stands among the application's .owned.  An id is the owner's own, so that two people may each
 * have a `settings`.  A DW_SHARED_COLLECTION has no owner: what a route lets in may do with its documents what its handler does.
 *
 * A document is JSON in the database, and a value of its schema everywhere else.  What goes in keeps the rules of the schema, or is
 * DW_INVALID with every fault in the reply; what comes out and does not (the schema has changed since) is DW_INTERNAL and an event.  The fields that are named
 * behind the schema can be asked for and ordered by: they are columns of the table beside the document, each with an index; start-up looks for both.  Nothing is
 * put together when a request comes: a collection is a handful of statements of the inventory, and a value is a parameter of theirs.
 *
 * `notes_doc` is what the calls give: `id`, `version`, and the value as `doc`, whose fields stand beside id and version in a reply; `notes_page` is a page of
 * them.  `version` is another number after each change, also when a document is deleted and made anew.
 *
 * An id is 1 to 128 bytes of UTF-8 without control characters (else DW_BAD_REQUEST), a document at most 128 KiB of JSON (else
 * DW_TOO_LARGE).  All of it works in a DW_TX.  A GET or HEAD only reads. */
#ifndef DW_DOCS_H
#define DW_DOCS_H

#include "order.h"
#include "query.h"
#include "schema.h"

/* Bytes of an id, and of a document as JSON. */
#define DW_DOC_ID_MAX 128
#define DW_DOC_MAX 131072

/* A field that documents are found by. */
typedef struct dw_doc_field {
    const char *name;
    const dw_field *field;
    const dw_ordered *where; /* the documents whose field has a value, in the order of their ids */
} dw_doc_field;

typedef struct dw_collection {
    const char *name; /* and of its table */
    bool shared;      /* its documents have no owner */
    const dw_schema *value;
    const dw_schema *stored;            /* a row: id, version, and the value as JSON in one column */
    const dw_schema *doc;               /* the same struct, with the fields of the value beside the others */
    size_t id_at, version_at, value_at; /* in a row */
    const dw_schema
        *written; /* what a statement that writes takes: id, version, the document as JSON, and its fields */
    size_t put_id_at, put_version_at, put_json_at, put_value_at; /* in that */
    const dw_query *get, *add, *put, *put_at, *drop, *drop_at;
    const dw_ordered *list; /* all, in the order of their ids or of a field */
    const dw_doc_field *const *fields;
    size_t n_fields;
} dw_collection;

/* The document `id`. DW_NOT_FOUND. */
DW_MUST dw_err dw_x_doc_get(dw_ctx *ctx, const dw_collection *c, dw_text id, void *out);
/* Makes it: DW_CONFLICT when it is there. */
DW_MUST dw_err dw_x_doc_add(dw_ctx *ctx, const dw_collection *c, dw_text id, const void *value, void *out);
/* Makes or replaces it. */
DW_MUST dw_err dw_x_doc_set(dw_ctx *ctx, const dw_collection *c, dw_text id, const void *value, void *out);
/* Replaces version `at` of it: DW_PRECONDITION_FAILED when there is no such version (any more). */
DW_MUST dw_err dw_x_doc_set_at(dw_ctx *ctx, const dw_collection *c, dw_text id, int64_t at, const void *value,
                               void *out);
/* Changes what `part` has, as a JSON merge patch does (RFC 7396); *at not NULL: of that version only. */
DW_MUST dw_err dw_x_doc_merge(dw_ctx *ctx, const dw_collection *c, dw_text id, const int64_t *at,
                              const void *part, void *out);
/* Takes it away; *at not NULL: that version only. */
DW_MUST dw_err dw_x_doc_delete(dw_ctx *ctx, const dw_collection *c, dw_text id, const int64_t *at);
/* A page of those whose field has the value. */
DW_MUST dw_err dw_x_docs_find(dw_ctx *ctx, const dw_collection *c, const dw_doc_field *field,
                              const void *value, dw_text cursor, int64_t limit, dw_any_list *docs,
                              dw_text *next, bool *has_next);
/* A page of all. */
DW_MUST dw_err dw_x_docs_list(dw_ctx *ctx, const dw_collection *c, dw_text sort, dw_text cursor,
                              int64_t limit, dw_any_list *docs, dw_text *next, bool *has_next);
/* Each of them, in the memory of a few. */
DW_MUST dw_err dw_x_docs_each(dw_ctx *ctx, const dw_collection *c, dw_text sort,
                              dw_err (*fn)(void *self, const void *doc), void *self);
/* Answers 200 with {"items":[…]}, as dw_x_reply_rows does; `field` NULL: all. */
DW_MUST dw_err dw_x_reply_docs(dw_req *req, const dw_collection *c, const dw_doc_field *field,
                               const void *value, dw_text sort);

#ifndef __cplusplus

/* What the statements of a collection take and give. */
DW_SCHEMA(dw_doc_key, (dw_text, id), (int64_t, version, .optional = true));
DW_SCHEMA(dw_doc_version, (int64_t, version));
DW_SCHEMA(dw_doc_range, (int64_t, n), (dw_text, after_id, .optional = true),
          (dw_text, after_text, .optional = true), (int64_t, after_integer, .optional = true),
          (dw_text, text, .optional = true), (int64_t, integer, .optional = true),
          (bool, truth, .optional = true));

/* DW_COLLECTION(name, schema, field, …): at file scope, in one .c file. A field is a dw_text, dw_email or dw_url of at most 2,048 bytes, an int64_t, a bool, a
 * date, a time, a UUID, an address or an enum. */
#define DW_COLLECTION(nm, T, ...) DW__COLLECTION(nm, T, OWNED, __VA_ARGS__)
/* The same for documents that belong to nobody. */
#define DW_SHARED_COLLECTION(nm, T, ...) DW__COLLECTION(nm, T, SHARED, __VA_ARGS__)

/* ---- one document ---- */

/* `id` is a dw_text, `out` a pointer to the collection's …_doc, which is filled with what is stored then; `value` a pointer to its schema's struct. */
#define DW_DOC_GET(ctx, nm, id, out) dw_x_doc_get((ctx), &nm, (id), _Generic((out), nm##_doc * : (out)))
#define DW_DOC_ADD(ctx, nm, id, value, out) \
    dw_x_doc_add((ctx), &nm, (id), DW__DOC_OF(nm, value), _Generic((out), nm##_doc * : (out)))
#define DW_DOC_SET(ctx, nm, id, value, out) \
    dw_x_doc_set((ctx), &nm, (id), DW__DOC_OF(nm, value), _Generic((out), nm##_doc * : (out)))
#define DW_DOC_SET_AT(ctx, nm, id, at, value, out) \
    dw_x_doc_set_at((ctx), &nm, (id), (at), DW__DOC_OF(nm, value), _Generic((out), nm##_doc * : (out)))
/* `part` is a DW_PARTIAL of the schema: a field whose `has` is set replaces, one whose `null` is set is taken away, an object is merged with
 * the one that is there.  Two merges of different fields at the same time are both there afterwards.  DW_NOT_FOUND; DW_INVALID when the whole would break a rule. */
#define DW_DOC_MERGE(ctx, nm, id, part, out) \
    dw_x_doc_merge((ctx), &nm, (id), (void *)0, DW__DOC_OF(nm, part), _Generic((out), nm##_doc * : (out)))
#define DW_DOC_MERGE_AT(ctx, nm, id, at, part, out)                                \
    dw_x_doc_merge((ctx), &nm, (id), &(const int64_t){(at)}, DW__DOC_OF(nm, part), \
                   _Generic((out), nm##_doc *                                      \
                            : (out)))
/* DW_NOT_FOUND when there is none. */
#define DW_DOC_DELETE(ctx, nm, id) dw_x_doc_delete((ctx), &nm, (id), (void *)0)
#define DW_DOC_DELETE_AT(ctx, nm, id, at) dw_x_doc_delete((ctx), &nm, (id), &(const int64_t){(at)})

/* ---- many ---- */

/* Those whose `field` is `value`, in the order of their ids: at most `limit` (1 to 999) into the …_page `page`. `cursor` is the page before's `next`, or empty.
 * DW_BAD_REQUEST for a limit or a cursor that is none. */
#define DW_DOCS_FIND(ctx, nm, field, value, cursor, limit, page)                                           \
    dw_x_docs_find((ctx), &nm, &dw__docs_##nm##_asked_for_##field, DW__DOC_IS(nm, field, value), (cursor), \
                   (limit), DW__DOC_ITEMS(nm, page), &(page)->next, &(page)->has.next)
/* All, in an order: `sort` is "id", a declared field that is a text or an int64_t, one of these behind '-', or empty. Who has no value in a field is not in its
 * order. */
#define DW_DOCS_LIST(ctx, nm, sort, cursor, limit, page)                                          \
    dw_x_docs_list((ctx), &nm, (sort), (cursor), (limit), DW__DOC_ITEMS(nm, page), &(page)->next, \
                   &(page)->has.next)
/* `fn` is dw_err fn(void *self, const void *doc), `doc` a …_doc; what it returns, when it is not DW_OK, ends it. */
#define DW_DOCS_EACH(ctx, nm, sort, fn, self) dw_x_docs_each((ctx), &nm, (sort), (fn), (self))
/* For a DW_RAW handler: all, or all whose field is a value, as they are read. */
#define DW_REPLY_DOCS(req, nm, sort) dw_x_reply_docs((req), &nm, (void *)0, (void *)0, (sort))
#define DW_REPLY_DOCS_WHERE(req, nm, field, value)                                                \
    dw_x_reply_docs((req), &nm, &dw__docs_##nm##_asked_for_##field, DW__DOC_IS(nm, field, value), \
                    (dw_text){0})

/* ---- how it is done ---- */

/* An argument of another type matches no association and does not compile. */
#define DW__DOC_OF(nm, value) \
    _Generic((value), const dw__docs_##nm##_value * : (value), dw__docs_##nm##_value * : (value))
#define DW__DOC_ITEMS(nm, page) _Generic((page), nm##_page * : (dw_any_list *)(void *)&(page)->items)
/* A pointer to `value`, which has the type of the field; an int may stand for a number, a truth or a name of an enum. */
#define DW__DOC_IS(nm, f, value)                                                                         \
    &(const __typeof__(((dw__docs_##nm##_value *)0)->f)[]){                                              \
        (value)}[DW__REQUIRE(_Generic((value), __typeof__(((dw__docs_##nm##_value *)0)->f) : 1, int      \
                                      : _Generic(((dw__docs_##nm##_value *)0)->f, int64_t : 1, bool : 1, \
                                                 unsigned : 1, default : 0)),                            \
                             the_value_has_the_type_of_the_field)]

#define DW__DOC_MINE_OWNED "owner = :me"
#define DW__DOC_MINE_SHARED "TRUE"
#define DW__DOC_KEY_OWNED "owner, id"
#define DW__DOC_KEY_SHARED "id"
#define DW__DOC_KEYS_OWNED ":me, :id"
#define DW__DOC_KEYS_SHARED ":id"
#define DW__DOC_OURS_OWNED(nm) #nm ".owner = :me"
#define DW__DOC_OURS_SHARED(nm) "TRUE"
#define DW__DOC_IS_SHARED_OWNED false
#define DW__DOC_IS_SHARED_SHARED true

#define DW__COLLECTION(nm, T, whose, ...)                                                                    \
    typedef T dw__docs_##nm##_value;                                                                         \
    DW_SCHEMA(nm##_stored, (dw_text, id), (int64_t, version), (T, doc));                                     \
    DW_SCHEMA(nm##_written, (dw_text, id), (int64_t, version), (dw_text, dw_doc), (T, value, .flat = true)); \
    DW__DOC_FLAT(nm, T)                                                                                      \
    DW_PAGE(nm##_page, nm##_doc);                                                                            \
    static const dw_collection nm;                                                                           \
    DW__DOC_ONE(nm, whose, DW__MAP(DW__DOC_COLUMN, , __VA_ARGS__), DW__MAP(DW__DOC_PARAM, , __VA_ARGS__),    \
                DW__MAP(DW__DOC_OVER, , __VA_ARGS__), DW__MAP(DW__DOC_SET, , __VA_ARGS__))                   \
    DW__DOC_BY_ID(nm, whose)                                                                                 \
    DW__MAP(DW__DOC_BY_FIELD, (nm, T, whose), __VA_ARGS__)                                                   \
    static const dw_order dw__docs_##nm##_orders[] = {DW__DOC_ORDER_ID(nm)                                   \
                                                          DW__MAP(DW__DOC_ORDER, (nm, T), __VA_ARGS__)};     \
    static const dw_ordered dw__docs_##nm##_list = {#nm ".list",                                             \
                                                    &dw_doc_range_schema,                                    \
                                                    &nm##_stored_schema,                                     \
                                                    dw__docs_##nm##_orders,                                  \
                                                    sizeof dw__docs_##nm##_orders / sizeof(dw_order),        \
                                                    offsetof(dw_doc_range, n)};                              \
    static const dw_doc_field *const dw__docs_##nm##_fields[] = {                                            \
        DW__MAP(DW__DOC_FIELD_REF, nm, __VA_ARGS__)};                                                        \
    DW__UNUSED static const dw_collection nm = {                                                             \
        .name = #nm,                                                                                         \
        .shared = DW__DOC_IS_SHARED_##whose,                                                                 \
        .value = &T##_schema,                                                                                \
        .stored = &nm##_stored_schema,                                                                       \
        .doc = &nm##_doc_schema,                                                                             \
        .id_at = offsetof(nm##_stored, id),                                                                  \
        .version_at = offsetof(nm##_stored, version),                                                        \
        .value_at = offsetof(nm##_stored, doc),                                                              \
        .written = &nm##_written_schema,                                                                     \
        .put_id_at = offsetof(nm##_written, id),                                                             \
        .put_version_at = offsetof(nm##_written, version),                                                   \
        .put_json_at = offsetof(nm##_written, dw_doc),                                                       \
        .put_value_at = offsetof(nm##_written, value),                                                       \
        .get = &dw__docs_##nm##_get,                                                                         \
        .add = &dw__docs_##nm##_add,                                                                         \
        .put = &dw__docs_##nm##_put,                                                                         \
        .put_at = &dw__docs_##nm##_put_at,                                                                   \
        .drop = &dw__docs_##nm##_drop,                                                                       \
        .drop_at = &dw__docs_##nm##_drop_at,                                                                 \
        .list = &dw__docs_##nm##_list,                                                                       \
        .fields = dw__docs_##nm##_fields,                                                                    \
        .n_fields = sizeof dw__docs_##nm##_fields / sizeof dw__docs_##nm##_fields[0],                        \
    }

/* The struct of a row once more, printed with the fields of the document beside id and version. */
#define DW__DOC_FLAT(nm, T)                                                                           \
    typedef nm##_stored nm##_doc;                                                                     \
    static const dw_field dw__field_##nm##_doc__doc = {                                               \
        "doc",                                                                                        \
        &T##_schema,                                                                                  \
        offsetof(nm##_stored, doc),                                                                   \
        offsetof(nm##_stored, has.doc),                                                               \
        offsetof(nm##_stored, null.doc),                                                              \
        &(const T##_rules){.flat = true},                                                             \
        NULL,                                                                                         \
    };                                                                                                \
    static const dw_field *const dw__fields_##nm##_doc[] = {                                          \
        &dw__field_##nm##_stored__id, &dw__field_##nm##_stored__version, &dw__field_##nm##_doc__doc}; \
    DW__OBJECT(nm##_doc, nm##_doc, .partial = false);

#define DW__DOC_QUERY(nm, q, In, Out, ...)                                                             \
    static const dw_query dw__docs_##nm##_##q = {                                                      \
        .name = #nm "." #q, .in = &In##_schema, .out = &Out##_schema, .collection = &nm, __VA_ARGS__}; \
    static const dw_query *const dw__docs_##nm##_##q##_listed                                          \
        __attribute__((section("dw_queries"), used, retain)) = &dw__docs_##nm##_##q;
/* The columns of the fields, what they are set to, and that once more. PostgreSQL makes them itself. */
#define DW__DOC_COLUMN(T, f) ", \"" #f "\""
#define DW__DOC_PARAM(T, f) ", :" #f
#define DW__DOC_OVER(T, f) ", \"" #f "\" = excluded.\"" #f "\""
#define DW__DOC_SET(T, f) ", \"" #f "\" = :" #f

#define DW__DOC_INSERT(nm, whose, columns, doc, params)                                                    \
    "INSERT INTO " #nm " (" DW__DOC_KEY_##whose ", version, doc" columns ") VALUES (" DW__DOC_KEYS_##whose \
        ", :version, " doc params ")"
#define DW__DOC_UPSERT(nm, whose, over)                                          \
    " ON CONFLICT (" DW__DOC_KEY_##whose ") DO UPDATE SET version = " #nm        \
                                         ".version + 1, doc = excluded.doc" over \
                                         " WHERE " DW__DOC_OURS_##whose(nm) " RETURNING version"
#define DW__DOC_UPDATE(nm, whose, doc, set)                                                   \
    "UPDATE " #nm " SET version = version + 1, doc = " doc set " WHERE " DW__DOC_MINE_##whose \
        " AND id = :id AND version = :version"

/* Documents are text on SQLite and jsonb on PostgreSQL. */
#define DW__DOC_TEXT ":dw_doc"
#define DW__DOC_JSONB "CAST(:dw_doc AS jsonb)"
#define DW__DOC_ONE(nm, whose, columns, params, over, set)                                                   \
    DW__DOC_QUERY(nm, get, dw_doc_key, nm##_stored, .sql = DW__DOC_SELECT(nm, whose) " AND id = :id")        \
    DW__DOC_QUERY(nm, add, nm##_written, dw_nothing,                                                         \
                  .sql = DW__DOC_INSERT(nm, whose, columns, DW__DOC_TEXT, params),                           \
                  .postgres = DW__DOC_INSERT(nm, whose, "", DW__DOC_JSONB, ""))                              \
    DW__DOC_QUERY(                                                                                           \
        nm, put, nm##_written, dw_doc_version,                                                               \
        .sql = DW__DOC_INSERT(nm, whose, columns, DW__DOC_TEXT, params) DW__DOC_UPSERT(nm, whose, over),     \
        .postgres = DW__DOC_INSERT(nm, whose, "", DW__DOC_JSONB, "") DW__DOC_UPSERT(nm, whose, ""))          \
    DW__DOC_QUERY(nm, put_at, nm##_written, dw_nothing, .sql = DW__DOC_UPDATE(nm, whose, DW__DOC_TEXT, set), \
                  .postgres = DW__DOC_UPDATE(nm, whose, DW__DOC_JSONB, ""), .version = "version")            \
    DW__DOC_QUERY(nm, drop, dw_doc_key, dw_nothing,                                                          \
                  .sql = "DELETE FROM " #nm " WHERE " DW__DOC_MINE_##whose " AND id = :id")                  \
    DW__DOC_QUERY(nm, drop_at, dw_doc_key, dw_nothing,                                                       \
                  .sql = "DELETE FROM " #nm " WHERE " DW__DOC_MINE_##whose                                   \
                  " AND id = :id AND version = :version",                                                    \
                  .version = "version")

#define DW__DOC_SELECT(nm, whose) \
    "SELECT id, version, CAST(doc AS text) AS doc FROM " #nm " WHERE " DW__DOC_MINE_##whose
#define DW__DOC_ROWS(nm, q, ...) DW__DOC_QUERY(nm, q, dw_doc_range, nm##_stored, __VA_ARGS__)

#define DW__DOC_BY_ID(nm, whose)                                                                            \
    DW__DOC_ROWS(nm, by_id, .sql = DW__DOC_SELECT(nm, whose) " ORDER BY id LIMIT :n")                       \
    DW__DOC_ROWS(nm, after_id, .sql = DW__DOC_SELECT(nm, whose) " AND id > :after_id ORDER BY id LIMIT :n") \
    DW__DOC_ROWS(nm, down_id, .sql = DW__DOC_SELECT(nm, whose) " ORDER BY id DESC LIMIT :n")                \
    DW__DOC_ROWS(nm, before_id,                                                                             \
                 .sql = DW__DOC_SELECT(nm, whose) " AND id < :after_id ORDER BY id DESC LIMIT :n")

/* The parameter that a field's value comes in is that of its type. */
#define DW__DOC_BY_TYPE(T, f, before, integer, truth, text, after) \
    _Generic(((T *)0)->f, int64_t                                  \
             : before integer after, bool                          \
             : before truth after, default                         \
             : before text after)
#define DW__DOC_EQUAL(nm, T, whose, f, after)                                                            \
    DW__DOC_BY_TYPE(T, f, DW__DOC_SELECT(nm, whose) " AND \"" #f "\" = ", ":integer", ":truth", ":text", \
                    after " ORDER BY id LIMIT :n")
#define DW__DOC_BEYOND(nm, T, whose, f, sign, order)                                                      \
    DW__DOC_BY_TYPE(T, f, DW__DOC_SELECT(nm, whose) " AND (\"" #f "\", id) " sign " (", ":after_integer", \
                    ":truth", ":after_text", ", :after_id) ORDER BY " order " LIMIT :n")

#define DW__DOC_BY_FIELD(T, f) DW__DOC_BY_FIELD_(DW__STRIP T, f)
#define DW__DOC_BY_FIELD_(...) DW__DOC_BY_FIELD__(__VA_ARGS__)
#define DW__DOC_BY_FIELD__(nm, T, whose, f)                                                               \
    _Static_assert(                                                                                       \
        _Generic(((T *)0)->f, dw_text : 1, int64_t : 1, bool : 1, dw_date : 1, dw_time : 1, dw_uuid : 1,  \
                 dw_ip : 1, unsigned : 1, default : 0),                                                   \
        "a collection is asked for texts, int64_t, bools, dates, times, UUIDs, addresses or enums: " #f   \
        " is none");                                                                                      \
    DW__DOC_ROWS(nm, where_##f, .sql = DW__DOC_EQUAL(nm, T, whose, f, ""))                                \
    DW__DOC_ROWS(nm, where_##f##_after, .sql = DW__DOC_EQUAL(nm, T, whose, f, " AND id > :after_id"))     \
    DW__DOC_ROWS(nm, by_##f,                                                                              \
                 .sql = DW__DOC_SELECT(nm, whose) " AND \"" #f "\" IS NOT NULL ORDER BY \"" #f            \
                                                  "\", id LIMIT :n")                                      \
    DW__DOC_ROWS(nm, after_##f, .sql = DW__DOC_BEYOND(nm, T, whose, f, ">", "\"" #f "\", id"))            \
    DW__DOC_ROWS(nm, down_##f,                                                                            \
                 .sql = DW__DOC_SELECT(nm, whose) " AND \"" #f "\" IS NOT NULL ORDER BY \"" #f            \
                                                  "\" DESC, id DESC LIMIT :n")                            \
    DW__DOC_ROWS(nm, before_##f, .sql = DW__DOC_BEYOND(nm, T, whose, f, "<", "\"" #f "\" DESC, id DESC")) \
    static const dw_order dw__docs_##nm##_where_##f##_order = {                                           \
        "id", &dw__docs_##nm##_where_##f, &dw__docs_##nm##_where_##f##_after, DW__DOC_KEY_AT(nm)};        \
    static const dw_ordered dw__docs_##nm##_where_##f##_rows = {                                          \
        #nm "." #f, &dw_doc_range_schema,     &nm##_stored_schema, &dw__docs_##nm##_where_##f##_order,    \
        1,          offsetof(dw_doc_range, n)};                                                           \
    static const dw_doc_field dw__docs_##nm##_asked_for_##f = {#f, &dw__field_##T##__##f,                 \
                                                               &dw__docs_##nm##_where_##f##_rows};

#define DW__DOC_KEY_AT(nm)                                                        \
    offsetof(nm##_stored, id), sizeof(dw_text), offsetof(dw_doc_range, after_id), \
        offsetof(dw_doc_range, has.after_id), DW_KIND_TEXT
#define DW__DOC_ORDER_ID(nm)                                                       \
    {"id", &dw__docs_##nm##_by_id, &dw__docs_##nm##_after_id, DW__DOC_KEY_AT(nm)}, \
        {"-id", &dw__docs_##nm##_down_id, &dw__docs_##nm##_before_id, DW__DOC_KEY_AT(nm)},
/* The word of what nothing is ordered by is empty, which is no word. */
#define DW__DOC_WORD(T, f, word) _Generic(((T *)0)->f, int64_t : word, dw_text : word, default : "")
#define DW__DOC_FIELD_AT(nm, T, f)                                    \
    offsetof(nm##_stored, doc.f), sizeof(((T *)0)->f),                \
        _Generic(((T *)0)->f, int64_t                                 \
                 : offsetof(dw_doc_range, after_integer), default     \
                 : offsetof(dw_doc_range, after_text)),               \
        _Generic(((T *)0)->f, int64_t                                 \
                 : offsetof(dw_doc_range, has.after_integer), default \
                 : offsetof(dw_doc_range, has.after_text)),           \
        _Generic(((T *)0)->f, int64_t                                 \
                 : DW_KIND_INT64, default                             \
                 : DW_KIND_TEXT)
#define DW__DOC_ORDER(T, f) DW__DOC_ORDER_(DW__STRIP T, f)
#define DW__DOC_ORDER_(...) DW__DOC_ORDER__(__VA_ARGS__)
#define DW__DOC_ORDER__(nm, T, f)                                                            \
    {DW__DOC_WORD(T, f, #f), &dw__docs_##nm##_by_##f, &dw__docs_##nm##_after_##f,            \
     DW__DOC_FIELD_AT(nm, T, f)},                                                            \
        {DW__DOC_WORD(T, f, "-" #f), &dw__docs_##nm##_down_##f, &dw__docs_##nm##_before_##f, \
         DW__DOC_FIELD_AT(nm, T, f)},
#define DW__DOC_FIELD_REF(nm, f) &dw__docs_##nm##_asked_for_##f,
#endif

#endif
