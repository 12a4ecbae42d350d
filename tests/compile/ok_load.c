// Loaders, policies and guards, right, with names that others have too.
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_SCHEMA(object, (card, key), (int64_t, record));
DW_QUERY(card_by_id, card_key, card, "SELECT id, title FROM cards WHERE id = :id AND owner = :me");
DW_LOADER(card_of_path, card_key, card, card_by_id);

static dw_err find_object(dw_req *req, const card_key *key, object *out)
{
    out->key = *DW_LOADED(req, card_of_path);
    out->record = key->id;
    return DW_OK;
}
DW_LOADER_FN(object_of_path, card_key, object, find_object, .needs = DW_LOADS(card_of_path));
DW_LOADER_ELSEWHERE(object_of_path, object);

static dw_err judge(dw_ctx *ctx, const dw_principal *who, const object *it)
{
    (void)ctx;
    return who->id == it->record ? DW_OK : DW_DENIED;
}
DW_POLICY(owns, object, judge, "whose number it has", .refused_as = DW_NOT_FOUND);

static dw_err show(dw_req *req, const object *it, const dw_nothing *in, card *out)
{
    (void)in;
    *out = it->key;
    out->id = dw_req_principal(req)->id;
    return DW_OK;
}
DW_HANDLER_OF(show, object_of_path, dw_nothing, card);

static dw_err raw(dw_req *req, const object *it, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200, it->key.title);
}
DW_RAW_OF(raw, object_of_path, dw_nothing);

static dw_err before(dw_req *req)
{
    return dw_req_path(req).n > 100 ? DW_DENIED : DW_OK;
}
static dw_err after(dw_req *req, int status)
{
    return dw_reply_header(req, "X-Status", dw_format(dw_req_ctx(req), "%d", status));
}
static void audit(dw_audit *to)
{
    dw_audit_note(to, "%d characters", 100);
    dw_audit_warning(to, "%s", "a warning");
    dw_audit_error(to, "an error");
}
DW_GUARD(short_paths, DW_PHASE_HEAD, "paths are short", .before = before, .after = after, .audit = audit,
         .refuses = DW_REFUSES(DW_DENIED, DW_TOO_MANY));

static const dw_route routes[] = {
    DW_GET("/{id}", show, DW_ANY_USER, .may = DW_MAY((owns, object_of_path)), .guards = DW_GUARDS(short_paths)),
    DW_GET("/raw/{id}", raw, DW_ANY_USER, .loads = DW_LOADS(card_of_path, object_of_path)),
};
const dw_blueprint all = DW_BLUEPRINT("/v1", routes, .guards = DW_GUARDS(short_paths));

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){.name = "shop", .guards = DW_GUARDS(short_paths)});
}
