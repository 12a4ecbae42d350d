/* Who has a place in a worker: caps of addresses, who leaves when all places are taken, and nothing counted behind them. */
#include "server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/load.h"
#include "http/server_inside.h"

#define HALF "GET / HT"
#define REST "TP/1.1\r\nHost: a\r\n\r\n"

static struct ip_net trusted[1];
static struct proxies proxies = {.nets = trusted, .n_nets = 1, .hops = 1};
static uint16_t port;

static void serve(void *self, dw_req *req)
{
    char part[16];
    size_t n = 1;

    (void)self;
    fx.served++;
    req->body_limit = 100;
    while (dw__text_is(req->path, "/read") && n > 0 &&
           (fx.read = dw_req_read(req, part, sizeof part, &n)) == DW_OK)
        ;
    if (dw__text_is(req->path, "/wait"))
        fx.waited = dw_sleep(&req->ctx, 60000);
    if (dw__text_is(req->path, "/text")) {
        (void)!dw__reply_send(req, 200, (dw_text){0}, (dw_text){fx.big, 8000});
        return;
    }
    if (dw__text_is(req->path, "/part")) {
        fx.read = dw_req_read(req, part, sizeof part, &n);
        fx.waited = dw_sleep(&req->ctx, 60000);
    }
    if (dw__text_is(req->path, "/big"))
        fx.wrote = dw__reply_send(req, 200, (dw_text){0}, (dw_text){fx.big, BIG});
    else
        (void)!dw_reply_json(req, req->refused == DW_OK ? 200 : 400, req->peer.text);
}

static void begin(const struct net_limits *net)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    fixture_new(net, NULL, 8);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 100), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    port = ntohs(at.sin_port);
    assert_int_equal(dw__http_server_listen(fx.server, fd, 0, false, true), DW_OK);
}

/* From 127.0.0.`who`. */
static int dial_from(unsigned who)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u + who)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    turn(3);
    return fd;
}

/* Nothing is counted any more, and nobody stands in a line. */
static void nothing_is_left(void)
{
    turn(5);
    assert_int_equal(dw__http_server_counts(fx.server).connections, 0);
    assert_int_equal(dw__caps_held(fx.server->caps), 0);
    assert_true(dw__list_empty(&fx.server->heads));
    assert_true(dw__list_empty(&fx.server->stalled));
    assert_true(dw__list_empty(&fx.server->idle));
}

static int teardown(void **state)
{
    (void)state;
    dw__http_server_cut_all(fx.server);
    nothing_is_left();
    fixture_free();
    return 0;
}

/* ---- caps ---- */

static void connections_of_an_address(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int a, b, c, other;

    (void)state;
    net.per_address = 2;
    begin(&net);
    a = dial_from(1), b = dial_from(1), c = dial_from(1), other = dial_from(2);
    assert_true(closed(c));
    assert_true(ends(client_ask(a, GET("/")), "127.0.0.1"));
    assert_true(ends(client_ask(other, GET("/")), "127.0.0.2"));
    assert_int_equal(fx.server->counts->capped, 1);
    close(a);
    close(c);
    turn(3);
    a = dial_from(1);
    assert_true(ends(client_ask(a, GET("/")), "127.0.0.1"));
    close(a);
    close(b);
    close(other);
    nothing_is_left();
}

static void this_machine_is_spared(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int a, b;

    (void)state;
    net.per_address = 1;
    net.spares_loopback = 1;
    begin(&net);
    a = dial_from(1), b = dial_from(1);
    assert_true(ends(client_ask(a, GET("/")), "127.0.0.1"));
    assert_true(ends(client_ask(b, GET("/")), "127.0.0.1"));
    close(a);
    close(b);
}

static void new_ones_in_a_second(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int fd;

    (void)state;
    net.new_per_second = 2;
    begin(&net);
    for (int i = 0; i < 2; i++) {
        fd = dial_from(1);
        assert_true(ends(client_ask(fd, GET("/")), "127.0.0.1"));
        close(fd);
    }
    fd = dial_from(1);
    assert_true(closed(fd));
    close(fd);
    advance_ms(501);
    fd = dial_from(1);
    assert_true(ends(client_ask(fd, GET("/")), "127.0.0.1"));
    close(fd);
    nothing_is_left();
}

/* One at a time; a head that is complete, refused, too slow or given up makes room for another. */
static void heads_of_an_address(void **state)
{
    static const char *const ends_of_a_head[] = {REST, "TP/1.1\r\nbroken\r\n\r\n", NULL, ""};
    struct net_limits net = dw__net_limits_default();
    int a, b;

    (void)state;
    net.heads_per_address = 1;
    begin(&net);
    for (size_t i = 0; i < sizeof ends_of_a_head / sizeof *ends_of_a_head; i++) {
        a = dial_from(1), b = dial_from(1);
        assert_string_equal(client_ask(a, HALF), "");
        assert_string_equal(client_ask(b, HALF), "(closed)");
        close(b);
        if (ends_of_a_head[i] == NULL)
            advance_ms(10001);
        else if (*ends_of_a_head[i] == '\0')
            (void)shutdown(a, SHUT_WR);
        else
            client_send(a, ends_of_a_head[i]);
        turn(5);
        b = dial_from(1);
        assert_string_equal(client_ask(b, HALF), "");
        assert_true(ends(client_ask(b, REST), "127.0.0.1"));
        close(a);
        close(b);
        nothing_is_left();
    }
}

/* Several requests in one piece, of which the last is not complete. */
static void heads_of_a_pipeline(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int a, b;

    (void)state;
    net.heads_per_address = 1;
    begin(&net);
    a = dial_from(1), b = dial_from(1);
    assert_int_equal(count(client_ask(a, GET("/") GET("/") HALF), "127.0.0.1"), 2);
    assert_string_equal(client_ask(b, HALF), "(closed)");
    assert_int_equal(count(client_ask(a, REST GET("/") GET("/") HALF), "127.0.0.1"), 3);
    close(b);
    b = dial_from(1);
    close(a);
    turn(3);
    assert_string_equal(client_ask(b, HALF), "");
    assert_true(ends(client_ask(b, REST), "127.0.0.1"));
    close(b);
    nothing_is_left();
}

static void trusted_proxies_have_no_cap(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int a, b;

    (void)state;
    net.per_address = 1;
    begin(&net);
    assert_null(dw__ip_net_read(DW_TEXT("127.0.0.7"), &trusted[0]));
    fx.server->config.proxies = &proxies;
    a = dial_from(7), b = dial_from(7);
    assert_true(ends(client_ask(a, GET("/")), "127.0.0.7"));
    assert_true(ends(client_ask(b, GET("/")), "127.0.0.7"));
    close(a);
    close(b);
    nothing_is_left();
}

/* Whom the PROXY protocol names has one. */
static void clients_of_a_proxy_have(void **state)
{
    static const char hello[] = "PROXY TCP4 1.2.3.4 9.9.9.9 1 2\r\n" GET("/");
    struct net_limits net = dw__net_limits_default();
    int a, b;

    (void)state;
    net.per_address = 1;
    begin(&net);
    assert_null(dw__ip_net_read(DW_TEXT("127.0.0.7"), &trusted[0]));
    fx.server->config.proxies = &proxies;
    fx.server->config.proxy_protocol = true;
    a = dial_from(7), b = dial_from(7);
    assert_true(ends(client_ask(a, hello), "1.2.3.4"));
    assert_string_equal(client_ask(b, hello), "(closed)");
    close(b);
    b = dial_from(7);
    assert_true(ends(client_ask(b, "PROXY TCP4 1.2.3.5 9.9.9.9 1 2\r\n" GET("/")), "1.2.3.5"));
    close(a);
    close(b);
    nothing_is_left();
}

/* ---- who leaves ---- */

/* The slowest head first, then a request whose client is slow, then who asks nothing; whom nobody has waited for stays. */
static void who_leaves(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int idle, silent, half, body, reader, next[6];

    (void)state;
    net.connections = 5;
    begin(&net);
    idle = dial_from(1);
    assert_true(ends(client_ask(idle, GET("/")), "127.0.0.1"));
    advance_ms(10);
    body = dial_from(2);
    assert_string_equal(client_ask(body, "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1"), "");
    advance_ms(10);
    reader = dial_from(3);
    client_send(reader, GET("/big"));
    advance_ms(10);
    silent = dial_from(4);
    advance_ms(10);
    half = dial_from(5);
    assert_string_equal(client_ask(half, HALF), "");
    next[0] = dial_from(6); /* nobody has waited for long enough */
    assert_string_equal(client_ask(next[0], GET("/")), "HTTP/1.1 503 Busy\r\n\r\n");
    close(next[0]);
    turn(5);
    advance_ms(200);
    next[0] = dial_from(6);
    assert_string_equal(client_ask(next[0], GET("/")), "HTTP/1.1 503 Busy\r\n\r\n");
    close(next[0]);
    turn(5);
    advance_ms(51);
    const int order[] = {silent, half, body, reader, idle};
    for (size_t i = 0; i < 5; i++) {
        next[i] = dial_from(10 + (unsigned)i);
        client_send(next[i], GET("/"));
        assert_true(has(client_read(next[i]), "127.0.0.1"));
        while (order[i] == reader && client_read(reader) != NULL && *got != '\0')
            ;
        assert_true(closed(order[i]));
    }
    assert_int_equal(fx.server->counts->displaced, 5);
    assert_int_equal(fx.read, DW_CANCELED);
    assert_int_equal(fx.wrote, DW_CANCELED);
    for (size_t i = 0; i < 5; i++) {
        close(order[i]);
        close(next[i]);
    }
    nothing_is_left();
}

/* A head that comes late, and byte by byte, does not lose its place in the line. */
static void dripping_wins_nothing(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int slow, later, next;

    (void)state;
    net.connections = 2;
    begin(&net);
    slow = dial_from(1);
    later = dial_from(2);
    for (int i = 0; i < 5; i++) {
        if (i >= 2)
            client_send(slow, i == 2 ? "GET" : " ");
        advance_ms(100);
    }
    next = dial_from(3);
    assert_true(closed(slow));
    assert_true(ends(client_ask(next, GET("/")), "127.0.0.3"));
    assert_true(ends(client_ask(later, GET("/")), "127.0.0.2"));
    close(slow);
    close(later);
    close(next);
    nothing_is_left();
}

/* A body that comes byte by byte keeps its place as well; one that comes as fast as it must stands behind the others. */
static void dripping_a_body_wins_nothing(void **state)
{
    static const char post[] = "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n1";
    struct net_limits net = dw__net_limits_default();
    int slow, fast, later, next[3];

    (void)state;
    net.connections = 3;
    net.body_window_bytes = 5;
    begin(&net);
    slow = dial_from(1), fast = dial_from(2), later = dial_from(3);
    assert_string_equal(client_ask(slow, post), "");
    assert_string_equal(client_ask(fast, post), "");
    advance_ms(10);
    assert_string_equal(client_ask(later, post), "");
    for (int i = 0; i < 3; i++) {
        advance_ms(100);
        assert_string_equal(client_ask(slow, "1"), "");
        assert_string_equal(client_ask(fast, "123456"), "");
    }
    next[0] = dial_from(4);
    assert_true(closed(slow));
    next[1] = dial_from(5);
    assert_true(closed(later));
    next[2] = dial_from(6); /* nobody has waited for `fast` for long enough */
    assert_string_equal(client_ask(next[2], GET("/")), "HTTP/1.1 503 Busy\r\n\r\n");
    assert_string_equal(client_ask(fast, "1"), "");
    for (int i = 0; i < 3; i++)
        close(next[i]);
    close(slow), close(fast), close(later);
    nothing_is_left();
}

/* Who does not send a body that nobody wants, does not take a last reply, or does not end behind it. */
static void who_leaves_without_a_request(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int rest, last, lingers, next[3];

    (void)state;
    net.connections = 3;
    begin(&net);
    rest = dial_from(1);
    assert_true(
        has(client_ask(rest, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1"), "127.0.0.1"));
    advance_ms(10);
    lingers = dial_from(2);
    assert_true(has(client_ask(lingers, "broken\r\n\r\n"), "127.0.0.2"));
    advance_ms(10);
    last = dial_from(3);
    client_send(last, "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    advance_ms(251);
    const int order[] = {rest, last, lingers};
    for (size_t i = 0; i < 3; i++) {
        next[i] = dial_from(10 + (unsigned)i);
        client_send(next[i], GET("/"));
        assert_true(has(client_read(next[i]), "127.0.0.1"));
        while (order[i] == last && client_read(last) != NULL && *got != '\0')
            ;
        assert_true(closed(order[i]));
    }
    assert_int_equal(fx.server->counts->displaced, 3);
    for (size_t i = 0; i < 3; i++) {
        close(order[i]);
        close(next[i]);
    }
    nothing_is_left();
}

/* A body that was read to its end is nobody's to wait for, whatever its handler does; and who has taken its reply is idle. */
static void who_has_done_all_is_idle(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int done, silent, next;

    (void)state;
    net.connections = 2;
    begin(&net);
    done = dial_from(1);
    assert_string_equal(client_ask(done, "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1"), "");
    assert_true(ends(client_ask(done, "2"), "127.0.0.1"));
    advance_ms(10);
    silent = dial_from(2);
    advance_ms(251);
    next = dial_from(3);
    assert_true(closed(silent));
    assert_true(ends(client_ask(done, GET("/")), "127.0.0.1"));
    close(done), close(silent), close(next);
    nothing_is_left();
}

/* One that has read a part and does something else now is not waited for. */
static void who_works_stays(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int works, next;

    (void)state;
    net.connections = 1;
    begin(&net);
    works = dial_from(1);
    assert_string_equal(client_ask(works, "POST /part HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"), "");
    advance_ms(100);
    assert_string_equal(client_ask(works, "1"), "");
    assert_int_equal(fx.read, DW_OK);
    advance_ms(300);
    next = dial_from(2);
    assert_string_equal(client_ask(next, GET("/")), "HTTP/1.1 503 Busy\r\n\r\n");
    close(works), close(next);
    turn(5);
    advance_ms(1001);
    nothing_is_left();
}

/* Few fibers are left: who is waited for longest leaves, though there are places for connections; a handler that works stays. */
static void requests_make_way(void **state)
{
    static const char post[] = "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1";
    struct net_limits net = dw__net_limits_default();
    struct load load = {.level = LOAD_CALM};
    int slow[8], next;

    (void)state;
    begin(&net);
    fx.services.load = &load;
    for (unsigned i = 0; i < 7; i++) {
        slow[i] = dial_from(1 + i);
        assert_string_equal(client_ask(slow[i], post), "");
        advance_ms(10);
    }
    assert_false(load.crowded);
    next = dial_from(9);
    assert_true(ends(client_ask(next, GET("/")), "127.0.0.9"));
    assert_int_equal(fx.server->counts->displaced, 0); /* nobody has waited for long enough */
    advance_ms(251);
    assert_true(ends(client_ask(next, GET("/")), "127.0.0.9"));
    assert_int_equal(fx.server->counts->displaced, 1);
    assert_true(closed(slow[0]));
    assert_true(ends(client_ask(next, GET("/")), "127.0.0.9"));
    assert_int_equal(fx.server->counts->displaced, 1); /* there are enough now */
    slow[7] = dial_from(8);
    assert_string_equal(client_ask(slow[7], post), "");
    assert_string_equal(client_ask(slow[0] = dial_from(1), post), "");
    assert_true(closed(slow[1]));
    for (unsigned i = 0; i < 8; i++)
        close(slow[i]);
    close(next);
    nothing_is_left();
}

/* Handlers that wait hold them, not those who are slow: nobody has to leave. */
static void requests_of_others_make_no_way(void **state)
{
    struct net_limits net = dw__net_limits_default();
    struct load load = {.level = LOAD_CALM};
    int working[6], reader, next;

    (void)state;
    begin(&net);
    fx.services.load = &load;
    for (unsigned i = 0; i < 6; i++) {
        working[i] = dial_from(1 + i);
        assert_string_equal(client_ask(working[i], GET("/wait")), "");
    }
    reader = dial_from(7);
    client_send(reader, GET("/big"));
    advance_ms(300);
    next = dial_from(8);
    for (unsigned i = 0; i < 20; i++)
        assert_true(ends(client_ask(next, GET("/")), "127.0.0.8"));
    assert_int_equal(fx.server->counts->displaced, 0);
    for (unsigned i = 0; i < 6; i++)
        close(working[i]);
    close(reader), close(next);
}

/* It is its turn that an upload waits for which comes faster than it is read, not its client. */
static void a_fast_upload_stays(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int fast, next;

    (void)state;
    net.connections = 1;
    net.bytes_per_turn = 16;
    begin(&net);
    fast = dial_from(1);
    assert_string_equal(client_ask(fast, "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"),
                        "");
    for (int i = 0; i < 6; i++) {
        assert_int_equal(send(fast, "0123456789abcdef", 16, MSG_NOSIGNAL), 16);
        turn(1);
        struct clock *clock = dw__loop_clock_for_test(fx.loop);
        dw__clock_set(clock, clock->unix_ms + 100);
    }
    assert_int_equal(send(fast, "012", 3, MSG_NOSIGNAL), 3);
    next = dial_from(2);
    assert_int_equal(fx.server->counts->displaced, 0);
    close(fast), close(next);
}

/* Replies that nobody takes hold memory between two requests too. */
static void who_takes_no_reply_stalls(void **state)
{
    struct net_limits net = dw__net_limits_default();
    int full, idle, next;

    (void)state;
    net.connections = 2;
    net.unsent_bytes = (uint32_t)BIG * 2;
    begin(&net);
    idle = dial_from(1);
    assert_true(ends(client_ask(idle, GET("/")), "127.0.0.1"));
    advance_ms(10);
    full = dial_from(2);
    for (int i = 0; i < 2000; i++)
        (void)send(full, GET("/text"), sizeof GET("/text") - 1, MSG_NOSIGNAL);
    turn(200);
    advance_ms(300);
    next = dial_from(3);
    assert_int_equal(fx.server->counts->displaced, 1);
    assert_true(ends(client_ask(idle, GET("/")), "127.0.0.1"));
    close(full), close(idle), close(next);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {
        TEST(connections_of_an_address),
        TEST(this_machine_is_spared),
        TEST(new_ones_in_a_second),
        TEST(heads_of_an_address),
        TEST(heads_of_a_pipeline),
        TEST(trusted_proxies_have_no_cap),
        TEST(clients_of_a_proxy_have),
        TEST(who_leaves),
        TEST(dripping_wins_nothing),
        TEST(dripping_a_body_wins_nothing),
        TEST(who_leaves_without_a_request),
        TEST(who_has_done_all_is_idle),
        TEST(requests_make_way),
        TEST(requests_of_others_make_no_way),
        TEST(a_fast_upload_stays),
        TEST(who_takes_no_reply_stalls),
        TEST(who_works_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
