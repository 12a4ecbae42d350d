/* conformance/blueprints/errors.c -- errors to ask for by name, and a blueprint's own replies to them.
 *
 * There are none for the whole application, which would hide what there is without: tests/apps/errant.c has those. */
#include "../conformance.h"

/* ---- errors to ask for ---- */

DW_SCHEMA(named, (dw_text, name, DW_LEN(1, 64)));

/* Fails as is wished. */
static dw_err fail(dw_req *req, const named *in, dw_nothing *out)
{
    static const struct {
        dw_text name;
        dw_err err;
    } errors_by_name[] = {
        {DW_TEXT_INIT("not_found"), DW_NOT_FOUND},
        {DW_TEXT_INIT("conflict"), DW_CONFLICT},
        {DW_TEXT_INIT("denied"), DW_DENIED},
        {DW_TEXT_INIT("unauthenticated"), DW_UNAUTHENTICATED},
        {DW_TEXT_INIT("unavailable"), DW_UNAVAILABLE},
        {DW_TEXT_INIT("too_many"), DW_TOO_MANY},
        {DW_TEXT_INIT("sold_out"), SOLD_OUT},
        {DW_TEXT_INIT("closed"), CLOSED},
        {DW_TEXT_INIT("on_fire"), ON_FIRE},
        {DW_TEXT_INIT("members_only"), MEMBERS_ONLY},
        {DW_TEXT_INIT("empty_handed"), EMPTY_HANDED},
        {DW_TEXT_INIT("unlisted"), DW_ERR_APP_LAST},
    };

    (void)out;
    for (size_t i = 0; i < sizeof errors_by_name / sizeof errors_by_name[0]; i++)
        if (dw_text_eq(in->name, errors_by_name[i].name))
            return errors_by_name[i].err;
    if (dw_text_is(in->name, "sentence"))
        return dw_req_fail(req, SOLD_OUT, "The last one went an hour ago");
    return dw_req_fail_internal(req, DW_TEXT("the password is hunter2"));
}
DW_HANDLER(fail, named, dw_nothing);

DW_SCHEMA(form_in, (dw_text, name, DW_LEN(2, 10)), (int64_t, age, DW_RANGE(0, 150)));

static dw_err take_form(dw_req *req, const form_in *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(take_form, form_in, dw_nothing);

/* ---- a blueprint's replies ---- */

static dw_err lost_page(dw_req *req, const dw_error *error, dw_text *page)
{
    dw_ctx *ctx = dw_req_ctx(req);

    *page = dw_format(ctx, "<!doctype html>\n<title>Lost</title>\n<h1>Nothing at %.*s</h1>\n<p>%.*s</p>\n",
                      DW_FMT(dw_html_escape(ctx, dw_req_path(req))), DW_FMT(error->request_id));
    return DW_OK;
}
DW_ERROR_PAGE(lost_page);

DW_SCHEMA(lost_out, (dw_text, lost), (int64_t, status), (dw_text, request_id));

static dw_err lost(dw_req *req, const dw_error *error, lost_out *out)
{
    *out = (lost_out){.lost = dw_req_path(req), .status = error->status, .request_id = error->request_id};
    return DW_OK;
}
DW_ERROR_JSON(lost, lost_out);

DW_SCHEMA(sold_out_out, (int64_t, left), (dw_text, again, .optional = true));

static dw_err sold_out(dw_req *req, const dw_error *error, sold_out_out *out)
{
    (void)req, (void)error;
    out->left = 0;
    return DW_OK;
}
DW_ERROR_PROBLEM(sold_out, sold_out_out);

DW_SCHEMA(nothing_out, (int64_t, left, .optional = true));

static dw_err empty_handed(dw_req *req, const dw_error *error, nothing_out *out)
{
    (void)req, (void)error, (void)out;
    return DW_OK;
}
DW_ERROR_PROBLEM(empty_handed, nothing_out);

DW_SCHEMA(fault_out, (dw_text, field), (dw_text, code), (dw_text, says));
DW_LIST(faults_out, fault_out);
DW_SCHEMA(faulty_out,
    (dw_text,    error),
    (faults_out, faults),
    (int64_t,    position, .optional = true)
);

static dw_err faulty(dw_req *req, const dw_error *error, faulty_out *out)
{
    fault_out *faults = dw_alloc(dw_req_ctx(req), (error->n_faults + 1) * sizeof *faults);

    if (faults == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < error->n_faults; i++)
        faults[i] = (fault_out){
            .field = error->faults[i].field, .code = error->faults[i].code, .says = error->faults[i].says};
    out->error = error->code;
    out->faults = (faults_out){faults, error->n_faults};
    out->position = error->position;
    out->has.position = error->position >= 0;
    return DW_OK;
}
DW_ERROR_JSON(faulty, faulty_out);

DW_SCHEMA(later_out, (dw_text, come), (dw_text, code));

/* Asks for another status in every way there is without failing. */
static dw_err later(dw_req *req, const dw_error *error, later_out *out)
{
    dw_reply_status(req, 200);
    *out = (later_out){.come = DW_TEXT("later"), .code = error->code};
    return dw_reply_header(req, "X-Note", DW_TEXT("come later"));
}
DW_ERROR_JSON(later, later_out);

static const dw_error_row blueprint_rows[] = {
    DW_ON_STATUS(404, lost_page),    DW_ON_STATUS(404, lost),         DW_ON_ERROR(SOLD_OUT, sold_out),
    DW_ON_STATUS(410, empty_handed), DW_ON_ERROR(DW_INVALID, faulty), DW_ON_STATUS(400, faulty),
    DW_ON_STATUS(503, later),
};
static const dw_error_handlers blueprint_errors = DW_ERROR_HANDLERS(blueprint_rows);

/* ---- a route's, closer than those ---- */

DW_SCHEMA(close_out, (dw_text, closest));

static dw_err closest(dw_req *req, const dw_error *error, close_out *out)
{
    (void)req, (void)error;
    out->closest = DW_TEXT("route");
    return DW_OK;
}
DW_ERROR_JSON(closest, close_out);

static const dw_error_row route_rows[] = {DW_ON_ANY(closest)};
static const dw_error_handlers route_errors = DW_ERROR_HANDLERS(route_rows);

static const dw_route routes[] = {
    DW_GET("/own/{name}", fail, DW_PUBLIC("errors to ask for")),
    DW_POST("/own/form", take_form, DW_PUBLIC("faults to make")),
    DW_GET("/own/members/{name}", fail, DW_ANY_USER),
    DW_GET("/own/route/{name}", fail, DW_PUBLIC("errors to ask for"), .on_error = &route_errors),
    DW_GET("/own/problem/{name}", fail, DW_PUBLIC("errors to ask for"), .errors = DW_ERRORS_PROBLEM),
};
const dw_blueprint errors = DW_BLUEPRINT("", routes, .on_error = &blueprint_errors);
