// Errors of an application's own, and its replies to errors, right.
#define DW_APP_ERRORS(X)                                     \
    X(SOLD_OUT, 1000, 409, "sold_out", "There is none left") \
    X(CLOSED, 1999, 503, "closed", "The shop is closed")
#include <dw/dw.h>

DW_SCHEMA(said, (dw_text, error), (int64_t, status));

static dw_err all_json(dw_req *req, const dw_error *error, said *out)
{
    (void)req;
    *out = (said){.error = error->code, .status = error->status};
    return DW_OK;
}
DW_ERROR_JSON(all_json, said);

static dw_err sold_out(dw_req *req, const dw_error *error, dw_nothing *out)
{
    (void)error, (void)out;
    return dw_reply_header(req, "X-Note", DW_TEXT("a"));
}
DW_ERROR_PROBLEM(sold_out, dw_nothing);

static dw_err lost(dw_req *req, const dw_error *error, dw_text *page)
{
    *page = dw_html_escape(dw_req_ctx(req), error->message);
    return DW_OK;
}
DW_ERROR_PAGE(lost);

static const dw_error_row rows[] = {DW_ON_ERROR(SOLD_OUT, sold_out), DW_ON_ERROR(DW_CONFLICT, sold_out),
                                    DW_ON_STATUS(404, lost), DW_ON_ANY(all_json)};
const dw_error_handlers handlers = DW_ERROR_HANDLERS(rows);

/* An application's error is as good as any. */
static dw_err buy(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    dw_err err = dw_req_method(req).n > 3 ? SOLD_OUT : CLOSED;

    (void)in, (void)out;
    if (err == SOLD_OUT)
        return dw_req_fail(req, SOLD_OUT, "None");
    switch (err) {
    case CLOSED: return CLOSED;
    case SOLD_OUT: return DW_CONFLICT;
    default: return err;
    }
}
DW_HANDLER(buy, dw_nothing, dw_nothing);

static const dw_route routes[] = {DW_GET("/", buy, DW_PUBLIC("the landing page"), .on_error = &handlers)};
const dw_blueprint shop = DW_BLUEPRINT("", routes, .on_error = &handlers, .errors = DW_ERRORS_PROBLEM);

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){.name = "shop", .on_error = &handlers});
}
