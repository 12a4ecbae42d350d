// Everything that the other snippets get wrong, right.
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name, .visible_to = DW_ROLES(viewer, editor)), (int64_t, age, DW_RANGE(0, 9), .visible_to = DW_ROLES(editor), .doc = "In years"));
static dw_err show(dw_req *req, const note_key *in, note_out *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(show, note_key, note_out);
DW_QUERY(note_by_id, note_key, note_out, "SELECT id, title FROM notes WHERE id = :id");
DW_PICK(note_view, note_out, title);
DW_PAGE(note_page, note_out);
DW_PARTIAL(note_change, note_out);
DW_SCHEMA(note_update, (note_key, key, .flat = true), (note_change, set, .flat = true));

const dw_schema *const all[] = {&note_view_schema, &note_page_schema, &note_update_schema, &other_schema};

static dw_err find(dw_req *req, const note_key *in, note_page *out)
{
    dw_ctx *ctx = dw_req_ctx(req);

    DW_LOG_INFO(ctx, "note.sought", DW_KV(id, in->id));
    return DW_ALL(ctx, note_by_id, in, &out->items);
}
DW_HANDLER(find, note_key, note_page);

dw_err twice(dw_ctx *ctx, const note_key *in);
dw_err twice(dw_ctx *ctx, const note_key *in)
{
    note_out out;
    dw_err err, inner;

    if (in->id > 0)
        DW_TX_REPEATABLE(ctx, &err)
        {
            err = DW_ONE(ctx, note_by_id, in, &out);
            DW_TX(ctx, &inner)
            {
                inner = DW_ONE(ctx, note_by_id, in, &out);
            }
        }
    else
        err = DW_NOT_FOUND;
    return err;
}

static const dw_route routes[] = {
    DW_GET("/{id}", show, DW_ROLES(viewer, editor), .max_body = 10),
    DW_GET("/", find, DW_PUBLIC("the landing page")),
};
const dw_blueprint notes = DW_BLUEPRINT("/v1", routes);
