/* The HTTP/1.1 connection and the clock: what is slow ends, at no cost to anybody else; what is merely large does not. */
#include "h1_routes.h"

static void test_idle(void **state)
{
    (void)state;
    int fd = client_new();
    client_ask(fd, GET("/x"));
    assert_int_equal(dw__http_server_counts(fx.server).buffer_bytes, 0);
    advance_ms(59000);
    assert_true(ends(client_ask(fd, GET("/y")), "/y"));
    advance_ms(59900);
    assert_string_equal(client_read(fd), "");
    advance_ms(200);
    assert_true(closed(fd));
    assert_int_equal(dw__http_server_counts(fx.server).timed_out, 1);
    assert_int_equal(fx.served, 2);
    close(fd);
}

static void test_slow_head(void **state)
{
    (void)state;
    int fd = client_new();
    static const char head[] = "GET /x HTTP/1.1\r\nHost: a\r\nX: yyyyyyy";
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(send(fd, head + i, 1, 0), 1);
        turn(1);
        advance_ms(1000);
    }
    assert_string_equal(client_read(fd), "");
    assert_true(dw__http_server_counts(fx.server).buffer_bytes <= 1024);
    advance_ms(1001);
    const char *a = client_read(fd);
    assert_true(begins(a, "HTTP/1.1 408 ") && has(a, "Connection: close"));
    assert_true(closed(fd));
    close(fd);
}

static void test_slow_body(void **state)
{
    (void)state;
    int fd = client_new();
    client_send(fd, "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\nabc");
    for (unsigned i = 0; i < 9; i++) {
        client_send(fd, "x");
        advance_ms(1000);
    }
    assert_string_equal(client_read(fd), "");
    advance_ms(1001);
    assert_int_equal(fx.read, DW_REQUEST_TIMEOUT);
    assert_true(begins(client_read(fd), "HTTP/1.1 408 "));
    close(fd);
}

/* A slow body that keeps the minimum rate takes as long as it takes. */
static void test_slow_body_at_rate(void **state)
{
    (void)state;
    int fd = client_new();
    char part[601];
    memset(part, 'x', 600);
    part[600] = '\0';
    client_send(fd, "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 6000\r\n\r\n");
    for (unsigned i = 0; i < 10; i++) {
        advance_ms(4000);
        client_send(fd, part);
    }
    assert_int_equal(fx.read, DW_OK);
    assert_true(begins(client_read(fd), "HTTP/1.1 200 "));
    close(fd);
}

/* Who does not read what it asked for makes nobody else pay: the memory is bounded and the wait ends. */
static void test_slow_reader(void **state)
{
    (void)state;
    int fd = client_new();
    client_send(fd, GET("/big"));
    assert_int_equal(fx.wrote, DW_ERR_APP_LAST);
    assert_true(dw__http_server_counts(fx.server).buffer_bytes <= 65536);
    char part[4096];
    for (unsigned i = 0; i < 8; i++) {
        advance_ms(9000);
        assert_int_equal(recv(fd, part, sizeof(part), 0), sizeof(part));
        turn(2);
    }
    advance_ms(10001);
    assert_int_equal(fx.wrote, DW_CANCELED);
    turn(2);
    assert_true(dw__http_server_idle(fx.server));
    close(fd);
}

static void test_big_reply(void **state)
{
    (void)state;
    int fd = client_new();
    client_send(fd, GET("/big"));
    static char all[BIG + 4096];
    size_t n = 0;
    for (unsigned idle = 0; idle < 3;) {
        ssize_t r = recv(fd, all + n, sizeof(all) - n, 0);
        if (r > 0)
            n += (size_t)r;
        idle = r > 0 ? 0 : idle + 1;
        turn(2);
    }
    assert_true(n > BIG);
    assert_memory_equal(all + n - BIG, fx.big, BIG);
    assert_int_equal(fx.wrote, DW_OK);
    assert_true(ends(client_ask(fd, GET("/x")), "/x"));
    close(fd);
}

/* A client that pipelines and never reads is not read from any more. */
static void test_unread_pipelining(void **state)
{
    (void)state;
    int fd = client_new();
    for (unsigned i = 0; i < 4000; i++) {
        if (send(fd, GET("/pipelined"), strlen(GET("/pipelined")), MSG_NOSIGNAL) < 0)
            break;
        turn(1);
    }
    turn(20);
    assert_true(fx.served < 4000);
    assert_int_equal(dw__fiber_live(fx.fibers), 0);
    assert_true(dw__http_server_counts(fx.server).buffer_bytes <= 131072);
    advance_ms(10001);
    assert_true(dw__http_server_idle(fx.server));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_idle),
        TEST(test_slow_head),
        TEST(test_slow_body),
        TEST(test_slow_body_at_rate),
        TEST(test_slow_reader),
        TEST(test_big_reply),
        TEST(test_unread_pipelining),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
