/* replies.c -- replies of every kind, and a handler that fails. */
#include <string.h>

#include "shelf.h"

/* ---- every kind of field ---- */

DW_LIST(tags, dw_text);
DW_SCHEMA(publisher, (dw_text, name, DW_LEN(1, 80)), (dw_text, city, .optional = true));
DW_SCHEMA(draft,
    (dw_text,   title,      DW_LEN(1, 120)),
    (double,    price,      DW_RANGE_REAL(0, 1000), .optional = true),
    (bool,      lend,       .optional = true),
    (dw_text,   note,       .nullable = true),
    (tags,      tags,       DW_ITEMS(1, 3), .optional = true),
    (publisher, publisher,  .optional = true),
    (dw_text,   shelf_mark, .wire = "shelf-mark", .optional = true),
    (dw_json,   extra,      .optional = true)
);

/* What came goes back: the same shape both ways. */
static dw_err try_draft(dw_req *req, const draft *in, draft *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(try_draft, draft, draft);

/* ---- pages ---- */

static dw_err home(dw_req *req, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200, DW_TEXT("<!doctype html>\n<title>Shelf</title>\n<h1>Shelf</h1>\n"));
}
DW_RAW(home, dw_nothing);

/* ---- what can be asked for in parts ---- */

static const char rules[] = "1. Return what you borrow.\n2. Write in no book.\n3. Be quiet.\n";

static dw_err house_rules(dw_req *req, const dw_nothing *in)
{
    (void)in;
    return dw_reply_bytes(req, DW_TEXT("text/plain"), (dw_text){rules, sizeof rules - 1},
                          &(dw_validators){.etag = DW_TEXT("rules-1"), .last_modified = 1700000000});
}
DW_RAW(house_rules, dw_nothing);

DW_SCHEMA(scan_in, (int64_t, bytes, DW_RANGE(0, 1 << 30)));

/* A scan of so many bytes, of which only what is asked for is read. */
static dw_err scan(dw_req *req, const scan_in *in)
{
    static const char paper[4096];
    dw_part part;
    dw_err err = dw_reply_part(req, DW_TEXT("application/octet-stream"), in->bytes,
                               &(dw_validators){.etag = DW_TEXT("scan-1")}, &part);

    for (; err == DW_OK && part.n > 0; part.n -= (int64_t)sizeof paper)
        err = dw_reply_write(req, paper, part.n < (int64_t)sizeof paper ? (size_t)part.n : sizeof paper);
    return err != DW_OK ? err : dw_reply_end(req);
}
DW_RAW(scan, scan_in);

/* ---- streams ---- */

DW_SCHEMA(title_key, (int64_t, after));
DW_SCHEMA(title_row, (int64_t, id), (dw_text, title));
DW_LIST(title_rows, title_row);
DW_QUERY(titles_after, title_key, title_row, "SELECT id, title FROM books WHERE id > :after ORDER BY id LIMIT 100");

/* All titles, a hundred at a time, however many there are. */
static dw_err titles(dw_req *req, const dw_nothing *in)
{
    title_key key = {.after = 0};
    title_rows rows;
    dw_err err;

    (void)in;
    if ((err = dw_reply_begin(req, 200, DW_TEXT("text/plain; charset=utf-8"), -1)) != DW_OK)
        return err;
    do {
        if ((err = DW_ALL(dw_req_ctx(req), titles_after, &key, &rows)) != DW_OK)
            return err;
        for (size_t i = 0; i < rows.n; i++) {
            if ((err = dw_reply_write(req, rows.v[i].title.p, rows.v[i].title.n)) != DW_OK ||
                (err = dw_reply_write(req, "\n", 1)) != DW_OK)
                return err;
            key.after = rows.v[i].id;
        }
    } while (rows.n == 100);
    return dw_reply_end(req);
}
DW_RAW(titles, dw_nothing);

/* Counts the lines of a body that is never in memory as a whole. */
static dw_err count_lines(dw_req *req, const dw_nothing *in)
{
    dw_ctx *ctx = dw_req_ctx(req);
    char part[4096];
    size_t n, lines = 0;
    dw_err err;

    (void)in;
    while ((err = dw_req_read(req, part, sizeof part, &n)) == DW_OK && n > 0)
        for (size_t i = 0; i < n; i++)
            lines += part[i] == '\n';
    if (err != DW_OK)
        return err;
    return dw_reply_json(req, 200, dw_format(ctx, "{\"lines\":%zu}", lines));
}
DW_RAW(count_lines, dw_nothing);

/* ---- failures ---- */

DW_SCHEMA(status_out, (dw_text, scanner));

static dw_err scanner(dw_req *req, const dw_nothing *in, status_out *out)
{
    (void)in, (void)out;
    return dw_req_fail_internal(req, DW_TEXT("scanner at 10.0.0.7 does not answer"));
}
DW_HANDLER(scanner, dw_nothing, status_out);

/* Promises a scanner and says nothing. */
static dw_err forgetful(dw_req *req, const dw_nothing *in, status_out *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(forgetful, dw_nothing, status_out);

/* The reading room: nobody has counted its seats yet. */
static dw_err take_seat(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return ROOM_FULL;
}
DW_HANDLER(take_seat, dw_nothing, dw_nothing);

/* ---- replies to errors ---- */

DW_SCHEMA(full_out, (int64_t, seats), (dw_text, opens));

static dw_err room_is_full(dw_req *req, const dw_error *error, full_out *out)
{
    (void)req, (void)error;
    out->seats = 12;
    out->opens = DW_TEXT("08:00");
    return DW_OK;
}
DW_ERROR_PROBLEM(room_is_full, full_out);

static dw_err lost(dw_req *req, const dw_error *error, dw_text *page)
{
    dw_ctx *ctx = dw_req_ctx(req);

    *page = dw_format(ctx, "<!doctype html>\n<title>Shelf</title>\n<p>There is no %.*s here.</p>\n<p>Request %.*s</p>\n",
                      DW_FMT(dw_html_escape(ctx, dw_req_path(req))), DW_FMT(error->request_id));
    return DW_OK;
}
DW_ERROR_PAGE(lost);

static const dw_error_row error_rows[] = {
    DW_ON_ERROR(ROOM_FULL, room_is_full),
    DW_ON_STATUS(404, lost),
};
const dw_error_handlers replies_to_errors = DW_ERROR_HANDLERS(error_rows);

/* ---- mistakes ---- */

DW_SCHEMA(said, (dw_text, word));

/* A header made of what a client sent. */
static dw_err say(dw_req *req, const said *in, said *out)
{
    out->word = in->word;
    return dw_reply_header(req, "X-Word", in->word);
}
DW_HANDLER(say, said, said);

DW_SCHEMA(loan_count, (int64_t, n));

/* Two mistakes that only a request can show. */
DW_QUERY(touch_all, dw_nothing, dw_nothing, "UPDATE books SET version = version + 1");
DW_QUERY(my_loans, dw_nothing, loan_count, "SELECT count(*) AS n FROM loans WHERE member = :me");

static dw_err writing_get(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)out;
    return DW_EXEC(dw_req_ctx(req), touch_all, in, NULL);
}
DW_HANDLER(writing_get, dw_nothing, dw_nothing);

static dw_err my_loans_of_nobody(dw_req *req, const dw_nothing *in, loan_count *out)
{
    return DW_ONE(dw_req_ctx(req), my_loans, in, out);
}
DW_HANDLER(my_loans_of_nobody, dw_nothing, loan_count);

static const dw_route routes[] = {
    DW_GET("/", home, DW_PUBLIC("the landing page"),
           .csp = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                  "frame-ancestors 'none'; img-src 'self' https://covers.example.com",
           .csp_why = "covers come from the publisher",
           .cacheable = "public, max-age=60", .cacheable_why = "the same for everybody"),
    DW_POST("/v1/drafts", try_draft, DW_PUBLIC("nothing is kept of a draft"), .status = 200),
    DW_GET("/v1/rules", house_rules, DW_PUBLIC("everybody should know them")),
    DW_GET("/v1/scan", scan, DW_ANY_USER),
    DW_GET("/v1/titles", titles, DW_ANY_USER),
    DW_POST("/v1/lines", count_lines, DW_ANY_USER, .raw = "counts lines of any length", .max_body = (size_t)1 << 30,
            .deadline_ms = 60000),
    DW_PUT("/v1/seat", take_seat, DW_ANY_USER),
    DW_GET("/v1/scanner", scanner, DW_PUBLIC("a failure to look at")),
    DW_GET("/v1/forgetful", forgetful, DW_PUBLIC("a failure to look at")),
    DW_GET("/v1/writing-get", writing_get, DW_PUBLIC("a mistake to look at")),
    DW_GET("/v1/my-loans", my_loans_of_nobody, DW_PUBLIC("a mistake to look at")),
    DW_GET("/v1/say", say, DW_PUBLIC("a header to look at")),
};
const dw_blueprint replies = DW_BLUEPRINT("", routes);
