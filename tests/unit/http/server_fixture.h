/* server_fixture.h -- a server in this process, clients at the other ends of socket pairs, and a clock that the test turns. */
#ifndef TESTS_UNIT_HTTP_SERVER_FIXTURE_H
#define TESTS_UNIT_HTTP_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "http/server.h"

#define BIG ((size_t)8 << 20)

struct fixture {
    struct loop *loop;
    struct fiber_pool *fibers;
    struct chunk_pool chunks;
    struct services services;
    struct http_app app;
    struct http_server *server;
    char *big;
    unsigned served, done; /* calls of the app */
    dw_err waited;         /* what /slow's wait returned */
    dw_err read;           /* what the last read of a body returned */
    dw_err wrote;
    char last_path[64];
    bool drained;
};
static struct fixture fx;

static void serve(void *self, dw_req *req);

static void on_done(void *self, dw_req *req)
{
    (void)req;
    ((struct fixture *)self)->done++;
}

static inline void fixture_new(const struct net_limits *net, const struct http_limits *http, size_t fibers)
{
    memset(&fx, 0, sizeof(fx));
    fx.waited = fx.read = fx.wrote = DW_ERR_APP_LAST;
    assert_int_equal(dw__loop_new(&fx.loop), DW_OK);
    assert_int_equal(dw__fiber_pool_new(&fx.fibers, fx.loop, fibers, 8), DW_OK);
    dw__chunk_pool_init(&fx.chunks, 64);
    fx.services = (struct services){.loop = fx.loop};
    fx.app = (struct http_app){
        .self = &fx, .serve = serve, .done = on_done, .overloaded = DW_TEXT("HTTP/1.1 503 Busy\r\n\r\n")};
    fx.big = malloc(BIG);
    assert_non_null(fx.big);
    for (size_t i = 0; i < BIG; i++)
        fx.big[i] = (char)(i * 2654435761u >> 24);
    const struct http_server_config config = {
        .loop = fx.loop,
        .fibers = fx.fibers,
        .chunks = &fx.chunks,
        .services = &fx.services,
        .app = &fx.app,
        .net = net,
        .http = http,
    };
    assert_int_equal(dw__http_server_new(&fx.server, &config), DW_OK);
    struct clock *clock = dw__loop_clock_for_test(fx.loop);
    dw__clock_set(clock, clock->unix_ms);
}

/* One turn of the loop, without waiting. */
static inline void turn(unsigned times)
{
    while (times-- > 0) {
        dw__loop_stop(fx.loop);
        dw__loop_run(fx.loop);
    }
}

static inline void advance_ms(int64_t ms)
{
    struct clock *clock = dw__loop_clock_for_test(fx.loop);
    dw__clock_set(clock, clock->unix_ms + ms);
    turn(5);
}

static inline void fixture_free(void)
{
    dw__http_server_cut_all(fx.server);
    turn(5);
    assert_true(dw__http_server_idle(fx.server));
    assert_int_equal(dw__http_server_counts(fx.server).buffer_bytes, 0);
    assert_int_equal(fx.served, fx.done);
    dw__http_server_free(fx.server);
    dw__fiber_pool_free(fx.fibers);
    dw__chunk_pool_release(&fx.chunks);
    dw__loop_free(fx.loop);
    free(fx.big);
}

/* ---- clients ---- */

static inline int client_new(void)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(dw__http_server_take(fx.server, fds[1], false), DW_OK);
    turn(1);
    return fds[0];
}

static inline void client_send(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    turn(6);
}

static char got[65536];

/* What has come, as a string; "" for nothing, NULL when the server has closed. */
static inline const char *client_read(int fd)
{
    size_t n = 0;
    ssize_t r;
    while ((r = recv(fd, got + n, sizeof(got) - 1 - n, 0)) > 0) {
        n += (size_t)r;
        turn(2);
    }
    got[n] = '\0';
    return r == 0 && n == 0 ? NULL : got;
}

static inline const char *client_ask(int fd, const char *text)
{
    client_send(fd, text);
    const char *answer = client_read(fd);
    return answer == NULL ? "(closed)" : answer;
}

static inline bool closed(int fd)
{
    char c;
    turn(3);
    ssize_t r = recv(fd, &c, 1, 0);
    return r == 0 || (r < 0 && errno == ECONNRESET);
}

static inline bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static inline bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static inline bool ends(const char *text, const char *with)
{
    return strlen(text) >= strlen(with) && strcmp(text + strlen(text) - strlen(with), with) == 0;
}

static inline unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

#endif
