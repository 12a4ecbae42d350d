/* dw/error.h -- an application's own replies to errors: tables of handlers.
 *
 *     static dw_err lost(dw_req *req, const dw_error *error, dw_text *page) { … }
 *     DW_ERROR_PAGE(lost);
 *     static const dw_error_row rows[] = {DW_ON_STATUS(404, lost), DW_ON_ANY(oops)};
 *     const dw_error_handlers shop_errors = DW_ERROR_HANDLERS(rows);
 *
 * and `.on_error = &shop_errors` in a route, a blueprint or the application.  Whatever returned the error, the parser included, the
 * closest table that has a row for it makes the reply.  A handler makes a body and nothing else: it has no way to another status, and
 * Retry-After, Allow, WWW-Authenticate and the security headers stay.  One that fails is not asked twice: the reply is then Dewar's own. */
#ifndef DW_ERROR_H
#define DW_ERROR_H

#include "err.h"
#include "schema.h"

/* One broken rule, or one field that nobody declared (code "unknown"). Never the value that was sent. */
typedef struct dw_fault {
    dw_text field; /* "name", "owner.name", "tags.1"; "_schema" for the whole */
    dw_text code;  /* "required" "null" "type" "len" "range" "pattern" "items" "repeated" "unknown" */
    dw_text says;  /* a sentence */
} dw_fault;

/* What went wrong: as much of it as a client may know. */
typedef struct dw_error {
    dw_err err;
    int status;         /* of the reply, whatever the handler does */
    dw_text title;      /* the reason phrase of the status, "Not Found" */
    dw_text code;       /* the stable code, "not_found" */
    dw_text message;    /* the safe sentence: the table's, or that of dw_req_fail */
    dw_text request_id; /* as in X-Request-Id and in the log */
    const dw_fault *faults;
    size_t n_faults;
    int64_t position; /* of DW_MALFORMED: the offset in the body; else -1 */
} dw_error;

typedef dw_err (*dw_error_fn)(dw_req *req, const dw_error *error, void *out);

typedef enum dw_error_kind { DW_ERROR_IS_JSON = 1, DW_ERROR_IS_PROBLEM, DW_ERROR_IS_PAGE } dw_error_kind;

typedef struct dw_error_handler {
    const char *name;
    dw_error_fn call;
    dw_error_kind kind;
    const dw_schema *out; /* NULL: a page */
} dw_error_handler;

/* Status, error, or neither (any error); one of DW_ON_… below. */
typedef struct dw_error_row {
    int status;
    dw_err err;
    const dw_error_handler *handler;
} dw_error_row;

typedef struct dw_error_handlers {
    const dw_error_row *rows;
    size_t n_rows;
    size_t row_size; /* sizeof(dw_error_row) as the application was compiled */
} dw_error_handlers;

#ifndef __cplusplus

/* Handlers run on the request's fiber, when everything else about it has ended: they may read its head and ask the database, read-only and within
 * what is left of its deadline.  The body cannot be read, and functions of dw_reply_… but dw_reply_header return DW_INTERNAL.  The request
 * may be one that the parser refused: then there is no path, no method and no header.  What a handler returns but DW_OK is a failure
 * of the handler, and is logged. */

/* `static dw_err fn(dw_req *req, const dw_error *error, Out *out)`: the reply is *out as JSON. For clients that do not prefer pages. */
#define DW_ERROR_JSON(fn, Out) DW__ERROR_HANDLER(fn, DW_ERROR_IS_JSON, Out, &Out##_schema)
/* The same as RFC 9457 has it, application/problem+json: type, title, status, detail, code, request_id, the faults, and then what *out has.
 * Out may be dw_nothing. */
#define DW_ERROR_PROBLEM(fn, Out) DW__ERROR_HANDLER(fn, DW_ERROR_IS_PROBLEM, Out, &Out##_schema)
/* `static dw_err fn(dw_req *req, const dw_error *error, dw_text *page)`: HTML, for clients whose Accept has text/html before JSON. What does not
 * come from a literal goes through dw_html_escape. */
#define DW_ERROR_PAGE(fn) DW__ERROR_HANDLER(fn, DW_ERROR_IS_PAGE, dw_text, NULL)

#define DW__ERROR_HANDLER(fn, kind_, Out, schema_)                                                       \
    static dw_err fn##_on_error_call(dw_req *req, const dw_error *error, void *out)                      \
    {                                                                                                    \
        return _Generic(&fn, dw_err(*)(dw_req *, const dw_error *, Out *) : fn)(req, error, (Out *)out); \
    }                                                                                                    \
    static const dw_error_handler fn##_on_error = {#fn, fn##_on_error_call, kind_, schema_}

/* Rows of a table. The closest table counts: the route's, the blueprint's, the application's; within it an error before its status, and
 * a status before any. Pages and data (JSON, problem) are rows of their own: one of each may stand for the same. */
#define DW_ON_STATUS(status_, fn)                                                     \
    {                                                                                 \
        .status = (status_) + (int)DW__REQUIRE((status_) >= 400 && (status_) <= 599,  \
                                               the_status_of_an_error_is_400_to_599), \
        .handler = &fn##_on_error                                                     \
    }
#define DW_ON_ERROR(err_, fn)                                                                                \
    {                                                                                                        \
        .err = (dw_err)((err_) + DW__REQUIRE((err_) != DW_OK, DW_OK_is_no_error)), .handler = &fn##_on_error \
    }
#define DW_ON_ANY(fn)             \
    {                             \
        .handler = &fn##_on_error \
    }

#define DW_ERROR_HANDLERS(rows_)                                                                        \
    {                                                                                                   \
        .rows = (rows_), .n_rows = sizeof(rows_) / sizeof((rows_)[0]), .row_size = sizeof(dw_error_row) \
    }
#endif

#endif
