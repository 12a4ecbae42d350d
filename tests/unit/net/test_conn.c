/* Connections below the protocol: bytes in and out, buffers, deadlines, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.h"
#include "net/conn.h"

static struct loop *loop;
static struct netbuf_pool bufs;
static struct net_limits limits;
static struct conn conn;
static int peer;
static unsigned inputs, writables, closes, releases, timeouts[2];

static void on_input(struct conn *c)
{
    (void)c;
    inputs++;
}
static void on_writable(struct conn *c)
{
    (void)c;
    writables++;
}
static void on_closed(struct conn *c)
{
    assert_true(c->closed);
    closes++;
}
static void on_timeout(struct conn *c, enum conn_deadline which)
{
    (void)c;
    timeouts[which]++;
}
static void on_released(struct conn *c)
{
    releases++;
    dw__conn_release(c);
}
static const struct conn_events events = {on_input, on_writable, NULL, on_closed, on_timeout, on_released};
static struct conn_env env;

static void turn(unsigned times)
{
    while (times-- > 0) {
        dw__loop_stop(loop);
        dw__loop_run(loop);
    }
}

static void advance_ms(int64_t ms)
{
    struct clock *clock = dw__loop_clock_for_test(loop);
    dw__clock_set(clock, clock->unix_ms + ms);
    turn(2);
}

static int setup(void **state)
{
    int fds[2];
    (void)state;
    inputs = writables = closes = releases = timeouts[0] = timeouts[1] = 0;
    assert_int_equal(dw__loop_new(&loop), DW_OK);
    struct clock *clock = dw__loop_clock_for_test(loop);
    dw__clock_set(clock, clock->unix_ms);
    dw__netbuf_pool_init(&bufs);
    limits = dw__net_limits_default();
    env = (struct conn_env){loop, &bufs, &limits, &events};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    peer = fds[0];
    dw__conn_init(&conn, &env, fds[1], NULL);
    dw__conn_start(&conn);
    turn(1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dw__conn_close(&conn);
    turn(2);
    assert_int_equal(releases, 1);
    assert_int_equal(bufs.lent_bytes, 0);
    dw__netbuf_pool_release(&bufs);
    dw__loop_free(loop);
    close(peer);
    return 0;
}

static void say(const char *text)
{
    assert_int_equal(send(peer, text, strlen(text), 0), strlen(text));
    turn(1);
}

static void test_input(void **state)
{
    (void)state;
    assert_int_equal(dw__conn_fill(&conn), STREAM_AGAIN);
    dw__conn_settle(&conn);
    assert_int_equal(bufs.lent_bytes, 0);
    unsigned before = inputs;
    say("hello");
    assert_int_equal(inputs, before + 1);
    assert_int_equal(dw__conn_fill(&conn), 5);
    assert_int_equal(dw__conn_fill(&conn), STREAM_AGAIN);
    assert_true(dw__text_is(dw__conn_input(&conn), "hello"));
    dw__conn_consume(&conn, 2);
    /* What is left moves into a small buffer. */
    dw__conn_settle(&conn);
    assert_true(dw__text_is(dw__conn_input(&conn), "llo"));
    assert_int_equal(bufs.lent_bytes, 1024);
    say("!");
    assert_int_equal(dw__conn_fill(&conn), 1);
    assert_true(dw__text_is(dw__conn_input(&conn), "llo!"));
    dw__conn_consume(&conn, 4);
    struct netbuf *buf = dw__conn_detach(&conn);
    assert_memory_equal(buf->data, "llo!", 4);
    assert_null(conn.in);
    dw__netbuf_return(&bufs, buf);
    assert_int_equal(conn.bytes_in, 6);
}

static void test_input_grows(void **state)
{
    (void)state;
    static char big[60000];
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 31 >> 3);
    assert_int_equal(send(peer, big, sizeof(big), 0), sizeof(big));
    turn(1);
    ptrdiff_t n;
    while ((n = dw__conn_fill(&conn)) > 0)
        ;
    assert_int_equal(n, CONN_FULL);
    dw_text in = dw__conn_input(&conn);
    assert_true(in.n > 32768 && in.n < sizeof(big));
    assert_memory_equal(in.p, big, in.n);
    /* With the front consumed there is room again, and nothing is lost. */
    dw__conn_consume(&conn, in.n - 10);
    while ((n = dw__conn_fill(&conn)) > 0)
        ;
    assert_int_equal(n, STREAM_AGAIN);
    in = dw__conn_input(&conn);
    assert_memory_equal(in.p, big + sizeof(big) - in.n, in.n);
}

static void test_end(void **state)
{
    (void)state;
    say("x");
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    turn(1);
    assert_true(conn.ending);
    assert_false(conn.ended);
    assert_int_equal(dw__conn_fill(&conn), 1);
    assert_int_equal(dw__conn_fill(&conn), STREAM_END);
    assert_int_equal(dw__conn_fill(&conn), STREAM_END);
    char c;
    assert_int_equal(dw__conn_read(&conn, &c, 1), STREAM_END);
    assert_int_equal(closes, 0);
    /* It can still be answered. */
    assert_true(dw__conn_put(&conn, "y", 1));
    turn(1);
    assert_int_equal(recv(peer, &c, 1, 0), 1);
    assert_int_equal(c, 'y');
}

static void test_gone(void **state)
{
    (void)state;
    assert_true(dw__conn_put(&conn, "y", 1));
    close(peer);
    peer = -1;
    turn(1);
    assert_int_equal(closes, 1);
    assert_true(conn.closed);
    assert_null(dw__conn_out(&conn, 1));
    assert_false(dw__conn_put(&conn, "y", 1));
    assert_int_equal(dw__conn_fill(&conn), STREAM_FAILED);
    assert_int_equal(dw__conn_write_through(&conn, "y", 1), STREAM_FAILED);
    dw__conn_deadline(&conn, 1);
    turn(2);
}

/* What was put in a turn leaves in one write at its end, in order. */
static void test_output(void **state)
{
    (void)state;
    char got[64];
    assert_true(dw__conn_put(&conn, "hello ", 6));
    char *at = dw__conn_out(&conn, 100);
    memcpy(at, "world", 5);
    dw__conn_out_commit(&conn, 5);
    assert_int_equal(recv(peer, got, sizeof(got), 0), -1);
    turn(1);
    assert_int_equal(recv(peer, got, sizeof(got), 0), 11);
    assert_memory_equal(got, "hello world", 11);
    assert_int_equal(bufs.lent_bytes, 0);
    assert_null(dw__conn_out(&conn, 20000));
}

/* Bytes written through stand behind those that wait; nothing is lost when the socket is full. */
static void test_write_through(void **state)
{
    (void)state;
    enum { N = 2000000 };
    static char big[N], back[N + 10];
    for (size_t i = 0; i < N; i++)
        big[i] = (char)(i * 17 >> 2);
    assert_true(dw__conn_put(&conn, "head", 4));
    size_t sent = 0, got = 0;
    while (sent < N || got < N + 4) {
        if (sent < N) {
            ptrdiff_t took = dw__conn_write_through(&conn, big + sent, N - sent);
            assert_true(took >= 0);
            sent += (size_t)took;
        }
        ssize_t r = recv(peer, back + got, sizeof(back) - got, 0);
        if (r > 0)
            got += (size_t)r;
        turn(1);
    }
    assert_true(writables > 0);
    assert_memory_equal(back, "head", 4);
    assert_memory_equal(back + 4, big, N);
    assert_int_equal(conn.out_deadline_ns, 0);
    assert_int_equal(conn.bytes_out, N + 4);
}

static void fill_socket(void)
{
    static const char block[65536];
    while (dw__conn_write_through(&conn, block, sizeof(block)) == sizeof(block))
        ;
    assert_true(conn.blocked);
}

/* A reader below the minimum rate times out; one at it does not. */
static void test_write_rate(void **state)
{
    (void)state;
    char got[8192];
    fill_socket();
    assert_true(dw__conn_put(&conn, "more", 4));
    for (unsigned i = 0; i < 30; i++) {
        advance_ms(9000);
        assert_int_equal(timeouts[CONN_DEADLINE_OUT], 0);
        while (conn.unsent == 4 && recv(peer, got, sizeof(got), 0) > 0)
            turn(1);
        fill_socket();
        assert_true(conn.unsent == 4 || dw__conn_put(&conn, "more", 4));
    }
    advance_ms(10001);
    assert_int_equal(timeouts[CONN_DEADLINE_OUT], 1);
    assert_int_equal(timeouts[CONN_DEADLINE_IN], 0);
}

static void test_deadline(void **state)
{
    (void)state;
    uint64_t now = dw__loop_clock(loop)->mono_ns;
    dw__conn_deadline(&conn, now + 100 * UINT64_C(1000000));
    uint64_t armed = conn.timer.at_ns;
    /* Later: the timer is left alone, and says nothing when it comes. */
    dw__conn_deadline(&conn, now + 300 * UINT64_C(1000000));
    assert_int_equal(conn.timer.at_ns, armed);
    advance_ms(200);
    assert_int_equal(timeouts[CONN_DEADLINE_IN], 0);
    /* Earlier: it moves. */
    dw__conn_deadline(&conn, now + 250 * UINT64_C(1000000));
    advance_ms(60);
    assert_int_equal(timeouts[CONN_DEADLINE_IN], 1);
    advance_ms(1000);
    assert_int_equal(timeouts[CONN_DEADLINE_IN], 1);
    dw__conn_deadline(&conn, now + 2000 * UINT64_C(1000000));
    dw__conn_deadline(&conn, 0);
    advance_ms(5000);
    assert_int_equal(timeouts[CONN_DEADLINE_IN], 1);
}

static void expect_peer(const struct sockaddr_storage *at, const char *text, bool loopback)
{
    struct conn c;
    dw__conn_init(&c, &env, -1, at);
    assert_true(dw__text_eq((dw_text){c.peer, c.peer_n}, dw__text_of(text)));
    assert_int_equal(c.peer_loopback, loopback);
}

static void test_peer(void **state)
{
    (void)state;
    static const struct {
        int family;
        const char *in, *out;
        bool loopback;
    } rows[] = {
        {AF_INET, "127.0.0.1", "127.0.0.1", true},
        {AF_INET, "255.100.9.10", "255.100.9.10", false},
        {AF_INET6, "::1", "::1", true},
        {AF_INET6, "2001:db8::7", "2001:db8::7", false},
        {AF_INET6, "::ffff:127.9.8.7", "127.9.8.7", true},
        {AF_INET6, "::ffff:10.0.0.1", "10.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sockaddr_storage at = {.ss_family = (sa_family_t)rows[i].family};
        void *to = rows[i].family == AF_INET ? (void *)&((struct sockaddr_in *)&at)->sin_addr
                                             : (void *)&((struct sockaddr_in6 *)&at)->sin6_addr;
        assert_int_equal(inet_pton(rows[i].family, rows[i].in, to), 1);
        expect_peer(&at, rows[i].out, rows[i].loopback);
    }
    expect_peer(NULL, "unix", true);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_input),      TEST(test_input_grows), TEST(test_end),
        TEST(test_gone),       TEST(test_output),      TEST(test_write_through),
        TEST(test_write_rate), TEST(test_deadline),    TEST(test_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
