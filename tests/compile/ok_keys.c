// API keys and scopes, right.
#include <dw/dw.h>

enum { scope_read, scope_write };
DW_API_KEYS(keys);
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
static dw_err show(dw_req *req, const note_key *in, note_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const dw_api_key_order order = {.name = DW_TEXT("nightly"), .scopes = DW_SCOPES(read, write)};
    dw_api_key_list all;
    dw_api_key row;
    dw_err err = dw_api_key_add(ctx, dw_req_principal(req)->uid, &order, &out->title, &row);

    out->id = in->id;
    if (err != DW_OK || !dw_ctx_has_scope(ctx, scope_read))
        return err;
    err = dw_api_key_all(ctx, dw_req_principal(req)->uid, &all);
    return err != DW_OK ? err : dw_api_key_revoke(ctx, dw_req_principal(req)->uid, row.id);
}
DW_HANDLER(show, note_key, note_out);

const dw_api_keys *const kept = &keys;
const dw_route routes[] = {
    DW_GET("/{id}", show, DW_ANY_USER, .by = DW_BEARER | DW_API_KEY, .scopes = DW_SCOPES(read, write))};
