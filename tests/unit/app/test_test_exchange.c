/* Requests of a test: the parser's, the guards' and the handlers' own answers, whatever their size and shape, and many of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "trial.h"
#include "under_valgrind.h"

#define REQUESTS 2000
#define MOST_NS (UINT64_C(1000000) * REQUESTS) /* a thousand in a second, of this process's own time */

static int begin(void **state)
{
    *state = dw_test_new(&trial_app);
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

static void guards(void **state)
{
    dw_test *t = *state;
    const dw_test_reply *reply = DW_TEST_GET(t, "/v1/wait");

    DW_TEST_STATUS(t, 200);
    assert_true(dw_text_is(dw_test_header(reply, "X-Content-Type-Options"), "nosniff"));
    assert_int_equal(dw_test_header(reply, "x-request-id").n, 32);
    DW_TEST_GET(t, "/v1/nothing");
    DW_TEST_STATUS(t, 404);
    reply = DW_TEST_DELETE(t, "/v1/wait");
    DW_TEST_STATUS(t, 405);
    assert_true(dw_text_is(dw_test_header(reply, "allow"), "GET, HEAD, OPTIONS"));
    dw_test_as(t, "ann");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\",\"owner\":2}");
    DW_TEST_STATUS(t, 400);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"\"}");
    DW_TEST_STATUS(t, 422);
    DW_TEST_PATCH(t, "/v1/notes/1", "{}");
    DW_TEST_STATUS(t, 405);
}

static void headers_of_one_request(void **state)
{
    dw_test *t = *state;

    dw_test_with(t, "X-Said", "hello");
    assert_true(dw_text_is(DW_TEST_GET(t, "/v1/echo")->body, "\"hello\""));
    assert_true(dw_text_is(DW_TEST_GET(t, "/v1/echo")->body, "\"\""));
    dw_test_with(t, "host", "evil.test");
    DW_TEST_GET(t, "/v1/echo");
    DW_TEST_STATUS(t, 400);
    dw_test_as(t, "ann");
    dw_test_with(t, "content-type", "text/plain");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 415);
    dw_test_with(t, "AUTHORIZATION", "Bearer made-up");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 401);
}

static void no_body(void **state)
{
    dw_test *t = *state;
    const dw_test_reply *reply = DW_TEST_HEAD(t, "/v1/wait");

    DW_TEST_STATUS(t, 200);
    assert_int_equal(reply->body.n, 0);
    DW_TEST_SEND(t, "OPTIONS", "/v1/wait", ((dw_text){NULL, 0}));
    DW_TEST_STATUS(t, 204);
}

static void in_pieces(void **state)
{
    dw_test *t = *state;

    for (long pieces = 0; pieces <= 100000; pieces = pieces * 10 + 1) {
        const dw_test_reply *reply = DW_TEST_GET(t, dw_test_format(t, "/v1/stream?pieces=%ld", pieces));
        DW_TEST_STATUS(t, 200);
        DW_TEST_THAT(t, dw_text_is(dw_test_header(reply, "transfer-encoding"), "chunked"));
        assert_int_equal(reply->body.n, pieces * 10);
    }
}

static void large(void **state)
{
    dw_test *t = *state;
    size_t n = (size_t)16 << 20;
    char *body = calloc(1, n + 1);
    trial_size size;

    assert_non_null(body);
    DW_TEST_SEND(t, "PUT", "/v1/swallow", ((dw_text){body, n}));
    DW_TEST_REPLY(t, trial_size, &size);
    assert_int_equal(size.bytes, n);
    /* Refused before it is read: nobody waits for the rest of it. */
    DW_TEST_SEND(t, "PUT", "/v1/swallow", ((dw_text){body, n + 1}));
    DW_TEST_STATUS(t, 413);
    free(body);
}

static void bytes_as_they_stand(void **state)
{
    dw_test *t = *state;

    DW_TEST_RAW(t, DW_TEXT("GET /v1/echo HTTP/1.1\r\nHost: app.test\r\nX-Said: raw\r\n\r\n"));
    DW_TEST_STATUS(t, 200);
    DW_TEST_RAW(t, DW_TEXT("GET /v1/echo HTTP/1.1\r\n\r\n"));
    DW_TEST_STATUS(t, 400);
    DW_TEST_RAW(t, DW_TEXT("POST /v1/notes HTTP/1.1\r\nHost: app.test\r\nContent-Length: "
                           "1\r\nTransfer-Encoding: chunked\r\n\r\n"));
    DW_TEST_STATUS(t, 400);
    DW_TEST_RAW(t, DW_TEXT("PUT /v1/swallow HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: "
                           "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
    DW_TEST_STATUS(t, 200);
}

static void many(void **state)
{
    dw_test *t = *state;
    struct timespec begun, ended;

    dw_test_as(t, "ann");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun), 0);
    for (int i = 0; i < REQUESTS; i++) {
        DW_TEST_GET(t, "/v1/notes/1");
        DW_TEST_STATUS(t, 200);
    }
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended), 0);
    uint64_t ns = (uint64_t)(ended.tv_sec - begun.tv_sec) * 1000000000 + (uint64_t)ended.tv_nsec -
                  (uint64_t)begun.tv_nsec;
    print_message("%.0f requests in a second\n", REQUESTS * 1e9 / (double)ns);
    if (!under_valgrind())
        assert_in_range(ns, 1, MOST_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(guards, begin, end),
        cmocka_unit_test_setup_teardown(headers_of_one_request, begin, end),
        cmocka_unit_test_setup_teardown(no_body, begin, end),
        cmocka_unit_test_setup_teardown(in_pieces, begin, end),
        cmocka_unit_test_setup_teardown(large, begin, end),
        cmocka_unit_test_setup_teardown(bytes_as_they_stand, begin, end),
        cmocka_unit_test_setup_teardown(many, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
