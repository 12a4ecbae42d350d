/* coffer/blueprints/items.c -- what people keep: list, create, read, change, delete, each only one's own. */
#include "../coffer.h"
#include "../models.h"

/* ---- statements ---- */

DW_SCHEMA(item_created, (int64_t, id));
DW_SCHEMA(item_row,
    (int64_t, id),
    (dw_text, name),
    (dw_text, description),
    (dw_text, created_at),
    (dw_text, updated_at),
    (int64_t, version)
);
DW_SCHEMA(item_access, (int64_t, id), (bool, any_owner));
DW_SCHEMA(item_version, (int64_t, version));
DW_SCHEMA(item_write,
    (int64_t, id),
    (int64_t, version),
    (dw_text, name, .optional = true),
    (dw_text, description, .optional = true)
);
DW_SCHEMA(page_in,
    (dw_text, q, .optional = true),
    (int64_t, after_id),
    (dw_text, after_name),
    (dw_text, after_created_at),
    (int64_t, n)
);

DW_QUERY(item_insert, item_create, item_created,
    "INSERT INTO items (owner, name, description, created_at, updated_at)"
    " VALUES (:me, :name, :description, :now, :now) RETURNING id");
DW_QUERY(item_by_id, item_access, item_row,
    "SELECT id, name, description, created_at, updated_at, version FROM items"
    " WHERE id = :id AND (owner = :me OR :any_owner)", .not_owned = "admins read everybody's items");
DW_QUERY(item_version_of, item_key, item_version, "SELECT version FROM items WHERE id = :id AND owner = :me");
DW_QUERY(item_change_one, item_write, item_version,
    "UPDATE items SET name = coalesce(:name, name), description = coalesce(:description, description),"
    " version = version + 1, updated_at = :now"
    " WHERE id = :id AND owner = :me AND version = :version RETURNING version", .version = "version");
DW_QUERY(item_delete, item_access, item_created,
    "DELETE FROM items WHERE id = :id AND (owner = :me OR :any_owner) RETURNING id",
    .not_owned = "admins delete everybody's items");

DW_ORDERED(items_page, page_in, item_out,
           "SELECT id, name, description, created_at, updated_at FROM items WHERE owner = :me"
           " AND (:q IS NULL OR replace(lower(name), lower(:q), '') <> lower(name)"
           " OR replace(lower(description), lower(:q), '') <> lower(description))",
           id, name, created_at);

/* ---- list ---- */

static dw_err list_items(dw_req *req, const item_list *in, item_page *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    int64_t n = in->has.limit ? in->limit : DW_SETTINGS_OF(ctx, coffer_settings)->page_items;
    page_in page = {.q = in->q, .has.q = in->has.q, .n = n};
    dw_err err = DW_PAGE_OF(ctx, items_page, in->sort, in->cursor, &page, out);

    return err == DW_BAD_REQUEST ? dw_req_fail(req, err, "The cursor is not one of this list") : err;
}
DW_HANDLER(list_items, item_list, item_page);

/* ---- one item ---- */

DW_SCHEMA(item_made, (int64_t, id), (dw_text, message));

static dw_err create_item(dw_req *req, const item_create *in, item_made *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    item_created made;
    dw_err err = DW_ONE(ctx, item_insert, in, &made);

    if (err != DW_OK)
        return err;
    out->id = made.id;
    out->message = DW_TEXT("Item created successfully");
    return dw_reply_header(req, "Location", dw_format(ctx, "/api/items/%lld", (long long)made.id));
}
DW_HANDLER(create_item, item_create, item_made);

/* What the caller may see: one's own, and everyone's for an admin. */
static item_access access_of(dw_ctx *ctx, int64_t id)
{
    return (item_access){.id = id, .any_owner = dw_ctx_has_role(ctx, role_admin)};
}

static dw_text tag_of(dw_ctx *ctx, int64_t id, int64_t version)
{
    return dw_format(ctx, "%lld-%lld", (long long)id, (long long)version);
}

/* Loaded before the handlers: what may be seen, and the version of what may be changed. */
static dw_err see_item(dw_req *req, const item_key *key, item_row *row)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const item_access access = access_of(ctx, key->id);

    return DW_ONE(ctx, item_by_id, &access, row);
}
DW_LOADER_FN(item_seen, item_key, item_row, see_item);
DW_LOADER(item_mine, item_key, item_version, item_version_of);

static dw_err show_item(dw_req *req, const item_row *row, const dw_nothing *in, item_out *out)
{
    (void)in;
    *out = (item_out){.id = row->id,
                      .name = row->name,
                      .description = row->description,
                      .created_at = row->created_at,
                      .updated_at = row->updated_at};
    return dw_reply_etag(req, tag_of(dw_req_ctx(req), row->id, row->version));
}
DW_HANDLER_OF(show_item, item_seen, dw_nothing, item_out);

/* Changes what was sent. The version that If-Match judged is the version that is changed, or nothing is. */
static dw_err update_item(dw_req *req, const item_version *seen, const item_update *in, done *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    item_version now;
    item_write write = {.id = in->key.id,
                        .version = seen->version,
                        .name = in->set.name,
                        .description = in->set.description,
                        .has = {.name = in->set.has.name, .description = in->set.has.description}};
    dw_err err;

    if (!in->set.has.name && !in->set.has.description)
        return dw_req_fail(req, DW_BAD_REQUEST, "No valid fields to update");
    if ((err = dw_req_precondition(req, tag_of(ctx, in->key.id, seen->version))) != DW_OK)
        return err;
    out->message = DW_TEXT("Item updated successfully");
    return DW_ONE(ctx, item_change_one, &write, &now); /* 412 when somebody was faster */
}
DW_HANDLER_OF(update_item, item_mine, item_update, done);

static dw_err delete_item(dw_req *req, const item_key *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const item_access access = access_of(ctx, in->id);
    item_created gone;

    (void)out;
    return DW_ONE(ctx, item_delete, &access, &gone);
}
DW_HANDLER(delete_item, item_key, dw_nothing);

/* Whole or in part, it is the same change. */
#define CHANGES_ARE_LIMITED .rate = DW_PER_MINUTE(5), .rate_shared = "item changes"

static const dw_route routes[] = {
    DW_GET("/items", list_items, DW_ANY_USER, .rate = DW_PER_MINUTE(10), .doc = "My items, page by page"),
    DW_POST("/items", create_item, DW_ROLES(editor, admin), .rate = DW_PER_MINUTE(5),
            .doc = "Keep a new item"),
    DW_GET("/items/{id}", show_item, DW_ANY_USER, .rate = DW_PER_HOUR(100),
           .doc = "One item of mine; any for an admin"),
    DW_PUT("/items/{id}", update_item, DW_ANY_USER, .status = 200, CHANGES_ARE_LIMITED,
           .doc = "Change some of my item"),
    DW_PATCH("/items/{id}", update_item, DW_ANY_USER, .status = 200, CHANGES_ARE_LIMITED,
             .doc = "Change some of my item"),
    DW_DELETE("/items/{id}", delete_item, DW_ANY_USER, .rate = DW_PER_MINUTE(5),
              .doc = "Delete my item; any for an admin"),
};
const dw_blueprint coffer_items = DW_BLUEPRINT("/api", routes, .name = "items", .doc = "What people keep",
                                               .cors = &coffer_pages, API_LIMIT);
