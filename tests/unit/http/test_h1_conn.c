/* The HTTP/1.1 connection from the outside: framing, order, waiting, leaving. */
#include "h1_routes.h"

#include "http/h1_conn.h"

/* ---- replies ---- */

static void test_hello(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(fd, GET("/hello"));
    assert_true(begins(a, "HTTP/1.1 200 OK\r\nDate: "));
    assert_true(has(a, " GMT\r\nX-Request-Id: "));
    assert_true(has(a, "\r\nContent-Type: application/json\r\nContent-Length: 6\r\n"));
    assert_true(ends(a, "\r\n\r\n/hello"));
    assert_false(has(a, "Server:"));
    assert_false(has(a, "Connection:"));
    assert_true(ends(client_ask(fd, GET("/a%41?x=y")), "\r\n\r\n/aA"));
    assert_string_equal(client_read(fd), "");
    close(fd);
}

static void test_head_204_304(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(fd, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(has(a, "Content-Length: 6\r\n"));
    assert_true(ends(a, "\r\n\r\n"));
    a = client_ask(fd, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(has(a, "chunked") && ends(a, "\r\n\r\n"));
    a = client_ask(fd, GET("/204"));
    assert_true(begins(a, "HTTP/1.1 204 No Content\r\n") && ends(a, "\r\n\r\n"));
    assert_false(has(a, "Content-Length") || has(a, "chunked"));
    a = client_ask(fd, GET("/304"));
    assert_true(begins(a, "HTTP/1.1 304 ") && ends(a, "\r\n\r\n"));
    assert_false(has(a, "Content-Length"));
    assert_true(ends(client_ask(fd, GET("/x")), "/x"));
    close(fd);
}

static void test_unknown_length(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(fd, GET("/stream"));
    assert_true(has(a, "Transfer-Encoding: chunked\r\n"));
    assert_false(has(a, "Content-Length"));
    assert_true(ends(a, "\r\n\r\n6\r\nhello \r\n10\r\na world of 16 b.\r\n0\r\n\r\n"));
    a = client_ask(fd, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_true(has(a, "Connection: close\r\n"));
    assert_true(ends(a, "\r\n\r\nhello a world of 16 b."));
    assert_true(closed(fd));
    close(fd);
}

static void test_http_1_0(void **state)
{
    (void)state;
    int fd = client_new();
    assert_true(has(client_ask(fd, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
                    "Connection: keep-alive\r\n"));
    assert_true(has(client_ask(fd, "GET /x HTTP/1.0\r\n\r\n"), "Connection: close\r\n"));
    assert_true(closed(fd));
    close(fd);
}

/* A reply that is not what its head promised ends with the connection, and nothing can be taken for its end. */
static void test_broken_replies(void **state)
{
    (void)state;
    int fd = client_new();
    assert_true(ends(client_ask(fd, GET("/short") GET("/x")), "hello a world of 16 b."));
    assert_true(closed(fd));
    close(fd);
    fd = client_new();
    assert_true(ends(client_ask(fd, GET("/long") GET("/x")), "\r\n\r\nhello "));
    assert_true(closed(fd));
    close(fd);
    fd = client_new();
    assert_string_equal(client_ask(fd, GET("/none") GET("/x")), "(closed)");
    close(fd);
    assert_int_equal(fx.served, 3);
}

/* ---- order ---- */

static void test_pipelining(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(fd, GET("/1") GET("/2") GET("/slow") GET("/4") GET("/5"));
    assert_int_equal(count(a, "HTTP/1.1 200 OK"), 2);
    assert_true(ends(a, "/2"));
    advance_ms(5001);
    a = client_read(fd);
    assert_int_equal(count(a, "HTTP/1.1 200 OK"), 3);
    assert_true(strstr(a, "/slow") < strstr(a, "/4") && strstr(a, "/4") < strstr(a, "/5"));
    assert_int_equal(fx.waited, DW_OK);
    close(fd);
}

/* More requests than a turn may serve, in pieces that cut heads anywhere: all are answered, in order. */
static void test_many_pipelined(void **state)
{
    (void)state;
    int fd = client_new();
    char path[64];
    static char all[64000];
    size_t n = 0;
    for (unsigned i = 0; i < 300; i++)
        n += (size_t)snprintf(all + n, sizeof(all) - n, "GET /n%u HTTP/1.1\r\nHost: a\r\nX-Pad: %0*d\r\n\r\n",
                              i, (int)(i % 97) + 1, 0);
    unsigned answered = 0;
    for (size_t at = 0; at < n;) {
        size_t piece = n - at < 4999 ? n - at : 4999;
        assert_int_equal(send(fd, all + at, piece, 0), piece);
        at += piece;
        turn(10);
        const char *a = client_read(fd);
        for (;; answered++) {
            snprintf(path, sizeof(path), "\r\n\r\n/n%u", answered);
            a = strstr(a, path);
            if (a == NULL)
                break;
        }
    }
    assert_int_equal(answered, 300);
    close(fd);
}

static void test_budget_of_a_turn(void **state)
{
    (void)state;
    int fd = client_new();
    static char all[64000];
    size_t n = 0;
    for (unsigned i = 0; i < 200; i++)
        n += (size_t)snprintf(all + n, sizeof(all) - n, "%s", GET("/x"));
    assert_int_equal(send(fd, all, n, 0), n);
    turn(1);
    assert_in_range(fx.served, 1, 128);
    turn(10);
    assert_int_equal(fx.served, 200);
    close(fd);
}

/* ---- bodies ---- */

#define CHUNKED                                                                                    \
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n " \
    "world\r\n0\r\nT: u\r\n\r\n"
#define LENGTH "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello again"

static void test_bodies(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(fd, CHUNKED LENGTH GET("/behind"));
    assert_true(has(a, "hello\r\n6\r\n world\r\n0\r\n\r\n"));
    assert_true(has(a, "\r\n\r\nhello again"));
    assert_true(ends(a, "/behind"));
    a = client_ask(fd, "POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_true(ends(a, "\r\n\r\nabcde"));
    assert_true(ends(client_ask(fd, "POST /whole HTTP/1.1\r\nHost: a\r\n\r\n"), "\r\n\r\n"));
    close(fd);
}

/* Two requests, cut in two at every byte. */
static void test_every_split(void **state)
{
    (void)state;
    static const char all[] = CHUNKED LENGTH GET("/behind");
    for (size_t cut = 1; cut < sizeof(all) - 1; cut++) {
        int fd = client_new();
        assert_int_equal(send(fd, all, cut, 0), cut);
        turn(4);
        assert_int_equal(send(fd, all + cut, sizeof(all) - 1 - cut, 0), sizeof(all) - 1 - cut);
        turn(8);
        const char *a = client_read(fd);
        if (a == NULL || count(a, "HTTP/1.1 200 OK") != 3 || !has(a, "hello again") || !ends(a, "/behind"))
            fail_msg("cut at %zu: %s", cut, a);
        close(fd);
        turn(2);
    }
}

static void test_one_byte_at_a_time(void **state)
{
    (void)state;
    static const char all[] = CHUNKED LENGTH GET("/behind");
    int fd = client_new();
    for (size_t i = 0; i < sizeof(all) - 1; i++) {
        assert_int_equal(send(fd, all + i, 1, 0), 1);
        turn(3);
    }
    const char *a = client_read(fd);
    assert_int_equal(count(a, "HTTP/1.1 200 OK"), 3);
    assert_true(has(a, "hello again") && ends(a, "/behind"));
    close(fd);
}

static void test_continue(void **state)
{
    (void)state;
    int fd = client_new();
    client_send(fd, "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(client_read(fd), "HTTP/1.1 100 Continue\r\n\r\n");
    const char *a = client_ask(fd, "abc");
    assert_true(begins(a, "HTTP/1.1 200 OK\r\n") && ends(a, "\r\n\r\nabc"));
    /* The body is there already: nothing to ask for. */
    a = client_ask(fd,
                   "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
    assert_true(begins(a, "HTTP/1.1 200 OK\r\n"));
    /* A handler that does not read: the client never sends its body, or does: nobody knows. */
    a = client_ask(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_true(begins(a, "HTTP/1.1 200 OK\r\n") && has(a, "Connection: close\r\n"));
    close(fd);
}

static void test_limit(void **state)
{
    (void)state;
    int fd = client_new();
    client_ask(fd, "POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello again");
    assert_int_equal(fx.read, DW_TOO_LARGE);
    assert_true(closed(fd));
    close(fd);
    fd = client_new();
    client_ask(fd, "POST /limited HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello "
                   "again\r\n0\r\n\r\n");
    assert_int_equal(fx.read, DW_TOO_LARGE);
    close(fd);
    fd = client_new();
    const char *a = client_ask(fd, "POST /limited HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                                   "chunked\r\n\r\na\r\nhello agai\r\n0\r\n\r\n");
    assert_int_equal(fx.read, DW_OK);
    assert_true(ends(a, "0\r\n\r\n"));
    close(fd);
}

static void test_unread_body(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(
        fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nGET /evil HTTP/1.1\r\nHost: ");
    assert_true(ends(a, "/x"));
    assert_int_equal(fx.served, 1);
    a = client_ask(fd, "abcde" GET("/y"));
    assert_true(ends(a, "/y"));
    assert_int_equal(fx.served, 2);
    a = client_ask(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n" GET("/evil"));
    assert_int_equal(count(a, "HTTP/1.1"), 1);
    assert_int_equal(fx.served, 3);
    assert_true(closed(fd));
    close(fd);
}

static void test_bad_body(void **state)
{
    (void)state;
    int fd = client_new();
    const char *a = client_ask(
        fd,
        "POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" GET(
            "/evil"));
    assert_true(begins(a, "HTTP/1.1 400 ") && has(a, "Connection: close\r\n"));
    assert_int_equal(fx.read, DW_BAD_REQUEST);
    assert_int_equal(fx.served, 1);
    assert_true(closed(fd));
    close(fd);
}

/* ---- refusals ---- */

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *in, *status;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n" GET("/evil"), "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\nHost: a\n\n" GET("/evil"), "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET(
             "/evil"),
         "HTTP/1.1 400 "},
        {GET("/a/..%2fb") GET("/evil"), "HTTP/1.1 400 "},
        {GET("/a/../b") GET("/evil"), "HTTP/1.1 400 "},
        {"GET / HTTP/3.0\r\n\r\n", "HTTP/1.1 505 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", "HTTP/1.1 417 "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = client_new();
        const char *a = client_ask(fd, rows[i].in);
        assert_true(begins(a, rows[i].status));
        assert_true(has(a, "Connection: close\r\n") && has(a, "X-Request-Id: "));
        assert_int_equal(count(a, "HTTP/1.1 "), 1);
        assert_true(closed(fd));
        assert_int_equal(fx.served, i + 1);
        close(fd);
    }
    assert_int_equal(dw__http_server_counts(fx.server).refused, 7);
}

/* ---- leaving ---- */

static void test_client_leaves(void **state)
{
    (void)state;
    int fd = client_new();
    client_send(fd, GET("/slow"));
    close(fd);
    turn(4);
    assert_int_equal(fx.waited, DW_CANCELED);
    assert_true(dw__http_server_idle(fx.server));
}

static void test_client_leaves_in_body(void **state)
{
    (void)state;
    int fd = client_new();
    client_send(fd, "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nabc");
    close(fd);
    turn(4);
    assert_int_equal(fx.read, DW_CANCELED);
    assert_true(dw__http_server_idle(fx.server));
}

static void test_half_close(void **state)
{
    (void)state;
    int fd = client_new();
    assert_true(send(fd, GET("/1") GET("/2"), 2 * strlen(GET("/1")), 0) > 0);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    turn(5);
    assert_int_equal(count(client_read(fd), "HTTP/1.1 200"), 2);
    assert_true(closed(fd));
    close(fd);
    /* Later, it is taken to have left after a second, and told. */
    fd = client_new();
    client_send(fd, GET("/slow"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    turn(2);
    advance_ms(990);
    assert_int_equal(fx.waited, DW_ERR_APP_LAST);
    advance_ms(20);
    assert_int_equal(fx.waited, DW_CANCELED);
    assert_true(begins(client_read(fd), "HTTP/1.1 503 "));
    close(fd);
}

/* A megabyte through /echo while the client reads and writes in turns: what comes out is what went in. */
static void test_big_echo(void **state)
{
    (void)state;
    int fd = client_new();
    enum { N = 1 << 20 };
    static char all[N + 4096];
    size_t sent = 0, n = 0;
    client_send(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
    for (unsigned idle = 0; idle < 5;) {
        ssize_t w = sent < N ? send(fd, fx.big + sent, N - sent < 70000 ? N - sent : 70000, MSG_NOSIGNAL) : 0;
        sent += w > 0 ? (size_t)w : 0;
        turn(2);
        ssize_t r = recv(fd, all + n, sizeof(all) - n, 0);
        n += r > 0 ? (size_t)r : 0;
        idle = w > 0 || r > 0 ? 0 : idle + 1;
        assert_true(dw__http_server_counts(fx.server).buffer_bytes <= 131072);
    }
    assert_int_equal(sent, N);
    assert_true(n > N);
    assert_memory_equal(all + n - N, fx.big, N);
    close(fd);
}

/* The head stays readable while a body larger than any buffer goes by. */
static void test_head_is_kept(void **state)
{
    (void)state;
    int fd = client_new();
    char chunk[2010];
    size_t total = 0;
    memcpy(chunk, "7d0\r\n", 5);
    memset(chunk + 5, 'Q', 2000);
    memcpy(chunk + 2005, "\r\n", 3);
    client_send(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nX-Keep: value\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (unsigned i = 0; i < 40; i++) {
        client_send(fd, chunk);
        total += count(client_read(fd), "Q");
    }
    assert_true(ends(client_ask(fd, "0\r\n\r\n"), "0\r\n\r\n"));
    assert_int_equal(total, 80000);
    assert_true(head_kept);
    close(fd);
}

static void test_size_of_idle(void **state)
{
    (void)state;
    assert_true(sizeof(struct h1_conn) <=
                448); /* of 512: the rest is the loop's timer slot and the slab's share */
}

/* Most of what a request may hold, though the memory for it grows as it comes. */
static void test_a_large_body(void **state)
{
    (void)state;
    for (size_t mib = 1; mib <= 6; mib++) {
        const size_t n = mib << 20;
        char head[128], answer[64];
        size_t sent = 0;
        ssize_t r;
        int fd = client_new();
        (void)snprintf(head, sizeof(head), "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                       n);
        (void)snprintf(answer, sizeof(answer), "\r\n\r\n%zu %02x", n, (unsigned char)fx.big[n - 1]);
        client_send(fd, head);
        while (sent < n) {
            if ((r = send(fd, fx.big + sent, n - sent, MSG_NOSIGNAL)) > 0)
                sent += (size_t)r;
            turn(2);
        }
        turn(100);
        assert_true(ends(client_read(fd), answer));
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hello),          TEST(test_head_204_304),       TEST(test_unknown_length),
        TEST(test_http_1_0),       TEST(test_broken_replies),     TEST(test_pipelining),
        TEST(test_many_pipelined), TEST(test_budget_of_a_turn),   TEST(test_bodies),
        TEST(test_every_split),    TEST(test_one_byte_at_a_time), TEST(test_continue),
        TEST(test_limit),          TEST(test_unread_body),        TEST(test_bad_body),
        TEST(test_refused),        TEST(test_client_leaves),      TEST(test_client_leaves_in_body),
        TEST(test_half_close),     TEST(test_big_echo),           TEST(test_size_of_idle),
        TEST(test_head_is_kept),   TEST(test_a_large_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
