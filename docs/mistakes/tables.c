/* tables.c -- an application whose tables are wrong in every way that compiles: the guide shows what start-up says to it. */
#define DW_APP_ERRORS(X) X(GONE_MISSING, 1000, 404, "not_found", "Nobody has seen it")
#include <dw/dw.h>

static const char *const roles[] = {"reader", NULL};
enum { role_reader, role_keeper };

DW_SCHEMA(key, (int64_t, id));
DW_SCHEMA(point, (int64_t, x), (int64_t, y));
DW_SCHEMA(search, (point, near), (dw_text, word, .pattern = "["));
DW_SCHEMA(leak, (dw_text, name), (dw_secret, password));

static dw_err show(dw_req *req, const key *in, key *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(show, key, key);

static dw_err find(dw_req *req, const search *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(find, search, dw_nothing);

static dw_err tell(dw_req *req, const dw_nothing *in, leak *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(tell, dw_nothing, leak);

static dw_err near(dw_req *req, const point *in, point *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(near, point, point);

DW_SCHEMA(nearest, (point, at));
static dw_err here(dw_req *req, const nearest *in, point *out)
{
    (void)req;
    *out = in->at;
    return DW_OK;
}
DW_HANDLER(here, nearest, point);

/* What start-up refuses of replies to errors. */
DW_SCHEMA(lost_out, (dw_text, title));
static dw_err lost(dw_req *req, const dw_error *error, lost_out *out)
{
    (void)req;
    out->title = error->title;
    return DW_OK;
}
DW_ERROR_PROBLEM(lost, lost_out);
static const dw_error_row error_rows[] = {DW_ON_STATUS(404, lost), DW_ON_STATUS(404, lost), DW_ON_STATUS(418, lost)};
static const dw_error_handlers errors = DW_ERROR_HANDLERS(error_rows);

/* What start-up refuses of loaders and of guards. */
static dw_err find_key(dw_req *req, const key *in, key *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_LOADER_FN(homeless, key, key, find_key);
DW_LOADER_FN(tangled, key, key, find_key, .needs = DW_LOADS(homeless));

static dw_err look(dw_req *req)
{
    (void)req;
    return DW_CONFLICT;
}
DW_GUARD(silent, DW_PHASE_HEAD, "a mistake to look at", .before = look);

/* What start-up refuses of routes. */
static const dw_route routes[] = {
    {.method = DW_M_GET, .path = "/nobody", .handler = &near_handler},
    DW_GET("/keys/{number}", show, DW_PUBLIC("a mistake to look at")),
    DW_GET("/keys/", show, DW_PUBLIC("a mistake to look at")),
    DW_GET("/here", here, DW_PUBLIC("a mistake to look at")),
    DW_GET("/near", near, DW_PUBLIC("a mistake to look at")),
    DW_GET("/near", near, DW_PUBLIC("a mistake to look at")),
    DW_GET("/keeper", near, DW_ROLES(keeper)),
    DW_GET("/page", near, DW_PUBLIC("a mistake to look at"), .csp = "default-src 'self'; script-src 'unsafe-inline'",
           .csp_why = "an old widget"),
    DW_GET("/cached", near, DW_PUBLIC("a mistake to look at"), .cacheable = "public, max-age=60"),
    DW_POST("/find", find, DW_PUBLIC("a mistake to look at")),
    DW_GET("/homeless", near, DW_PUBLIC("a mistake to look at"), .loads = DW_LOADS(homeless)),
    DW_GET("/tangled/{id}", near, DW_PUBLIC("a mistake to look at"), .loads = DW_LOADS(tangled)),
    DW_GET("/silent", near, DW_PUBLIC("a mistake to look at"), .guards = DW_GUARDS(silent)),
    DW_GET("/tell", tell, DW_PUBLIC("a mistake to look at")),
};
static const dw_blueprint all = DW_BLUEPRINT("", routes);

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){
        .name = "tables",
        .roles = roles,
        .on_error = &errors,
        .blueprints = (const dw_blueprint *const[]){&all, NULL},
    });
}
