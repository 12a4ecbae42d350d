/* Connections that begin with a header of the PROXY protocol: whose they are then, and which are cut. */
#include "server_fixture.h"

#include "http/server_inside.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static struct ip_net trusted[2];
static struct proxies proxies = {.nets = trusted, .n_nets = 2, .hops = 2};

/* Whose request it is: "client via proxy, https". */
static void serve(void *self, dw_req *req)
{
    dw_text said = dw__arena_format(&req->arena, "%.*s via %.*s%s", DW_FMT(req->peer.text), DW_FMT(req->via),
                                    req->https ? ", https" : "");

    ((struct fixture *)self)->served++;
    if (req->refused != DW_OK)
        said = DW_TEXT("refused");
    if (dw__reply_send(req, 200, DW_TEXT("text/plain"), said) != DW_OK)
        req->reply.close = true;
}

static int set_up(void **state)
{
    (void)state;
    fixture_new(NULL, NULL, 8);
    fx.server->config.proxies = &proxies;
    fx.server->config.proxy_protocol = true;
    proxies.hops = 2;
    return dw__ip_net_read(DW_TEXT("unix"), &trusted[0]) != NULL ||
           dw__ip_net_read(DW_TEXT("10.0.0.1"), &trusted[1]) != NULL;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free();
    return 0;
}

static const char *ask(const char *bytes, size_t n)
{
    int fd = client_new();
    const char *answer;

    (void)!send(fd, bytes, n, MSG_NOSIGNAL); /* it may be closed already */
    turn(6);
    answer = client_read(fd);
    close(fd);
    return answer != NULL ? answer : "(closed)";
}
#define ASK(bytes) ask(bytes, sizeof(bytes) - 1)

static uint64_t refused(void)
{
    return dw__count_get(&fx.server->counts->proxy_refused);
}

static void speaks_for_another(void **state)
{
    (void)state;
    assert_true(ends(ASK("PROXY TCP4 1.2.3.4 9.9.9.9 1 2\r\n" GET("/")), "\r\n\r\n1.2.3.4 via unix"));
    assert_true(
        ends(ASK(SIGNATURE
                 "\x21\x11\0\x14\x01\x02\x03\x04\x7f\0\0\x01\0\x01\0\x02\x20\0\x05\x01\0\0\0\0" GET("/")),
             "\r\n\r\n1.2.3.4 via unix, https"));
    assert_true(ends(ASK(SIGNATURE "\x20\0\0\0" GET("/")), "\r\n\r\nunix via "));
    assert_true(ends(ASK("PROXY UNKNOWN\r\n" GET("/")), "\r\n\r\nunix via "));
    assert_int_equal(refused(), 0);
}

/* It is said once, and holds for every request of the connection. */
static void for_all_of_a_connection(void **state)
{
    int fd = client_new();

    (void)state;
    client_send(fd, "PROXY TCP4 1.2.3.4 9.9.9.9 1 2\r\n" GET("/") GET("/"));
    assert_int_equal(count(client_read(fd), "1.2.3.4 via unix"), 2);
    assert_true(ends(client_ask(fd, GET("/")), "1.2.3.4 via unix"));
    assert_true(has(client_ask(fd, "PROXY TCP4 6.6.6.6 9.9.9.9 1 2\r\n" GET("/")), "refused"));
    close(fd);
}

/* Its client is the next that may speak for others, if that is trusted and there may be so many. */
static void counts_as_a_hop(void **state)
{
    static const char asked[] = "PROXY TCP4 10.0.0.1 9.9.9.9 1 2\r\n"
                                "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n";

    (void)state;
    assert_true(ends(ask(asked, sizeof asked - 1), "\r\n\r\n1.2.3.4 via unix"));
    proxies.hops = 1;
    assert_true(ends(ask(asked, sizeof asked - 1), "\r\n\r\n10.0.0.1 via unix"));
    proxies.hops = 2;
    assert_true(ends(ASK("PROXY TCP4 10.0.0.2 9.9.9.9 1 2\r\n"
                         "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"),
                     "\r\n\r\n10.0.0.2 via unix"));
}

static void is_cut(void **state)
{
    uint64_t before = refused();

    (void)state;
    assert_string_equal(ASK(GET("/")), "(closed)");
    assert_string_equal(ASK("PROXY TCP4 1.2.3.4 9.9.9.9 1 99999\r\n" GET("/")), "(closed)");
    assert_string_equal(ASK(SIGNATURE "\x21\x11\xff\xff"), "(closed)");
    assert_int_equal(refused(), before + 3);
    trusted[0] = trusted[1];
    assert_string_equal(ASK("PROXY TCP4 1.2.3.4 9.9.9.9 1 2\r\n" GET("/")), "(closed)");
    assert_int_equal(refused(), before + 4);
    assert_int_equal(fx.served, 0);
}

static void comes_in_pieces(void **state)
{
    static const char bytes[] = "PROXY TCP4 1.2.3.4 9.9.9.9 1 2\r\n" GET("/");
    int fd = client_new();

    (void)state;
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        assert_int_equal(send(fd, bytes + i, 1, MSG_NOSIGNAL), 1);
        turn(2);
    }
    assert_true(ends(client_read(fd), "1.2.3.4 via unix"));
    close(fd);
}

static void may_not_be_slow(void **state)
{
    int half = client_new(), nothing = client_new(), left = client_new();
    uint64_t before = refused();

    (void)state;
    client_send(half, "PROXY TCP4 1.2.3.4");
    advance_ms(9000);
    client_send(half, " 9.9.9.9");
    assert_string_equal(client_read(half), "");
    close(left); /* somebody who asks whether we are there */
    turn(5);
    assert_int_equal(refused(), before);
    advance_ms(2000);
    assert_true(closed(half) && closed(nothing));
    close(half);
    close(nothing);
    half = client_new();
    client_send(half, "PROXY TCP4 1.2.3.4");
    (void)shutdown(half, SHUT_WR);
    assert_true(closed(half));
    close(half);
    assert_int_equal(refused(), before + 1);
}

/* Health is asked on a listener of its own. */
static void not_of_the_admin(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(dw__http_server_take(fx.server, fds[1], true), DW_OK);
    turn(1);
    assert_true(ends(client_ask(fds[0], GET("/")), "\r\n\r\nunix via "));
    close(fds[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(speaks_for_another), TEST(for_all_of_a_connection), TEST(counts_as_a_hop),  TEST(is_cut),
        TEST(comes_in_pieces),    TEST(may_not_be_slow),         TEST(not_of_the_admin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
