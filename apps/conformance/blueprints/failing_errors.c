/* conformance/blueprints/failing_errors.c -- error handlers that fail, each in its way.
 *
 * Whatever they do, the client gets the status of the error and a reply that says nothing of the failure. */
#include "../conformance.h"

DW_SCHEMA(way, (dw_text, way, DW_LEN(1, 64)));

static dw_err fail(dw_req *req, const way *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_NOT_FOUND;
}
DW_HANDLER(fail, way, dw_nothing);

/* Leaves a body for the error handler to want. */
static dw_err fail_early(dw_req *req, const way *in)
{
    (void)req, (void)in;
    return DW_NOT_FOUND;
}
DW_RAW(fail_early, way);

static dw_err fail_inside(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_req_fail_internal(req, DW_TEXT("the password is hunter2"));
}
DW_HANDLER(fail_inside, dw_nothing, dw_nothing);

/* ---- ways to fail ---- */

DW_SCHEMA(counted, (int64_t, n));
DW_QUERY(count_users, dw_nothing, counted, "SELECT count(*) AS n FROM users WHERE disabled = 0");
DW_QUERY(count_mine, dw_nothing, counted, "SELECT count(*) AS n FROM users WHERE id = :me");
DW_QUERY(disable_all, dw_nothing, dw_nothing, "UPDATE users SET disabled = 1");

static dw_err say_why(dw_req *req)
{
    return dw_req_fail_internal(req, DW_TEXT("and the other one is hunter3"));
}

static dw_err say_another(dw_req *req)
{
    return dw_req_fail(req, DW_DENIED, "This is about hunter4");
}

static dw_err set_crlf(dw_req *req)
{
    dw_err err = dw_reply_header(req, "X-Note", DW_TEXT("a\r\nSet-Cookie: hunter5=1"));

    return err == DW_INTERNAL ? DW_OK : err; /* as if nothing had happened */
}

static dw_err set_ours(dw_req *req)
{
    return dw_reply_header(req, "X-Frame-Options", DW_TEXT("ALLOWALL"));
}

static dw_err set_retry(dw_req *req)
{
    return dw_reply_header(req, "Retry-After", DW_TEXT("0"));
}

static dw_err set_challenge(dw_req *req)
{
    return dw_reply_header(req, "WWW-Authenticate", DW_TEXT("Basic"));
}

static dw_err ask_database(dw_req *req)
{
    const dw_nothing nothing = {0};
    counted users_now;

    return DW_ONE(dw_req_ctx(req), count_users, &nothing, &users_now);
}

static dw_err ask_for_me(dw_req *req)
{
    const dw_nothing nothing = {0};
    counted mine;

    return DW_ONE(dw_req_ctx(req), count_mine, &nothing, &mine);
}

static dw_err write_database(dw_req *req)
{
    const dw_nothing nothing = {0};

    return DW_EXEC(dw_req_ctx(req), disable_all, &nothing, NULL);
}

static dw_err read_body(dw_req *req)
{
    char part[16];
    size_t n;

    return dw_req_read(req, part, sizeof part, &n);
}

static dw_err take_body(dw_req *req)
{
    dw_text body;

    return dw_req_body(req, &body);
}

static dw_err reply(dw_req *req)
{
    return dw_reply_html(req, 200, DW_TEXT("<p>All is well, says hunter6"));
}

static dw_err reply_bytes(dw_req *req)
{
    return dw_reply_bytes(req, DW_TEXT("text/plain"), DW_TEXT("hunter6"), NULL);
}

static dw_err begin(dw_req *req)
{
    dw_err err = dw_reply_begin(req, 200, DW_TEXT("text/plain"), -1);

    if (err == DW_OK)
        err = dw_reply_write(req, "hunter6", 7);
    return err != DW_OK ? err : dw_reply_end(req);
}

static dw_err write_only(dw_req *req)
{
    return dw_reply_write(req, "hunter6", 7);
}

static dw_err end_only(dw_req *req)
{
    return dw_reply_end(req);
}

static dw_err wait_long(dw_req *req)
{
    return dw_sleep(dw_req_ctx(req), 60000);
}

/* All that the request may have, to the last byte. */
static dw_err take_all_memory(dw_req *req)
{
    for (size_t n = 65536; n > 0; n /= 2)
        while (dw_alloc(dw_req_ctx(req), n) != NULL)
            ;
    return DW_UNAVAILABLE;
}

static dw_err nothing_wrong(dw_req *req)
{
    (void)req;
    return DW_OK;
}

static const struct {
    dw_text way;
    dw_err (*go)(dw_req *req);
} ways[] = {
    {DW_TEXT_INIT("why"), say_why},           {DW_TEXT_INIT("another"), say_another},
    {DW_TEXT_INIT("crlf"), set_crlf},         {DW_TEXT_INIT("ours"), set_ours},
    {DW_TEXT_INIT("retry"), set_retry},       {DW_TEXT_INIT("challenge"), set_challenge},
    {DW_TEXT_INIT("database"), ask_database}, {DW_TEXT_INIT("me"), ask_for_me},
    {DW_TEXT_INIT("writes"), write_database}, {DW_TEXT_INIT("reads"), read_body},
    {DW_TEXT_INIT("body"), take_body},        {DW_TEXT_INIT("reply"), reply},
    {DW_TEXT_INIT("bytes"), reply_bytes},     {DW_TEXT_INIT("begin"), begin},
    {DW_TEXT_INIT("write"), write_only},      {DW_TEXT_INIT("end"), end_only},
    {DW_TEXT_INIT("waits"), wait_long},       {DW_TEXT_INIT("memory"), take_all_memory},
};

/* Goes the way that the last segment of the path names. */
static dw_err go(dw_req *req)
{
    dw_text path = dw_req_path(req);

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (path.n > ways[i].way.n &&
            dw_text_eq((dw_text){path.p + path.n - ways[i].way.n, ways[i].way.n}, ways[i].way))
            return ways[i].go(req);
    return nothing_wrong(req);
}

DW_SCHEMA(fine_out, (dw_text, fine));

static dw_err fails(dw_req *req, const dw_error *error, fine_out *out)
{
    (void)error;
    if (dw_text_is(dw_req_path(req), "/failing/unset"))
        return DW_OK;
    out->fine = DW_TEXT("yes");
    return go(req);
}
DW_ERROR_JSON(fails, fine_out);

static dw_err fails_page(dw_req *req, const dw_error *error, dw_text *page)
{
    (void)error;
    if (dw_text_is(dw_req_path(req), "/failing/unset"))
        return DW_OK;
    *page = DW_TEXT("<!doctype html>\n<title>Fine</title>\n");
    return go(req);
}
DW_ERROR_PAGE(fails_page);

static const dw_error_row failing_rows[] = {DW_ON_ANY(fails), DW_ON_ANY(fails_page)};
static const dw_error_handlers failing = DW_ERROR_HANDLERS(failing_rows);

/* ---- the fixture's: the error page itself fails ---- */

static dw_err page_fails(dw_req *req, const dw_error *error, dw_text *page)
{
    (void)error;
    *page = DW_TEXT("<p>Half a page");
    return say_why(req);
}
DW_ERROR_PAGE(page_fails);

static dw_err json_fails(dw_req *req, const dw_error *error, fine_out *out)
{
    (void)error, (void)out;
    return say_why(req);
}
DW_ERROR_JSON(json_fails, fine_out);

static const dw_error_row page_rows[] = {DW_ON_STATUS(500, page_fails), DW_ON_STATUS(500, json_fails)};
static const dw_error_handlers page_errors = DW_ERROR_HANDLERS(page_rows);

static const dw_route routes[] = {
    DW_GET("/failing/{way}", fail, DW_PUBLIC("failures to look at"), .on_error = &failing,
           .deadline_ms = 2000),
    DW_POST("/failing/{way}", fail_early, DW_PUBLIC("failures to look at"), .on_error = &failing,
            .raw = "leaves the body alone"),
    DW_GET("/handler-fails", fail_inside, DW_PUBLIC("a failure to look at"), .on_error = &page_errors),
};
const dw_blueprint failing_errors = DW_BLUEPRINT("", routes);
