/* conformance/blueprints/items.c -- a resource with every kind of field. */
#include "../conformance.h"
#include "../models.h"

#define COLUMNS "id, name, description, qty, price, active, site, slug, tags"
DW_QUERY(item_insert, item, item,
    "INSERT INTO items (owner, name, description, qty, price, active, site, slug, tags)"
    " VALUES (:me, :name, :description, :qty, :price, :active, :site, :slug, :tags) RETURNING " COLUMNS);
DW_QUERY(item_by_id, item_key, item, "SELECT " COLUMNS " FROM items WHERE id = :id AND owner = :me");
DW_QUERY(items_mine, dw_nothing, item, "SELECT " COLUMNS " FROM items WHERE owner = :me ORDER BY id LIMIT 100");
DW_QUERY(item_set, item_update, item,
    "UPDATE items SET name = coalesce(:name, name), description = coalesce(:description, description),"
    " qty = coalesce(:qty, qty), price = coalesce(:price, price), active = coalesce(:active, active),"
    " site = coalesce(:site, site), slug = coalesce(:slug, slug), tags = coalesce(:tags, tags)"
    " WHERE id = :id AND owner = :me RETURNING " COLUMNS);

static dw_err create_item(dw_req *req, const item *in, item *out)
{
    return DW_ONE(dw_req_ctx(req), item_insert, in, out);
}
DW_HANDLER(create_item, item, item);

static dw_err show_item(dw_req *req, const item_key *in, item *out)
{
    return DW_ONE(dw_req_ctx(req), item_by_id, in, out);
}
DW_HANDLER(show_item, item_key, item);

static dw_err list_items(dw_req *req, const dw_nothing *in, item_page *out)
{
    return DW_ALL(dw_req_ctx(req), items_mine, in, &out->items);
}
DW_HANDLER(list_items, dw_nothing, item_page);

static dw_err update_item(dw_req *req, const item_update *in, item *out)
{
    return DW_ONE(dw_req_ctx(req), item_set, in, out);
}
DW_HANDLER(update_item, item_update, item);

/* A statement that counts to `n` before it writes: a write that takes as long as you like. */
DW_SCHEMA(toil_in, (int64_t, n, DW_RANGE(1, INT64_MAX)));
DW_QUERY(item_toil, toil_in, item_key,
    "INSERT INTO items (owner, name, description)"
    " SELECT :me, 'toil', max(n) FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :n) SELECT n FROM c) AS d"
    " RETURNING id");

static void say_ended(void *p)
{
    DW_LOG_INFO(p, "toil.ended");
}

static dw_err toil(dw_req *req, const toil_in *in, item_key *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = dw_defer(ctx, say_ended, ctx);

    return err == DW_OK ? DW_ONE(ctx, item_toil, in, out) : err;
}
DW_HANDLER(toil, toil_in, item_key);

/* All of mine, however many, in the memory of a page. */
DW_SCHEMA(all_in, (dw_text, sort, .optional = true));
DW_SCHEMA(all_page, (int64_t, after_id), (dw_text, after_name), (int64_t, n));
DW_ORDERED(items_all, all_page, item, "SELECT " COLUMNS " FROM items WHERE owner = :me", id, name);

static dw_err all_items(dw_req *req, const all_in *in)
{
    all_page page = {.n = 500};

    return DW_REPLY_ROWS(req, items_all, in->sort, &page);
}
DW_RAW(all_items, all_in);

static const dw_route routes[] = {
    DW_POST("/items", create_item, DW_ANY_USER),
    DW_GET("/items", list_items, DW_ANY_USER),
    DW_GET("/items/all", all_items, DW_ANY_USER),
    DW_POST("/toil", toil, DW_ANY_USER),
    DW_GET("/items/{id}", show_item, DW_ANY_USER),
    DW_PUT("/items/{id}", update_item, DW_ANY_USER, .status = 200),
};
const dw_blueprint items = DW_BLUEPRINT("/api", routes);
