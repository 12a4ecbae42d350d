/* documents.c -- items in a document store: made, read, changed, found, streamed and deleted, each only by the one whose it is. */
#include <dw/dw.h>

DW_LIST(tags, dw_text, DW_LEN(1, 30));
DW_SCHEMA(item,
    (dw_text, name,        DW_LEN(3, 100), .doc = "Item name"),
    (dw_text, description, DW_LEN(5, 500), .optional = true, .nullable = true),
    (int64_t, stars,       DW_RANGE(0, 5), DW_DEFAULT(0)),
    (dw_date, due,         .optional = true, .nullable = true),
    (tags,    tags,        DW_ITEMS(0, 10), .optional = true));
DW_COLLECTION(items, item, name, stars, due);

DW_PARTIAL(item_part, item);
DW_SCHEMA(item_key, (dw_text, id, DW_LEN(1, 100)));
DW_SCHEMA(item_set, (item_key, key, .flat = true), (item, value, .flat = true));
DW_SCHEMA(item_change, (item_key, key, .flat = true), (item_part, part, .flat = true));
DW_SCHEMA(item_list, (dw_text, sort, .optional = true), (dw_text, cursor, DW_LEN(1, 4096), .optional = true), (dw_text, name, .optional = true));

static dw_err make_item(dw_req *req, const item *in, items_doc *out)
{
    dw_ctx *ctx = dw_req_ctx(req);

    return DW_DOC_ADD(ctx, items, dw_uuid_text(ctx, dw_uuid_new()), in, out);
}
DW_HANDLER(make_item, item, items_doc);

static dw_err set_item(dw_req *req, const item_set *in, items_doc *out) { return DW_DOC_SET(dw_req_ctx(req), items, in->key.id, &in->value, out); }
DW_HANDLER(set_item, item_set, items_doc);

static dw_err get_item(dw_req *req, const item_key *in, items_doc *out) { return DW_DOC_GET(dw_req_ctx(req), items, in->id, out); }
DW_HANDLER(get_item, item_key, items_doc);

static dw_err merge_item(dw_req *req, const item_change *in, items_doc *out)
{
    return DW_DOC_MERGE(dw_req_ctx(req), items, in->key.id, &in->part, out);
}
DW_HANDLER(merge_item, item_change, items_doc);

static dw_err delete_item(dw_req *req, const item_key *in, dw_nothing *out)
{
    (void)out;
    return DW_DOC_DELETE(dw_req_ctx(req), items, in->id);
}
DW_HANDLER(delete_item, item_key, dw_nothing);

static dw_err list_items(dw_req *req, const item_list *in, items_page *out)
{
    dw_ctx *ctx = dw_req_ctx(req);

    if (in->has.name)
        return DW_DOCS_FIND(ctx, items, name, in->name, in->cursor, 20, out);
    return DW_DOCS_LIST(ctx, items, in->sort, in->cursor, 20, out);
}
DW_HANDLER(list_items, item_list, items_page);

static dw_err all_items(dw_req *req, const item_list *in) { return DW_REPLY_DOCS(req, items, in->sort); }
DW_RAW(all_items, item_list);

static const dw_route routes[] = {
    DW_GET("/items", list_items, DW_ANY_USER, .doc = "My items, page by page"),
    DW_POST("/items", make_item, DW_ANY_USER, .doc = "A new item"),
    DW_GET("/items/{id}", get_item, DW_ANY_USER, .doc = "One of my items"),
    DW_PUT("/items/{id}", set_item, DW_ANY_USER, .doc = "Make or replace my item"),
    DW_PATCH("/items/{id}", merge_item, DW_ANY_USER, .doc = "Change what is sent of my item"),
    DW_DELETE("/items/{id}", delete_item, DW_ANY_USER, .doc = "Delete my item"),
    DW_GET("/all-items", all_items, DW_ANY_USER, .doc = "All my items, however many"),
};
const dw_blueprint documents = DW_BLUEPRINT("/api", routes, .doc = "Items in a document store");
