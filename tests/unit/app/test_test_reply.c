/* Replies out of bytes: whole, not yet whole, and none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "app/test_inside.h"
#include "guard_page.h"

static struct arena arena;
static dw_test_reply reply;

/* Of the whole text, its end touching memory that cannot be read; `reply` outlives it. */
static int read_it(const char *text, size_t n, bool to_head, bool ended)
{
    char *at = guard_page_copy(text, n);
    int got = dw__test_reply_read((dw_text){at, n}, to_head, ended, &arena, &reply);

    if (got == 1) {
        reply.body = dw__arena_text(&arena, reply.body);
        reply.head = dw__arena_text(&arena, reply.head);
    }
    guard_page_free(at);
    return got;
}

/* Whole at its end, and not before: whether the rest is to come or is not. */
static void whole(const char *text, int status, const char *body)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(read_it(text, i, false, false), 0);
        assert_int_equal(read_it(text, i, false, true), -1);
    }
    assert_int_equal(read_it(text, n, false, false), 1);
    assert_int_equal(reply.status, status);
    assert_int_equal(reply.body.n, strlen(body));
    assert_memory_equal(reply.body.p, body, reply.body.n);
}

static void by_length(void **state)
{
    (void)state;
    whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello");
    whole("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n", 500, "");
    whole("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", 201, "{}");
}

static void in_chunks(void **state)
{
    (void)state;
    whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200,
          "abcde");
    assert_int_equal(read_it("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno", 49, false, false),
                     -1);
}

static void without_a_body(void **state)
{
    (void)state;
    whole("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
    whole("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "");
    assert_int_equal(read_it("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 38, true, false), 1);
    assert_int_equal(reply.body.n, 0);
}

static void until_the_end(void **state)
{
    const char *text = "HTTP/1.1 200 OK\r\n\r\nabc";

    (void)state;
    assert_int_equal(read_it(text, strlen(text), false, false), 0);
    assert_int_equal(read_it(text, strlen(text), false, true), 1);
    assert_int_equal(reply.body.n, 3);
}

static void none(void **state)
{
    static const char *const bad[] = {
        "\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(read_it(bad[i], strlen(bad[i]), false, false), -1);
}

static void headers(void **state)
{
    const char *text = "HTTP/1.1 204 No Content\r\nETag:  \"a\" \r\nETag: \"b\"\r\nEmpty:\r\n\r\n";

    (void)state;
    assert_int_equal(read_it(text, strlen(text), false, false), 1);
    assert_true(dw_text_is(dw_test_header(&reply, "etag"), "\"a\""));
    assert_non_null(dw_test_header(&reply, "empty").p);
    assert_int_equal(dw_test_header(&reply, "empty").n, 0);
    assert_null(dw_test_header(&reply, "missing").p);
}

static int begin(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)16 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_length),     cmocka_unit_test(in_chunks), cmocka_unit_test(without_a_body),
        cmocka_unit_test(until_the_end), cmocka_unit_test(none),      cmocka_unit_test(headers),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
