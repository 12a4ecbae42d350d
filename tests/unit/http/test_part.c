/* Replies of which a client may ask a part: which bytes, which status, which headers; for whom Range is nothing. */
#include "reply_fixture.h"

#define TYPE DW_TEXT("text/plain")

static const dw_text body = DW_TEXT_INIT("0123456789");
static const dw_validators now = {DW_TEXT_INIT("v1"), NOW - 3600};

static dw_err bytes(enum http_method method, const char *range, const char *if_range)
{
    ask(method);
    with(range != NULL ? "range" : NULL, range);
    with(if_range != NULL ? "if-range" : NULL, if_range);
    return dw_reply_bytes(&req, TYPE, body, &now);
}

static void is_whole(enum http_method method, const char *range, const char *if_range)
{
    assert_int_equal(bytes(method, range, if_range), DW_OK);
    assert_int_equal(req.reply.status, 200);
    assert_true(dw__text_eq(sent, body));
    assert_string_equal(said("Content-Range"), "-");
    assert_string_equal(said("Accept-Ranges"), "bytes");
    assert_string_equal(said("ETag"), "\"v1\"");
}

static void is_part(const char *range, const char *if_range, const char *part, const char *says)
{
    assert_int_equal(bytes(HTTP_GET, range, if_range), DW_OK);
    assert_int_equal(req.reply.status, 206);
    assert_true(dw__text_eq(sent, dw__text_of(part)));
    assert_int_equal(req.reply.length, sent.n);
    assert_string_equal(said("Content-Range"), says);
    assert_string_equal(said("Accept-Ranges"), "bytes");
    assert_string_equal(said("ETag"), "\"v1\"");
    assert_string_equal(said("Last-Modified"), "Sun, 06 Nov 1994 07:49:37 GMT");
    assert_true(dw__text_is(req.reply.content_type, "text/plain"));
}

static void sends_the_part(void **state)
{
    (void)state;
    is_whole(HTTP_GET, NULL, NULL);
    is_part("bytes=0-0", NULL, "0", "bytes 0-0/10");
    is_part("bytes=2-4", NULL, "234", "bytes 2-4/10");
    is_part("bytes=7-", NULL, "789", "bytes 7-9/10");
    is_part("bytes=-2", NULL, "89", "bytes 8-9/10");
    is_part("bytes=0-", NULL, "0123456789", "bytes 0-9/10");
    is_part("bytes=2-4", "\"v1\"", "234", "bytes 2-4/10");
    is_part("bytes=2-4", "Sun, 06 Nov 1994 07:49:37 GMT", "234", "bytes 2-4/10");
}

static void sends_the_whole(void **state)
{
    (void)state;
    is_whole(HTTP_GET, "bytes=2-4", "\"v2\"");
    is_whole(HTTP_GET, "bytes=2-4", "W/\"v1\"");
    is_whole(HTTP_GET, "bytes=2-4", "Sun, 06 Nov 1994 07:49:38 GMT");
    is_whole(HTTP_GET, "bytes=20-", "\"v2\""); /* and no 416 */
    is_whole(HTTP_GET, "bytes=0-1,3-4", NULL);
    is_whole(HTTP_GET, "bytes=4-2", NULL);
    is_whole(HTTP_GET, "nonsense", NULL);
    is_whole(HTTP_GET, NULL, "\"v2\"");
    is_whole(HTTP_HEAD, "bytes=2-4", NULL);
    is_whole(HTTP_HEAD, "bytes=20-", NULL);
    is_whole(HTTP_POST, "bytes=2-4", NULL);
    ask(HTTP_GET);
    with("range", "bytes=0-1");
    with("range", "bytes=0-1");
    assert_int_equal(dw_reply_bytes(&req, TYPE, body, &now), DW_OK);
    assert_int_equal(req.reply.status, 200);
}

static void says_that_there_is_no_such_part(void **state)
{
    (void)state;
    assert_int_equal(bytes(HTTP_GET, "bytes=10-", NULL), DW_RANGE_NOT_SATISFIABLE);
    assert_true(dw__text_is(req.content_range, "bytes */10"));
    assert_int_equal(req.reply.state, REPLY_NONE);
    ask(HTTP_GET);
    with("range", "bytes=0-");
    assert_int_equal(dw_reply_bytes(&req, TYPE, DW_TEXT(""), &now), DW_RANGE_NOT_SATISFIABLE);
    assert_true(dw__text_is(req.content_range, "bytes */0"));
}

/* RFC 9110 §13.2.2: conditions come before Range. */
static void judges_conditions_first(void **state)
{
    (void)state;
    ask(HTTP_GET);
    with("range", "bytes=20-");
    with("if-none-match", "\"v1\"");
    assert_int_equal(dw_reply_bytes(&req, TYPE, body, &now), DW_OK);
    assert_int_equal(req.reply.status, 304);
    assert_int_equal(sent.n, 0);
    assert_int_equal(req.reply.content_type.n, 0);
    assert_string_equal(said("Accept-Ranges"), "-");
    assert_string_equal(said("ETag"), "\"v1\"");
    ask(HTTP_GET);
    with("range", "bytes=0-1");
    with("if-match", "\"v2\"");
    assert_int_equal(dw_reply_bytes(&req, TYPE, body, &now), DW_PRECONDITION_FAILED);
    ask(HTTP_GET);
    with("range", "bytes=0-1");
    with("if-match", "\"v1\"");
    assert_int_equal(dw_reply_bytes(&req, TYPE, body, &now), DW_OK);
    assert_int_equal(req.reply.status, 206);
}

static void works_without_validators(void **state)
{
    (void)state;
    ask(HTTP_GET);
    with("range", "bytes=1-1");
    assert_int_equal(dw_reply_bytes(&req, TYPE, body, NULL), DW_OK);
    assert_int_equal(req.reply.status, 206);
    assert_true(dw__text_is(sent, "1"));
    ask(HTTP_GET);
    with("range", "bytes=1-1");
    with("if-range", "\"v1\"");
    assert_int_equal(dw_reply_bytes(&req, TYPE, body, NULL), DW_OK);
    assert_int_equal(req.reply.status, 200);
}

static dw_part part;
static dw_err begin(enum http_method method, const char *name, const char *value, int64_t length)
{
    ask(method);
    with(name, value);
    part = (dw_part){77, 77};
    return dw_reply_part(&req, TYPE, length, &now, &part);
}

static void is_begun(int status, int64_t length, int64_t from, int64_t n)
{
    assert_int_equal(req.reply.state, REPLY_BEGUN);
    assert_int_equal(req.reply.status, status);
    if (status != 304)
        assert_int_equal(req.reply.length, length);
    assert_int_equal(part.from, from);
    assert_int_equal(part.n, n);
}

static void tells_a_stream_its_part(void **state)
{
    const int64_t most = INT64_MAX;
    (void)state;
    assert_int_equal(begin(HTTP_GET, NULL, NULL, most), DW_OK);
    is_begun(200, most, 0, most);
    assert_int_equal(begin(HTTP_GET, "range", "bytes=-1", most), DW_OK);
    is_begun(206, 1, most - 1, 1);
    assert_string_equal(said("Content-Range"),
                        "bytes 9223372036854775806-9223372036854775806/9223372036854775807");
    assert_int_equal(begin(HTTP_HEAD, "range", "bytes=-1", 1000), DW_OK);
    is_begun(200, 1000, 0, 0);
    assert_int_equal(begin(HTTP_GET, "if-none-match", "*", 1000), DW_OK);
    is_begun(304, 0, 0, 0);
    assert_int_equal(begin(HTTP_GET, "range", "bytes=1000-", 1000), DW_RANGE_NOT_SATISFIABLE);
    assert_int_equal(part.n, 0);
    assert_int_equal(begin(HTTP_GET, "if-match", "\"v2\"", 1000), DW_PRECONDITION_FAILED);
    assert_int_equal(part.n, 0);
    assert_int_equal(begin(HTTP_GET, NULL, NULL, -1), DW_INTERNAL);
    assert_int_equal(part.n, 0);
}

/* The other replies of raw handlers know the 304 of dw_reply_validators too, and no other status is changed. */
static void a_page_can_be_unchanged(void **state)
{
    (void)state;
    ask(HTTP_GET);
    with("if-none-match", "\"v1\"");
    assert_int_equal(dw_reply_etag(&req, DW_TEXT("v1")), DW_OK);
    assert_int_equal(dw_reply_html(&req, 200, body), DW_OK);
    assert_int_equal(req.reply.status, 304);
    ask(HTTP_GET);
    with("if-none-match", "\"v1\"");
    assert_int_equal(dw_reply_etag(&req, DW_TEXT("v1")), DW_OK);
    assert_int_equal(dw_reply_html(&req, 500, body), DW_OK);
    assert_int_equal(req.reply.status, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sends_the_part),           TEST(sends_the_whole),
        TEST(judges_conditions_first),  TEST(says_that_there_is_no_such_part),
        TEST(works_without_validators), TEST(tells_a_stream_its_part),
        TEST(a_page_can_be_unchanged),
    };
    return cmocka_run_group_tests_name("http/part", tests, NULL, NULL);
}
