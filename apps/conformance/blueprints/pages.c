/* conformance/blueprints/pages.c -- a page, a hello, and what goes wrong. */
#include <time.h>

#include "../conformance.h"

static dw_err home(dw_req *req, const dw_nothing *in)
{
    (void)in;
    return dw_reply_html(req, 200,
                         DW_TEXT("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                                 "<title>Conformance</title></head>"
                                 "<body><h1>Conformance</h1></body></html>\n"));
}
DW_RAW(home, dw_nothing);

/* What browsers report of a policy that is only tried: nobody looks at it here. */
static dw_err take_report(dw_req *req, const dw_nothing *in)
{
    dw_text report;
    dw_err err;

    (void)in;
    if ((err = dw_req_body(req, &report)) != DW_OK ||
        (err = dw_reply_begin(req, 204, (dw_text){NULL, 0}, 0)) != DW_OK)
        return err;
    return dw_reply_end(req);
}
DW_RAW(take_report, dw_nothing);

DW_SCHEMA(hello_out, (dw_text, message));

static dw_err hello(dw_req *req, const dw_nothing *in, hello_out *out)
{
    (void)req, (void)in;
    out->message = DW_TEXT("Hello, world");
    return DW_OK;
}
DW_HANDLER(hello, dw_nothing, hello_out);

static dw_err boom(dw_req *req, const dw_nothing *in, hello_out *out)
{
    (void)in, (void)out;
    return dw_req_fail_internal(req, DW_TEXT("the password is hunter2"));
}
DW_HANDLER(boom, dw_nothing, hello_out);

/* Says nothing where it promised a message: in development that is a 500 that names the field. */
static dw_err forgetful(dw_req *req, const dw_nothing *in, hello_out *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(forgetful, dw_nothing, hello_out);

DW_SCHEMA(slow_in, (int64_t, ms, DW_RANGE(0, 60000)));
DW_SCHEMA(slow_out, (int64_t, slept));

static dw_err slow(dw_req *req, const slow_in *in, slow_out *out)
{
    out->slept = in->ms;
    return dw_sleep(dw_req_ctx(req), (uint64_t)in->ms);
}
DW_HANDLER(slow, slow_in, slow_out);

/* What would hold the loop, and with it everybody: a call that sleeps, as a library's may. */
static void hold(void *arg)
{
    slow_out *out = arg;
    const struct timespec ms = {.tv_sec = (time_t)(out->slept / 1000),
                                .tv_nsec = (long)(out->slept % 1000) * 1000000};

    (void)nanosleep(&ms, NULL);
}

static dw_err block(dw_req *req, const slow_in *in, slow_out *out)
{
    out->slept = in->ms;
    return dw_blocking(dw_req_ctx(req), hold, out, sizeof *out);
}
DW_HANDLER(block, slow_in, slow_out);

/* And one that does hold it, also when it is looked at meanwhile, as whoever holds the loop is in development. */
DW_SCHEMA(stall_in, (int64_t, ms, DW_RANGE(0, 300)));

static dw_err stall(dw_req *req, const stall_in *in, slow_out *out)
{
    struct timespec left = {.tv_nsec = (long)in->ms * 1000000};

    if (!dw_in_development(dw_req_ctx(req)))
        return DW_NOT_FOUND;
    out->slept = in->ms;
    while (nanosleep(&left, &left) != 0)
        ;
    return DW_OK;
}
DW_HANDLER(stall, stall_in, slow_out);

DW_SCHEMA(defer_in,
    (int64_t, ms,    .optional = true, DW_RANGE(0, 60000)),
    (int64_t, bytes, .optional = true, DW_RANGE(0, 1073741824))
);

static void say_ended(void *p)
{
    DW_LOG_INFO(p, "defer.ran");
}

/* Reads what comes, waits, writes much; whichever of these ends it, a line of the log says so. */
static dw_err defer(dw_req *req, const defer_in *in)
{
    static const char zeros[16384];
    dw_ctx *ctx = dw_req_ctx(req);
    char part[4096];
    size_t n = 1;
    dw_err err = dw_defer(ctx, say_ended, ctx);

    while (err == DW_OK && n > 0)
        err = dw_req_read(req, part, sizeof part, &n);
    if (err != DW_OK || (err = dw_sleep(ctx, in->has.ms ? (uint64_t)in->ms : 0)) != DW_OK)
        return err;
    size_t left = in->has.bytes ? (size_t)in->bytes : 0;
    if ((err = dw_reply_begin(req, 200, DW_TEXT("application/octet-stream"), (int64_t)left)) != DW_OK)
        return err;
    for (; left > 0 && err == DW_OK; left -= n) {
        n = left < sizeof zeros ? left : sizeof zeros;
        err = dw_reply_write(req, zeros, n);
    }
    return err != DW_OK ? err : dw_reply_end(req);
}
DW_RAW(defer, defer_in);

DW_SCHEMA(reflect_in, (dw_text, name, DW_LEN(0, 256)));

/* A header value with CR, LF or NUL in it must never be sent. */
static dw_err redirect_back(dw_req *req, const reflect_in *in, hello_out *out)
{
    out->message = DW_TEXT("reflected");
    return dw_reply_header(req, "X-Name", in->name);
}
DW_HANDLER(redirect_back, reflect_in, hello_out);

DW_SCHEMA(go_in, (dw_text, next, DW_LEN(0, 4096), .optional = true));

/* Behind a sign-in: to where somebody was going, if that is here. */
static dw_err go(dw_req *req, const go_in *in)
{
    return dw_redirect(req, dw_local_target(in->next, DW_TEXT("/")));
}
DW_RAW(go, go_in);

/* A program that trusts what it was told, in each of the ways that there are. */
static dw_err go_anywhere(dw_req *req, const go_in *in)
{
    return dw_redirect_to(req, in->next);
}
DW_RAW(go_anywhere, go_in);

static dw_err go_blindly(dw_req *req, const go_in *in, hello_out *out)
{
    out->message = DW_TEXT("elsewhere");
    dw_reply_status(req, 302);
    return dw_reply_header(req, "Location", in->next);
}
DW_HANDLER(go_blindly, go_in, hello_out);

static dw_err go_unasked(dw_req *req, const go_in *in)
{
    return dw_redirect(req, in->next);
}
DW_RAW(go_unasked, go_in);

static const dw_route routes[] = {
    DW_GET("/", home, DW_PUBLIC("the landing page")),
    DW_GET("/embed", home, DW_PUBLIC("a page for the frames of a partner"),
           .csp = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                  "frame-ancestors https://partner.test",
           .csp_why = "the partner shows it in a frame"),
    DW_GET("/report-only", home, DW_PUBLIC("a page with a policy to try"),
           .csp_report_only = "default-src 'none'; base-uri 'none'; form-action 'none'; "
                              "frame-ancestors 'none'; report-uri /reports"),
    DW_POST("/reports", take_report, DW_PUBLIC("browsers report without credentials"),
            .raw = "reports have several types", .rate = DW_PER_MINUTE(60)),
    DW_GET("/hello", hello, DW_PUBLIC("the smallest reply")),
    DW_GET("/hello/either", hello, DW_PUBLIC("whoever asks"), .by = DW_BEARER | DW_API_KEY),
    DW_GET("/hello/caller", hello, DW_ANY_USER, .by = DW_BEARER | DW_SESSION | DW_API_KEY),
    DW_GET("/boom", boom, DW_PUBLIC("a failure to look at")),
    DW_GET("/forgetful", forgetful, DW_PUBLIC("a failure to look at")),
    DW_GET("/block", block, DW_PUBLIC("work beside the loop"), .deadline_ms = 10000),
    DW_GET("/stall", stall, DW_PUBLIC("a handler that holds the loop, in development only")),
    DW_GET("/slow", slow, DW_PUBLIC("a wait to look at"), .deadline_ms = 10000),
    DW_GET("/defer", defer, DW_PUBLIC("clean-up to look at"), .deadline_ms = 5000),
    DW_POST("/defer", defer, DW_PUBLIC("clean-up to look at"), .raw = "reads the body itself",
            .deadline_ms = 5000, .max_body = (size_t)1 << 30),
    DW_GET("/go", go, DW_PUBLIC("a redirect behind a sign-in")),
    DW_GET("/go/anywhere", go_anywhere, DW_PUBLIC("open redirects to try")),
    DW_GET("/go/blindly", go_blindly, DW_PUBLIC("open redirects to try")),
    DW_GET("/go/unasked", go_unasked, DW_PUBLIC("open redirects to try")),
    DW_GET("/redirect-back", redirect_back, DW_PUBLIC("header injection to try")),
};
const dw_blueprint pages = DW_BLUEPRINT("", routes);
