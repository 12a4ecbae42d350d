/* coffer/blueprints/keys.c -- API keys: making them, looking at them, ending them; and what one is good for. */
#include "../coffer.h"
#include "../models.h"

DW_SCHEMA(key_create,
    (dw_text,    name,    DW_LEN(1, 50), .trim = true, .doc = "Your own word for it"),
    (key_scopes, scopes,  .unique = true, DW_ITEMS(1, 2)),
    (dw_time,    expires, .optional = true, .doc = "In the future; without it the key lasts until you end it")
);

/* clang-format off */
#define KEY_FIELDS                                                                      \
    (dw_text,    prefix, .doc = "What keys in your configuration can be told apart by"), \
    (dw_text,    name),                                                                 \
    (key_scopes, scopes),                                                               \
    (dw_time,    createdAt),                                                            \
    (dw_time,    expires, .optional = true),                                            \
    (dw_time,    lastUsed, .optional = true, .doc = "To the minute")
/* clang-format on */
DW_SCHEMA(key_out, (dw_text, id), KEY_FIELDS);
DW_SCHEMA(key_made, (dw_text, id), (dw_text, key, .doc = "This is the only time that it is shown"), KEY_FIELDS);
DW_LIST(key_outs, key_out);
DW_SCHEMA(key_list, (key_outs, keys));
DW_SCHEMA(key_of, (dw_text, id, DW_LEN(11, 11)));

/* The names of a set of scopes, bit n being the n-th. */
static key_scopes names_of(dw_ctx *ctx, int64_t set)
{
    key_scope *v = dw_alloc(ctx, 2 * sizeof *v);
    size_t n = 0;

    for (int i = 0; v != NULL && i < 2; i++)
        if (set >> i & 1)
            v[n++] = (key_scope)(i + 1);
    return (key_scopes){v, n};
}

static uint64_t set_of(const key_scopes *scopes)
{
    uint64_t set = 0;

    for (size_t i = 0; i < scopes->n; i++)
        set |= UINT64_C(1) << (scopes->v[i] - 1);
    return set;
}

static key_out show(dw_ctx *ctx, const dw_api_key *key)
{
    return (key_out){
        .id = key->id,
        .prefix = dw_api_key_prefix(ctx, key->id),
        .name = key->name,
        .scopes = names_of(ctx, key->scopes),
        .createdAt = {.s = key->made_at},
        .expires = {.s = key->expires_at},
        .lastUsed = {.s = key->used_at},
        .has = {.expires = key->expires_at != 0, .lastUsed = key->used_at != 0},
    };
}

static dw_err make_key(dw_req *req, const key_create *in, key_made *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const dw_api_key_order order = {
        .name = in->name, .scopes = set_of(&in->scopes), .expires_at = in->has.expires ? in->expires.s : 0};
    const dw_still still = dw_caller_still(req);
    dw_api_key key;
    key_out seen;
    dw_err err;

    if (in->has.expires && in->expires.s <= dw_now_unix(ctx))
        return dw_req_fail(req, DW_INVALID, "A key expires in the future, or not at all");
    err = dw_api_key_add_if(ctx, dw_req_principal(req)->uid, &order, &still, &out->key, &key);
    if (err == DW_CONFLICT)
        return dw_req_fail(req, DW_CONFLICT, "You have a hundred keys: end one that you do not need");
    if (err != DW_OK)
        return err;
    seen = show(ctx, &key);
    out->id = seen.id;
    out->prefix = seen.prefix;
    out->name = seen.name;
    out->scopes = seen.scopes;
    out->createdAt = seen.createdAt;
    out->expires = seen.expires;
    out->has.expires = seen.has.expires;
    out->has.lastUsed = false;
    return DW_OK;
}
DW_HANDLER(make_key, key_create, key_made);

static dw_err list_keys(dw_req *req, const dw_nothing *in, key_list *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_api_key_list keys;
    key_out *v;
    dw_err err = dw_api_key_all(ctx, dw_req_principal(req)->uid, &keys);

    (void)in;
    if (err != DW_OK)
        return err;
    if ((v = dw_alloc(ctx, (keys.n + 1) * sizeof *v)) == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < keys.n; i++)
        v[i] = show(ctx, &keys.v[i]);
    out->keys = (key_outs){v, keys.n};
    return DW_OK;
}
DW_HANDLER(list_keys, dw_nothing, key_list);

static dw_err end_key(dw_req *req, const key_of *in, dw_nothing *out)
{
    (void)out;
    return dw_api_key_revoke(dw_req_ctx(req), dw_req_principal(req)->uid, in->id);
}
DW_HANDLER(end_key, key_of, dw_nothing);

DW_SCHEMA(data_out, (dw_text, data));

static dw_err show_data(dw_req *req, const dw_nothing *in, data_out *out)
{
    (void)req, (void)in;
    out->data = DW_TEXT("sensitive");
    return DW_OK;
}
DW_HANDLER(show_data, dw_nothing, data_out);

static const dw_route routes[] = {
    DW_POST("/keys", make_key, DW_ANY_USER, .fresh = true,
            .doc = "Make an API key. This is the only time that it is shown"),
    DW_GET("/keys", list_keys, DW_ANY_USER, .fresh = true, .doc = "My keys, by what they begin with"),
    DW_DELETE("/keys/{id}", end_key, DW_ANY_USER, .fresh = true,
              .doc = "End a key: the next request with it is refused"),
    DW_GET("/data", show_data, DW_ANY_USER, .by = DW_API_KEY, .scopes = DW_SCOPES(read),
           .doc = "Something that only programs with a key get"),
};
const dw_blueprint coffer_keys =
    DW_BLUEPRINT("/api", routes, .name = "keys", .doc = "Keys for programs", API_LIMIT);
