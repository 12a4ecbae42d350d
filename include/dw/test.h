/* dw/test.h -- an application, whole, in a test: no socket, no server, no file.
 *
 *     dw_test *t = dw_test_new(&app);
 *     dw_test_as(t, "ann");
 *     const dw_test_reply *reply = DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
 *     DW_TEST_STATUS(t, 201);
 *     DW_TEST_THAT(t, dw_test_header(reply, "location").n > 0);
 *     note_out note;
 *     DW_TEST_REPLY(t, note_out, &note);
 *     dw_test_free(t);
 *
 * The requests are bytes that the real parser reads, the real guards judge and the real handlers answer, each on its fiber; the
 * database is SQLite in memory, made by the application's own migrations.  Outputs are poisoned before a handler fills them, so that a field
 * that it never sets is a 500, and the log names it.  What does not hold is printed with what was sent, what came back and what
 * was logged meanwhile; then a cmocka test fails, and any other program aborts.  A failing assert() prints the same.
 *
 * All that a function here hands out lives until dw_test_free.  One thread; several dw_test may live at a time.  <dw/dw.h> does not include
 * this header: a server has no use for it. */
#ifndef DW_TEST_H
#define DW_TEST_H

#include "app.h"

typedef struct dw_test dw_test;

/* What came back. `head` is the status line and the header lines as they came, `body` is without its framing. */
typedef struct dw_test_reply {
    int status;
    dw_text body;
    dw_text head;
} dw_test_reply;

/* How a test differs from production, all else is as there: pairs of setting and value, ended by NULL ("MAX_CONTENT_LENGTH", "1K", …), as an
 * environment would say them without the application's name. DATABASE_URL and LOG are not for tests. */
typedef struct dw_test_options {
    const char *const *settings;
    char _;
} dw_test_options;

/* dw_test_new(&app) or dw_test_new(&app, .settings = …): an application that is ready for requests, at the time of the clock. The file
 * that calls it reads DW_APP_ERRORS first, as the one with dw_main does.  Never NULL: what would not start is said, and the test has failed. */
dw_test *dw_x_test_new(const dw_app *app, const dw_build *build, const dw_test_options *options);
/* Ends what still runs and frees everything; NULL is fine. */
void dw_test_free(dw_test *t);

/* From now on requests come from the account whose subject is `uid` (as dw_app.principal knows it), with an access token that is really
 * issued and verified; statements on dw_test_ctx have that account as :me.  NULL: from nobody.  An account that is not there makes
 * requests that are refused, as a deleted one's are. */
void dw_test_as(dw_test *t, const char *uid);

/* The Unix time stands still at `unix_seconds` (0 to 253402300799), for requests, statements, tokens and logs, until it is set again; time-outs
 * go on.  The caller of dw_test_as gets another token. */
void dw_test_clock(dw_test *t, int64_t unix_seconds);

/* A context with a writable database, outside of any request: DW_ONE(dw_test_ctx(t), …). Its calls wait in place. */
dw_ctx *dw_test_ctx(dw_test *t);

/* A header line for the next request only. In place of what would be sent by itself: Host, Content-Type and Authorization. */
void dw_test_with(dw_test *t, const char *name, const char *value);

/* Sends a request, waits for the whole reply and gives it. `path` begins with '/', and may have a query. A body is sent as JSON, where
 * dw_test_with says nothing else; {NULL, 0} is none. The file and line are for what is said when no reply can be had. */
const dw_test_reply *dw_x_test_send(dw_test *t, const char *method, const char *path, dw_text body,
                                    const char *file, int line);
/* The same for bytes that are a request as they stand. */
const dw_test_reply *dw_x_test_raw(dw_test *t, dw_text request, const char *file, int line);

/* The value of a header of `reply`, the first of that name (in any case), or {NULL, 0}. */
dw_text dw_test_header(const dw_test_reply *reply, const char *name);

/* printf into the test's memory, for paths and bodies. */
const char *dw_test_format(dw_test *t, const char *fmt, ...) DW_PRINTF(2, 3);

/* How often `event` was logged since dw_test_new or dw_test_forget_log: a name of the application's, or "request" of each access line. */
size_t dw_test_logged(dw_test *t, const char *event);
/* The log lines since then, each one JSON object and a newline. */
dw_text dw_test_log(dw_test *t);
void dw_test_forget_log(dw_test *t);

/* What the macros below call. */
void dw_x_test_status(dw_test *t, int status, const char *file, int line);
void dw_x_test_that(dw_test *t, bool holds, const char *what, const char *file, int line);
void dw_x_test_reply(dw_test *t, const dw_schema *schema, void *out, const char *file, int line);

#ifndef __cplusplus
#define dw_test_new(...) DW__TEST_NEW(__VA_ARGS__, ._ = 0)
#define DW__TEST_NEW(app, ...) \
    dw_x_test_new((app), &(const dw_build)DW__BUILD, &(const dw_test_options){__VA_ARGS__})

/* Requests; `body` is a string of JSON. Each gives a const dw_test_reply *. */
#define DW_TEST_GET(t, path) DW_TEST_SEND(t, "GET", path, ((dw_text){NULL, 0}))
#define DW_TEST_HEAD(t, path) DW_TEST_SEND(t, "HEAD", path, ((dw_text){NULL, 0}))
#define DW_TEST_DELETE(t, path) DW_TEST_SEND(t, "DELETE", path, ((dw_text){NULL, 0}))
#define DW_TEST_POST(t, path, body) DW_TEST_SEND(t, "POST", path, dw__test_text(body))
#define DW_TEST_PUT(t, path, body) DW_TEST_SEND(t, "PUT", path, dw__test_text(body))
#define DW_TEST_PATCH(t, path, body) DW_TEST_SEND(t, "PATCH", path, dw__test_text(body))
/* Any method, any bytes as body, a dw_text. */
#define DW_TEST_SEND(t, method, path, body) dw_x_test_send((t), (method), (path), (body), __FILE__, __LINE__)
/* A request that is sent as it stands, a dw_text: framing and all. */
#define DW_TEST_RAW(t, request) dw_x_test_raw((t), (request), __FILE__, __LINE__)

/* The last reply has this status. */
#define DW_TEST_STATUS(t, status) dw_x_test_status((t), (status), __FILE__, __LINE__)
/* The condition holds. */
#define DW_TEST_THAT(t, ...) dw_x_test_that((t), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
/* The body of the last reply is what schema T says of a reply, no field more or less, and *out (a T *) is filled with it. */
#define DW_TEST_REPLY(t, T, out) \
    dw_x_test_reply((t), &T##_schema, _Generic((out), T * : (out)), __FILE__, __LINE__)

static inline dw_text dw__test_text(const char *s)
{
    return (dw_text){s, s != NULL ? strlen(s) : 0};
}
#endif

#endif
