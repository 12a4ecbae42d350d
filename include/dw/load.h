/* dw/load.h -- loaders: from what a request names to the object that it means, before the handler; and policies of objects.
 *
 *     DW_QUERY(card_by_id, card_key, card, "SELECT id, team_id, name FROM cards WHERE id = :id AND owner = :me");
 *     DW_LOADER(card_of_path, card_key, card, card_by_id);
 *
 *     static dw_err show_card(dw_req *req, const card *it, const dw_nothing *in, card_out *out) { … }
 *     DW_HANDLER_OF(show_card, card_of_path, dw_nothing, card_out);
 *     …
 *     DW_GET("/cards/{id}", show_card, DW_ANY_USER),
 *
 * The key's fields have one source each: the path where its pattern names them, what .from_query, .from_header and .from_cookie say, or the
 * record of a loader that this one needs.  A loader runs when it is known who asks and that they may, behind the binding of the whole input
 * and before the handler, at most once for a request; no row is 404.  What has no source, needs itself, or asks for :me on a public
 * route is refused at start-up.
 *
 * A policy is what tables cannot say of a caller and an object: a function, with the sentence that `routes --policy` prints. */
#ifndef DW_LOAD_H
#define DW_LOAD_H

#include "auth.h"
#include "err.h"
#include "map.h"
#include "query.h"
#include "schema.h"
#include "types.h"

/* Who may do something with an object, where a role does not say it. */
typedef struct dw_object_policy {
    const char *name;
    const dw_schema *object;
    dw_err (*call)(dw_ctx *ctx, const dw_principal *who, const void *object);
    const char *why; /* who may: a sentence of at least 8 characters, for people */
    dw_err
        refused_as; /* DW_DENIED, which 0 is too, or DW_NOT_FOUND: then nobody learns that there is such an object */
    char _;
} dw_object_policy;

typedef struct dw_loader {
    const char *name;
    const dw_schema *key, *record;
    const dw_query *query; /* this, or … */
    dw_err (*load)(dw_req *req, const void *key, void *record);
    const void *nothing;                  /* a record of zeros */
    const struct dw_loader *const *needs; /* DW_LOADS: loaders that run before this one; or NULL */
    const dw_object_policy *policy;       /* who may have what it loads, on every route; or NULL */
    char _;
} dw_loader;

/* A policy that a route holds the object of a loader to: a row of DW_MAY. */
typedef struct dw_may {
    const dw_object_policy *policy;
    const dw_loader *loader;
} dw_may;

/* The object of `loader` in this request; never NULL.  Where neither the route nor its handler names the loader the request is stopped: it can
 * do nothing more, its reply is a 500, there is an event, and what is returned is a record of zeros. */
const void *dw_x_loaded(dw_req *req, const dw_loader *loader);

#ifndef __cplusplus

/* DW_LOADER(name, key, record, query), and behind it .needs = DW_LOADS(…), .policy = &… . The statement only reads. */
#define DW_LOADER(nm, Key, Record, ...) DW__LOADER(nm, Key, Record, __VA_ARGS__, ._ = 0)
#define DW__LOADER(nm, Key, Record, query_, ...) \
    DW_LOADER_ELSEWHERE(nm, Record);             \
    const dw_loader nm = {.name = #nm,                                                             \
                          .key = _Generic((const query_##_in *)0, const Key * : &Key##_schema),    \
                          .record = _Generic((const query_##_out *)0, const Record * : &Record##_schema), \
                          .query = &query_,                                                        \
                          .nothing = &(const Record){.has = {0}},                                           \
                          __VA_ARGS__}

/* The same with a function, `static dw_err fn(dw_req *req, const Key *key, Record *record)`: what it returns but DW_OK is the reply. It may
 * read the request's head and the database, and DW_LOADED what it needs; it cannot write, reply or read the body. */
#define DW_LOADER_FN(nm, Key, Record, ...) DW__LOADER_FN(nm, Key, Record, __VA_ARGS__, ._ = 0)
#define DW__LOADER_FN(nm, Key, Record, fn, ...)                                                              \
    DW_LOADER_ELSEWHERE(nm, Record);                                                                         \
    static dw_err nm##_load(dw_req *dw__req, const void *dw__key, void *dw__record)                          \
    {                                                                                                        \
        return _Generic(&fn, dw_err(*)(dw_req *, const Key *, Record *) : fn)(dw__req, dw__key, dw__record); \
    }                                                                                                        \
    const dw_loader nm = {.name = #nm,                                                                       \
                          .key = &Key##_schema,                                                              \
                          .record = &Record##_schema,                                                        \
                          .load = nm##_load,                                                                 \
                          .nothing = &(const Record){.has = {0}},                                            \
                          __VA_ARGS__}

/* For a header: a loader that another file declares. */
#define DW_LOADER_ELSEWHERE(nm, Record) \
    typedef Record nm##_record;         \
    extern const dw_loader nm

/* Loaders by name: .loads = DW_LOADS(card_of_path, team_of_card). */
#define DW_LOADS(...) ((const dw_loader *const[]){DW__MAP(DW__LOAD, , __VA_ARGS__) NULL})
#define DW__LOAD(T, loader) &loader,

/* What a loader that the route, or another loader, names has loaded: `const card *it = DW_LOADED(req, card_of_path);` */
#define DW_LOADED(req, loader) ((const loader##_record *)dw_x_loaded((req), &loader))

/* DW_POLICY(name, object, fn, "who may"), and behind it .refused_as = DW_NOT_FOUND.  `static dw_err fn(dw_ctx *ctx, const dw_principal *who,
 * const Object *object)` returns DW_OK for yes, DW_DENIED or DW_NOT_FOUND for no; anything else means that it cannot decide, and
 * refuses with 503. It may read the database. */
#define DW_POLICY(nm, Object, fn, ...) DW__POLICY(nm, Object, fn, __VA_ARGS__, ._ = 0)
#define DW__POLICY(nm, Object, fn, why_, ...)                                                            \
    DW_POLICY_ELSEWHERE(nm, Object);                                                                     \
    static dw_err nm##_judge(dw_ctx *dw__ctx, const dw_principal *dw__who, const void *dw__object)       \
    {                                                                                                    \
        return _Generic(&fn, dw_err(*)(dw_ctx *, const dw_principal *, const Object *)                   \
                        : fn)(dw__ctx, dw__who, dw__object);                                             \
    }                                                                                                    \
    const dw_object_policy nm = {                                                                        \
        .name = #nm,                                                                                     \
        .object = &Object##_schema,                                                                      \
        .call = nm##_judge,                                                                              \
        .why = &("" why_ "")[DW__REQUIRE(sizeof("" why_ "") > 8, the_reason_has_at_least_8_characters)], \
        __VA_ARGS__}
#define DW_POLICY_ELSEWHERE(nm, Object) \
    typedef Object nm##_object;         \
    extern const dw_object_policy nm

/* What a route holds objects to: .may = DW_MAY((edits_card, card_of_path)). A policy of another kind of object does not compile. Names the
 * loaders as well. */
#define DW_MAY(...)                                    \
    ((const dw_may[]){DW__MAP(DW__MAY, , __VA_ARGS__){ \
        NULL,                                          \
        NULL,                                          \
    }})
#define DW__MAY(T, row) DW__MAY_ row
#define DW__MAY_(policy_, loader_) \
    {&policy_, _Generic((const loader_##_record *)0, const policy_##_object * : &loader_)},
#endif

#endif
