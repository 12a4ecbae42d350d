/* conformance/blueprints/objects.c -- loaders and policies: what they give, what they refuse, and what becomes of those that fail. */
#include "../conformance.h"

#include <string.h>

/* ---- an item, its owner, and how often it was asked for ---- */

DW_SCHEMA(object_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));
DW_SCHEMA(object, (int64_t, id), (int64_t, owner), (dw_text, name));
DW_QUERY(object_by_id, object_key, object, "SELECT id, owner, name FROM items WHERE id = :id AND owner = :me");
DW_LOADER(object_of_path, object_key, object, object_by_id);

/* The key is a field of the record above. */
DW_SCHEMA(person_key, (int64_t, owner));
DW_SCHEMA(person, (int64_t, id), (dw_text, username));
DW_QUERY(person_by_id, person_key, person, "SELECT id, username FROM users WHERE id = :owner");
DW_LOADER(owner_of_object, person_key, person, person_by_id, .needs = DW_LOADS(object_of_path));

DW_SCHEMA(count, (int64_t, runs));

static dw_err count_run(dw_req *req, const dw_nothing *key, count *out)
{
    static int64_t runs;

    (void)key;
    out->runs = ++runs;
    return DW_LOADED(req, object_of_path)->id > 0 ? DW_OK : DW_INTERNAL;
}
DW_LOADER_FN(counted, dw_nothing, count, count_run, .needs = DW_LOADS(object_of_path));

DW_SCHEMA(count_key, (int64_t, runs));
static dw_err count_again(dw_req *req, const count_key *key, count *out)
{
    out->runs = DW_LOADED(req, counted)->runs - key->runs;
    return DW_OK;
}
DW_LOADER_FN(counted_again, count_key, count, count_again, .needs = DW_LOADS(counted, object_of_path));

/* ---- who may ---- */

DW_SCHEMA(rank_out, (int64_t, roles));
DW_QUERY(roles_of_me, dw_nothing, rank_out, "SELECT roles FROM users WHERE id = :me");

static dw_err is_free(dw_ctx *ctx, const dw_principal *who, const object *it)
{
    rank_out mine;
    dw_err err = DW_ONE(ctx, roles_of_me, &(dw_nothing){0}, &mine);

    if (err != DW_OK)
        return err;
    return it->owner == who->id && mine.roles == (int64_t)who->roles && !dw_text_is(it->name, "locked")
               ? DW_OK
               : DW_DENIED;
}
DW_POLICY(is_unlocked, object, is_free, "the owner, unless it is called locked");
DW_POLICY(is_visible, object, is_free, "the owner, unless it is called locked", .refused_as = DW_NOT_FOUND);

static dw_err cannot_say(dw_ctx *ctx, const dw_principal *who, const object *it)
{
    (void)ctx, (void)who;
    return dw_text_is(it->name, "found") ? DW_NOT_FOUND : DW_CONFLICT;
}
DW_POLICY(is_unclear, object, cannot_say, "nobody knows who may");

/* ---- handlers that are given objects ---- */

static dw_err show(dw_req *req, const object *it, const dw_nothing *in, object *out)
{
    (void)req, (void)in;
    *out = *it;
    return DW_OK;
}
DW_HANDLER_OF(show, object_of_path, dw_nothing, object);

static dw_err show_owner(dw_req *req, const person *it, const dw_nothing *in, person *out)
{
    (void)in;
    *out = *it;
    return DW_LOADED(req, object_of_path)->owner == it->id ? DW_OK : DW_INTERNAL;
}
DW_HANDLER_OF(show_owner, owner_of_object, dw_nothing, person);

DW_SCHEMA(counts, (int64_t, runs), (int64_t, between));
static dw_err show_count(dw_req *req, const count *it, const dw_nothing *in, counts *out)
{
    (void)in;
    *out = (counts){.runs = it->runs, .between = DW_LOADED(req, counted_again)->runs};
    return DW_OK;
}
DW_HANDLER_OF(show_count, counted, dw_nothing, counts);

static dw_err raw_name(dw_req *req, const object *it, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200, dw_html_escape(dw_req_ctx(req), it->name));
}
DW_RAW_OF(raw_name, object_of_path, dw_nothing);

/* The input has the parameter too, and a body. */
DW_SCHEMA(renaming, (int64_t, id, DW_RANGE(1, INT64_MAX)), (dw_text, name, DW_LEN(3, 10)));
DW_QUERY(object_rename, renaming, object, "UPDATE items SET name = :name WHERE id = :id AND owner = :me RETURNING id, owner, name");
static dw_err rename_object(dw_req *req, const object *it, const renaming *in, object *out)
{
    return it->id == in->id ? DW_ONE(dw_req_ctx(req), object_rename, in, out) : DW_INTERNAL;
}
DW_HANDLER_OF(rename_object, object_of_path, renaming, object);

/* ---- keys from elsewhere ---- */

DW_SCHEMA(elsewhere_key, (int64_t, id, .from_query = true, DW_RANGE(1, INT64_MAX)),
          (dw_text, word, .from_header = "x-word", .optional = true),
          (dw_text, crumb, .from_cookie = "crumb", .optional = true));
DW_SCHEMA(elsewhere, (int64_t, id), (dw_text, word), (dw_text, crumb));
static dw_err look_elsewhere(dw_req *req, const elsewhere_key *key, elsewhere *out)
{
    (void)req;
    *out = (elsewhere){.id = key->id,
                       .word = key->has.word ? key->word : DW_TEXT("-"),
                       .crumb = key->has.crumb ? key->crumb : DW_TEXT("-")};
    return DW_OK;
}
DW_LOADER_FN(from_elsewhere, elsewhere_key, elsewhere, look_elsewhere);

DW_SCHEMA(page_in, (int64_t, page, .optional = true, DW_RANGE(1, 10)));
static dw_err show_elsewhere(dw_req *req, const elsewhere *it, const page_in *in, elsewhere *out)
{
    (void)req, (void)in;
    *out = *it;
    return DW_OK;
}
DW_HANDLER_OF(show_elsewhere, from_elsewhere, page_in, elsewhere);

/* ---- loaders that fail ---- */

DW_SCHEMA(how, (dw_text, how));
static dw_err go_wrong(dw_req *req, const how *key, how *out)
{
    dw_text body;
    dw_err err;

    *out = *key;
    if (dw_text_is(key->how, "unavailable"))
        return DW_UNAVAILABLE;
    if (dw_text_is(key->how, "conflict"))
        return DW_CONFLICT;
    if (dw_text_is(key->how, "reply"))
        return dw_reply_html(req, 200, DW_TEXT("<p>not mine to send"));
    if (dw_text_is(key->how, "body"))
        return dw_req_body(req, &body);
    if (dw_text_is(key->how, "unnamed"))
        return DW_LOADED(req, object_of_path)->id == 0 ? DW_OK : DW_CONFLICT;
    if (dw_text_is(key->how, "write")) {
        object gone;
        const renaming in = {.id = 1, .name = DW_TEXT("written")};
        err = DW_ONE(dw_req_ctx(req), object_rename, &in, &gone);
        return err == DW_OK || err == DW_NOT_FOUND ? DW_OK : err;
    }
    return DW_OK;
}
DW_LOADER_FN(fault, how, how, go_wrong);

static dw_err show_fault(dw_req *req, const how *it, const dw_nothing *in, how *out)
{
    (void)req, (void)in;
    *out = *it;
    return DW_OK;
}
DW_HANDLER_OF(show_fault, fault, dw_nothing, how);

/* ---- who asks for what is not there ---- */

DW_QUERY(object_make, dw_nothing, object_key, "INSERT INTO items (owner, name, description) VALUES (1, 'astray', 'made by who was stopped') RETURNING id");
DW_QUERY(objects_astray, dw_nothing, count, "SELECT count(*) AS runs FROM items WHERE name = 'astray'");

static dw_err astray(dw_req *req, const dw_nothing *in, object *out)
{
    object_key made;

    *out = *DW_LOADED(req, object_of_path); /* the route does not name it */
    if (out->name.n != 0)
        return DW_CONFLICT;
    (void)!DW_ONE(dw_req_ctx(req), object_make, in, &made);
    return DW_OK;
}
DW_HANDLER(astray, dw_nothing, object);

static dw_err nobody(dw_req *req, const dw_nothing *in, object_key *out)
{
    out->id = dw_req_principal(req)->id; /* the route is public */
    (void)!DW_ONE(dw_req_ctx(req), object_make, in, out);
    return DW_OK;
}
DW_HANDLER(nobody, dw_nothing, object_key);

static dw_err nobody_replies(dw_req *req, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200, dw_format(dw_req_ctx(req), "%lld", (long long)dw_req_principal(req)->id));
}
DW_RAW(nobody_replies, dw_nothing);

static dw_err count_astray(dw_req *req, const dw_nothing *in, count *out)
{
    return DW_ONE(dw_req_ctx(req), objects_astray, in, out);
}
DW_HANDLER(count_astray, dw_nothing, count);

DW_SCHEMA(caller, (int64_t, id), (dw_text, name));
static dw_err show_caller(dw_req *req, const dw_nothing *in, caller *out)
{
    const dw_principal *who = dw_req_principal(req);

    (void)in;
    *out = (caller){.id = who->id, .name = who->name};
    return DW_OK;
}
DW_HANDLER(show_caller, dw_nothing, caller);

static const dw_route routes[] = {
    DW_GET("/caller", show_caller, DW_ANY_USER),
    DW_GET("/elsewhere", show_elsewhere, DW_ANY_USER),
    DW_POST("/astray", astray, DW_ANY_USER),
    DW_GET("/astray", count_astray, DW_ANY_USER),
    DW_POST("/nobody", nobody, DW_PUBLIC("asks for a caller all the same")),
    DW_GET("/nobody", nobody_replies, DW_PUBLIC("asks for a caller all the same")),
    DW_POST("/faults/of/{how}", show_fault, DW_ANY_USER),
    DW_GET("/{id}", show, DW_ANY_USER),
    DW_PUT("/{id}", rename_object, DW_ANY_USER, .status = 200, .may = DW_MAY((is_unlocked, object_of_path))),
    DW_GET("/{id}/owner", show_owner, DW_ANY_USER),
    DW_GET("/{id}/count", show_count, DW_ANY_USER, .loads = DW_LOADS(counted_again, counted, object_of_path),
           .may = DW_MAY((is_unlocked, object_of_path))),
    DW_GET("/{id}/name", raw_name, DW_ANY_USER),
    DW_GET("/{id}/unlocked", show, DW_ANY_USER, .may = DW_MAY((is_unlocked, object_of_path))),
    DW_GET("/{id}/visible", show, DW_ANY_USER, .may = DW_MAY((is_visible, object_of_path))),
    DW_GET("/{id}/unclear", show, DW_ANY_USER, .may = DW_MAY((is_unclear, object_of_path))),
    DW_GET("/{id}/admin", show_count, DW_ROLES(admin), .loads = DW_LOADS(counted_again)),
};
const dw_blueprint objects = DW_BLUEPRINT("/objects", routes);
