/* errant.c -- an application that replies to every error itself, also to those that come before there is a route. */
#include <dw/dw.h>

DW_SCHEMA(anything_out,
    (dw_text, method),
    (dw_text, path),
    (dw_text, query),
    (dw_text, accept),
    (dw_text, id),
    (dw_text, code),
    (dw_text, message),
    (int64_t, status),
    (bool,    known)
);

/* Asks for all there may be of a request. Of one that the parser refused there is nothing. */
static dw_err anything(dw_req *req, const dw_error *error, anything_out *out)
{
    *out = (anything_out){
        .method = dw_req_method(req),
        .path = dw_req_path(req),
        .query = dw_req_query(req),
        .accept = dw_req_header(req, "accept"),
        .id = dw_req_id(req),
        .code = error->code,
        .message = error->message,
        .status = error->status,
        .known = dw_ctx_principal(dw_req_ctx(req)) != NULL,
    };
    return DW_OK;
}
DW_ERROR_JSON(anything, anything_out);

static dw_err any_page(dw_req *req, const dw_error *error, dw_text *page)
{
    dw_ctx *ctx = dw_req_ctx(req);

    *page =
        dw_format(ctx, "<!doctype html>\n<title>%d</title>\n<p>%.*s</p>\n<p>%.*s</p>\n", error->status,
                  DW_FMT(dw_html_escape(ctx, error->message)), DW_FMT(dw_html_escape(ctx, dw_req_path(req))));
    return DW_OK;
}
DW_ERROR_PAGE(any_page);

static const dw_error_row rows[] = {DW_ON_ANY(anything), DW_ON_ANY(any_page)};
static const dw_error_handlers handlers = DW_ERROR_HANDLERS(rows);

static dw_err home(dw_req *req, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200, DW_TEXT("<!doctype html>\n<title>Errant</title>\n"));
}
DW_RAW(home, dw_nothing);

/* Begins a reply and does not end it: there can be no other then. */
static dw_err half(dw_req *req, const dw_nothing *in)
{
    dw_err err = dw_reply_begin(req, 200, DW_TEXT("text/plain"), 100);

    (void)in;
    return err != DW_OK ? err : DW_INTERNAL;
}
DW_RAW(half, dw_nothing);

static dw_err refuse(dw_req *req, const dw_nothing *in)
{
    (void)req, (void)in;
    return DW_INVALID_GRANT;
}
DW_RAW(refuse, dw_nothing);

static dw_err conflict(dw_req *req, const dw_nothing *in)
{
    (void)req, (void)in;
    return DW_CONFLICT;
}
DW_RAW(conflict, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/conflict", conflict, DW_PUBLIC("a failure to look at")),
    DW_GET("/", home, DW_PUBLIC("a page to look at")),
    DW_GET("/half", half, DW_PUBLIC("a failure to look at")),
    DW_GET("/oauth", refuse, DW_PUBLIC("a failure to look at"), .errors = DW_ERRORS_OAUTH),
};
static const dw_blueprint all = DW_BLUEPRINT("", routes);

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "errant",
                       .version = "1",
                       .blueprints = (const dw_blueprint *const[]){&all, NULL},
                       .on_error = &handlers,
                   });
}
