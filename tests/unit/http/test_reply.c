/* What may be said in a reply, how a head is encoded, entity tags, request headers, status lines, trace context. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "http/h1_reply.h"
#include "http/request.h"
#include "http/status.h"
#include "http/traceparent.h"

static dw_req req;
static struct http_field fields[8];
static struct clock clock_;
static dw_text sent;
static unsigned begun;

static dw_err send_it(struct http_stream *s, dw_text body)
{
    (void)s;
    sent = body;
    req.reply.state = REPLY_ENDED;
    return DW_OK;
}

static void begins(void *self, dw_req *r)
{
    (void)self;
    begun++;
    if (dw__text_is(r->reply.content_type, "x/break"))
        (void)!dw__reply_header(r, DW_TEXT("X"), DW_TEXT("a\r\nb"));
}

static int setup(void **state)
{
    static const struct http_stream_ops ops = {.send = send_it};
    static const struct http_app app = {.reply_begins = begins};
    (void)state;
    memset(&req, 0, sizeof(req));
    begun = 0;
    dw__arena_init(&req.arena, NULL, 1 << 20);
    dw__clock_set(&clock_, INT64_C(784111777000));
    dw__ctx_init(&req.ctx, &req.arena, NULL, &clock_);
    req.ops = &ops;
    req.app = &app;
    req.head.fields = fields;
    req.head.method = HTTP_GET;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dw__arena_release(&req.arena);
    return 0;
}

static void add_field(const char *name, const char *value)
{
    fields[req.head.n_fields++] = (struct http_field){dw__text_of(name), dw__text_of(value)};
}

static void test_header_values(void **state)
{
    (void)state;
    static const struct {
        dw_text name, value;
    } bad[] = {
        {DW_TEXT_INIT("X"), DW_TEXT_INIT("a\r\nSet-Cookie: x")},
        {DW_TEXT_INIT("X"), DW_TEXT_INIT("a\n")},
        {DW_TEXT_INIT("X"), DW_TEXT_INIT("\r")},
        {DW_TEXT_INIT("X"), DW_TEXT_INIT("a\0b")},
        {DW_TEXT_INIT("X"), DW_TEXT_INIT("a\x7f")},
        {DW_TEXT_INIT("X"), DW_TEXT_INIT("\x1b[0m")},
        {DW_TEXT_INIT("X Y"), DW_TEXT_INIT("a")},
        {DW_TEXT_INIT("X:"), DW_TEXT_INIT("a")},
        {DW_TEXT_INIT(""), DW_TEXT_INIT("a")},
        {DW_TEXT_INIT("Server"), DW_TEXT_INIT("a")},
        {DW_TEXT_INIT("content-LENGTH"), DW_TEXT_INIT("1")},
        {DW_TEXT_INIT("Transfer-Encoding"), DW_TEXT_INIT("chunked")},
        {DW_TEXT_INIT("Connection"), DW_TEXT_INIT("close")},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        req.reply.header_broken = false;
        assert_int_equal(dw__reply_header(&req, bad[i].name, bad[i].value), DW_INTERNAL);
        assert_true(req.reply.header_broken);
        assert_int_equal(req.reply.n_extra, 0);
        assert_int_equal(dw_reply_html(&req, 200, DW_TEXT("x")), DW_INTERNAL);
    }
    assert_int_equal(begun, 0);
    req.reply.header_broken = false;
    assert_int_equal(dw_reply_html(&req, 200, DW_TEXT("x")), DW_OK);
    assert_int_equal(begun, 1);
    assert_int_equal(dw_reply_html(&req, 200, DW_TEXT("x")), DW_INTERNAL);
}

static void test_guards_are_checked_too(void **state)
{
    (void)state;
    assert_int_equal(dw__reply_send(&req, 200, DW_TEXT("x/break"), DW_TEXT("x")), DW_INTERNAL);
    assert_int_equal(req.reply.state, REPLY_NONE);
    req.reply.header_broken = false;
    assert_int_equal(dw__reply_send(&req, 200, DW_TEXT("a\r\nb"), DW_TEXT("x")), DW_INTERNAL);
    req.reply.header_broken = false;
    assert_int_equal(dw__reply_send(&req, 100, DW_TEXT("a/b"), DW_TEXT("x")), DW_INTERNAL);
    assert_int_equal(dw__reply_send(&req, 600, DW_TEXT("a/b"), DW_TEXT("x")), DW_INTERNAL);
}

static void test_many_headers(void **state)
{
    (void)state;
    char value[] = "v0";
    for (unsigned i = 0; i < 20; i++) {
        value[1] = (char)('a' + i);
        assert_int_equal(dw_x_reply_header(&req, "X-Y", (dw_text){value, 2}), DW_OK);
    }
    assert_int_equal(req.reply.n_extra, 20);
    assert_true(dw__text_is(req.reply.extra[0].value, "va")); /* a copy */
    assert_true(dw__text_is(req.reply.extra[19].value, "vt"));
}

static void test_head(void **state)
{
    (void)state;
    static const struct header_block block = {DW_TEXT_INIT("B: c\r\n"), NULL, 0};
    char out[1024];
    req.ctx.request_id = DW_TEXT("0123");
    req.reply.status = 201;
    req.reply.content_type = DW_TEXT("a/b");
    req.reply.block = &block;
    assert_int_equal(dw__reply_header(&req, DW_TEXT("Location"), DW_TEXT("/x")), DW_OK);
    size_t n = dw__h1_reply_put(out, &req, &(struct h1_framing){.length = 12, .close = true});
    assert_true(n <= dw__h1_reply_size(&req));
    assert_true(dw__text_is(
        ((dw_text){out, n}),
        "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request-Id: 0123\r\nB: c\r\n"
        "Content-Type: a/b\r\nContent-Length: 12\r\nConnection: close\r\nLocation: /x\r\n\r\n"));
    req.reply = (struct http_reply){.status = 299};
    n = dw__h1_reply_put(out, &req, &(struct h1_framing){.length = -1, .chunked = true, .keep = true});
    out[n] = '\0';
    assert_non_null(strstr(out, "HTTP/1.1 299 \r\n"));
    assert_non_null(strstr(out, "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"));
}

static dw_err etag(enum http_method method, const char *name, const char *value)
{
    req.head.n_fields = 0;
    req.head.method = method;
    req.reply = (struct http_reply){0};
    if (name != NULL)
        add_field(name, value);
    return dw_reply_etag(&req, DW_TEXT("v1"));
}

static void test_etag(void **state)
{
    (void)state;
    assert_int_equal(etag(HTTP_GET, NULL, NULL), DW_OK);
    assert_true(dw__text_is(req.reply.extra[0].value, "\"v1\""));
    assert_int_equal(req.reply.status, 0);
    static const struct {
        const char *value;
        bool strong, weak;
    } rows[] = {
        {"\"v1\"", true, true},
        {"W/\"v1\"", false, true},
        {"\"v2\"", false, false},
        {"\"v2\", \"v1\"", true, true},
        {"*", true, true},
        {" * ", true, true},
        {"v1", false, false},
        {"\"v1", false, false},
        {"\"v2\" , W/\"v1\"", false, true},
        {"", false, false},
        {"W/", false, false},
        {"\"v2\"\"v1\"", true, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(etag(HTTP_PUT, "if-match", rows[i].value),
                         rows[i].strong ? DW_OK : DW_PRECONDITION_FAILED);
        assert_int_equal(etag(HTTP_PUT, "if-none-match", rows[i].value),
                         rows[i].weak ? DW_PRECONDITION_FAILED : DW_OK);
        assert_int_equal(etag(HTTP_GET, "if-none-match", rows[i].value), DW_OK);
        assert_int_equal(req.reply.status, rows[i].weak ? 304 : 0);
        assert_int_equal(etag(HTTP_HEAD, "if-none-match", rows[i].value), DW_OK);
        assert_int_equal(req.reply.status, rows[i].weak ? 304 : 0);
    }
    assert_int_equal(dw_reply_etag(&req, DW_TEXT("a\"b")), DW_INTERNAL);
    assert_int_equal(dw_reply_etag(&req, DW_TEXT("a\r\n")), DW_INTERNAL);
}

static void test_request_header(void **state)
{
    (void)state;
    add_field("accept", "a");
    add_field("x", "y");
    add_field("accept", "b");
    assert_true(dw__text_is(dw_req_header(&req, "accept"), "a, b"));
    assert_true(dw__text_is(dw_req_header(&req, "x"), "y"));
    assert_null(dw_req_header(&req, "z").p);
}

static void test_request_cookie(void **state)
{
    (void)state;
    assert_null(dw_req_cookie(&req, "id").p);
    req.head.known[HTTP_COOKIE] = DW_TEXT("a=b; id=1");
    assert_true(dw__text_is(dw_req_cookie(&req, "id"), "1"));
    assert_null(dw_req_cookie(&req, "i").p);
}

static void test_fail(void **state)
{
    (void)state;
    char why[] = "secret";
    assert_int_equal(dw_req_fail(&req, DW_CONFLICT, "Taken"), DW_CONFLICT);
    assert_string_equal(req.fail_sentence, "Taken");
    assert_int_equal(dw_req_fail_internal(&req, (dw_text){why, 6}), DW_INTERNAL);
    memset(why, 'x', 6);
    assert_true(dw__text_is(req.fail_internal, "secret"));
}

static void test_json_text(void **state)
{
    (void)state;
    dw_text out;
    assert_int_equal(dw_json_rewrite(&req.ctx, DW_TEXT(" { \"a\" : [ 1 , \"\\u0041\" ] } "), &out), DW_OK);
    assert_true(dw__text_is(out, "{\"a\":[1,\"A\"]}"));
    assert_int_equal(dw_json_rewrite(&req.ctx, DW_TEXT("{\"a\":1,\"a\":2}"), &out), DW_MALFORMED);
    assert_int_equal(out.n, 0);
}

static void test_status(void **state)
{
    (void)state;
    assert_string_equal(dw__http_reason(404), "Not Found");
    assert_string_equal(dw__http_reason(299), "");
    assert_string_equal(dw__http_reason(99), "");
    assert_string_equal(dw__http_reason(999), "");
    assert_true(dw__text_is(dw__http_status_line(511), "HTTP/1.1 511 Network Authentication Required\r\n"));
    assert_null(dw__http_status_line(512).p);
}

static void test_traceparent(void **state)
{
    (void)state;
    assert_true(dw__traceparent_valid(DW_TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
    static const char *const bad[] = {
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(dw__traceparent_valid(dw__text_of(bad[i])));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_header_values),  TEST(test_guards_are_checked_too),
        TEST(test_many_headers),   TEST(test_head),
        TEST(test_etag),           TEST(test_request_header),
        TEST(test_request_cookie), TEST(test_fail),
        TEST(test_json_text),      TEST(test_status),
        TEST(test_traceparent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
