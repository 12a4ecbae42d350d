/* The server around its connections: listeners, the cap, draining, no fiber to be had. */
#include "server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static void serve(void *self, dw_req *req)
{
    (void)self;
    fx.served++;
    if (dw__text_is(req->path, "/slow"))
        fx.waited = dw_sleep(&req->ctx, 5000);
    dw_text text = req->admin ? DW_TEXT("admin") : req->peer.text;
    (void)!dw_reply_json(req, 200, text);
}

static int teardown(void **state)
{
    (void)state;
    fixture_free();
    return 0;
}

static int listener(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 100), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static int dial(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    turn(3);
    return fd;
}

static void test_listeners(void **state)
{
    (void)state;
    uint16_t port[3];
    fixture_new(NULL, NULL, 4);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&port[0]), 0, false, true), DW_OK);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&port[1]), 1, false, false), DW_OK);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&port[2]), 7, true, true), DW_OK);
    int a = dial(port[0]), b = dial(port[1]), c = dial(port[2]);
    assert_true(ends(client_ask(a, GET("/")), "\r\n\r\n127.0.0.1"));
    assert_string_equal(client_ask(b, GET("/")), "");
    assert_true(ends(client_ask(c, GET("/")), "\r\n\r\nadmin"));
    /* Its worker died: what waits in its queue is served. */
    dw__http_server_adopt(fx.server, 1);
    turn(3);
    assert_true(ends(client_read(b), "127.0.0.1"));
    dw__http_server_give_up(fx.server, 1);
    dw__http_server_adopt(fx.server, 99);
    close(b);
    b = dial(port[1]);
    assert_string_equal(client_ask(b, GET("/")), "");
    close(a);
    close(b);
    close(c);
}

static void test_cap(void **state)
{
    (void)state;
    uint16_t port, admin_port;
    struct net_limits net = dw__net_limits_default();
    net.connections = 2;
    net.refused = 1;
    fixture_new(&net, NULL, 4);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&port), 0, false, true), DW_OK);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&admin_port), 1, true, true), DW_OK);
    int a = dial(port), b = dial(port), refused = dial(port), c = dial(port);
    assert_true(ends(client_ask(a, GET("/")), "127.0.0.1"));
    assert_true(ends(client_ask(b, GET("/")), "127.0.0.1"));
    assert_string_equal(client_ask(refused, GET("/")), "HTTP/1.1 503 Busy\r\n\r\n");
    assert_true(closed(refused));
    assert_string_equal(client_ask(c, GET("/")), "");
    assert_int_equal(dw__http_server_counts(fx.server).connections, 3);
    int health = dial(admin_port);
    assert_true(ends(client_ask(health, GET("/")), "admin"));
    close(health);
    close(a);
    close(refused);
    turn(5);
    assert_true(ends(client_read(c), "127.0.0.1"));
    close(b);
    close(c);
}

static void on_drained(void *arg)
{
    *(bool *)arg = true;
}

static void test_drain(void **state)
{
    (void)state;
    bool drained = false;
    uint16_t port;
    fixture_new(NULL, NULL, 4);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&port), 0, false, true), DW_OK);
    int idle = client_new(), busy = client_new();
    assert_false(has(client_ask(idle, GET("/")), "Connection:"));
    client_send(busy, GET("/slow"));
    dw__http_server_drain(fx.server, on_drained, &drained);
    int late = dial(port);
    assert_string_equal(client_ask(late, GET("/")), "");
    assert_true(has(client_ask(idle, GET("/")), "Connection: close\r\n"));
    assert_true(closed(idle));
    close(idle);
    turn(3);
    assert_false(drained);
    advance_ms(5001);
    assert_int_equal(fx.waited, DW_OK);
    assert_true(has(client_read(busy), "Connection: close\r\n"));
    close(busy);
    turn(3);
    assert_true(drained);
    close(late);
}

static void test_drain_of_nothing(void **state)
{
    (void)state;
    bool drained = false;
    fixture_new(NULL, NULL, 4);
    dw__http_server_drain(fx.server, on_drained, &drained);
    assert_false(drained);
    turn(1);
    assert_true(drained);
}

static void test_no_fiber(void **state)
{
    (void)state;
    fixture_new(NULL, NULL, 1);
    int a = client_new(), b = client_new();
    client_send(a, GET("/slow"));
    assert_string_equal(client_ask(b, GET("/x")), "HTTP/1.1 503 Busy\r\n\r\n");
    assert_true(closed(b));
    assert_int_equal(dw__http_server_counts(fx.server).overloaded, 1);
    assert_int_equal(fx.served, 1);
    close(a);
    close(b);
}

/* A reset while the handler waits. */
static void test_reset(void **state)
{
    (void)state;
    uint16_t port;
    fixture_new(NULL, NULL, 4);
    assert_int_equal(dw__http_server_listen(fx.server, listener(&port), 0, false, true), DW_OK);
    int fd = dial(port);
    client_send(fd, GET("/slow"));
    const struct linger now = {.l_onoff = 1};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(fd);
    turn(4);
    assert_int_equal(fx.waited, DW_CANCELED);
    assert_true(dw__http_server_idle(fx.server));
}

static void test_requests_per_connection(void **state)
{
    (void)state;
    struct net_limits net = dw__net_limits_default();
    net.requests_per_connection = 2;
    fixture_new(&net, NULL, 4);
    int fd = client_new();
    assert_false(has(client_ask(fd, GET("/")), "Connection:"));
    const char *a = client_ask(fd, GET("/") GET("/"));
    assert_int_equal(count(a, "HTTP/1.1"), 1);
    assert_true(has(a, "Connection: close\r\n"));
    close(fd);
}

/* Everything that connections and requests hold is taken once and used again. */
static void test_reuse(void **state)
{
    (void)state;
    fixture_new(NULL, NULL, 4);
    for (unsigned i = 0; i < 200; i++) {
        int fd = client_new();
        assert_true(ends(client_ask(fd, GET("/")), "unix"));
        close(fd);
        turn(2);
    }
    struct http_server_counts counts = dw__http_server_counts(fx.server);
    assert_int_equal(counts.accepted, 200);
    assert_int_equal(counts.requests, 200);
    assert_int_equal(counts.connections, 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_listeners), TEST(test_cap),   TEST(test_drain), TEST(test_drain_of_nothing),
        TEST(test_no_fiber),  TEST(test_reset), TEST(test_reuse), TEST(test_requests_per_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
