/* bench/request.c -- what a request costs in our own code: the whole way of GET /hello, from the bytes in the socket to the access line.
 *
 * One process serves a child over a pair of sockets: the server's loop, parser, guards, handler, headers and log as in a worker,
 * without database.  The kernel's part is the same for every server, so look at user time, or count instructions:
 *
 *     valgrind --tool=callgrind --trace-children=no build/release/bench/request 20000
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/answer.h"
#include "app/config.h"
#include "app/image.h"
#include "app/runtime.h"
#include "base/check.h"
#include "base/text.h"
#include "http/server.h"
#include <dw/dw.h>

#define MAX_DEPTH 64

static const char request[] = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8099\r\n\r\n";

/* ---- the application ---- */

DW_SCHEMA(hello_out, (dw_text, message));

static dw_err hello(dw_req *req, const dw_nothing *in, hello_out *out)
{
    (void)req, (void)in;
    out->message = DW_TEXT("Hello, world");
    return DW_OK;
}
DW_HANDLER(hello, dw_nothing, hello_out);

static const dw_route routes[] = {DW_GET("/hello", hello, DW_PUBLIC("a measurement"))};
static const dw_blueprint pages = DW_BLUEPRINT("", routes);

/* All of it comes from one client. */
static const dw_app app = {.name = "request",
                           .rate_global = "1000000/second",
                           .blueprints = (const dw_blueprint *const[]){&pages, NULL}};

/* ---- the client ---- */

/* Sends `times` rounds of `depth` requests, and reads as many replies of the first one's length. */
static void ask(int fd, long times, unsigned depth)
{
    static char out[sizeof request * MAX_DEPTH], in[65536];
    size_t n = 0, reply;
    ssize_t got;

    DW__CHECK(write(fd, request, sizeof request - 1) == sizeof request - 1);
    got = read(fd, in, sizeof in);
    DW__CHECK(got > 0 && memcmp(in, "HTTP/1.1 200 OK\r\n", 17) == 0);
    reply = (size_t)got;
    for (unsigned i = 0; i < depth; i++, n += sizeof request - 1)
        memcpy(out + n, request, sizeof request - 1);
    for (long i = 0; i < times; i++) {
        DW__CHECK(write(fd, out, n) == (ssize_t)n);
        for (size_t left = reply * depth; left > 0; left -= (size_t)got) {
            got = read(fd, in, sizeof in < left ? sizeof in : left);
            DW__CHECK(got > 0);
        }
    }
}

/* ---- the server ---- */

static void fail(const char *what, const struct buf *why)
{
    (void)fprintf(stderr, "request: %s: %.*s\n", what, (int)why->n, why->p);
    exit(1);
}

static int serve(int fd, long times, unsigned depth)
{
    static char environment[] = "REQUEST_ENV=development", name[] = "request";
    static char lag[] =
        "REQUEST_SHED_LAG=1h"; /* on a machine that has other things to do no request is refused */
    char *env[] = {environment, lag, NULL};
    const dw_build build = DW__BUILD;
    static struct answerer answerer;
    char *argv[] = {name, NULL};
    int argc = 1;
    struct config config;
    struct arena arena;
    struct buf why;
    struct image *image = NULL;
    struct runtime runtime;
    struct http_app http_app;
    struct http_server *server;
    struct rusage before, after;
    struct net_limits net = dw__net_limits_default();
    struct http_limits http = dw__http_limits_default();

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 16);
    if (dw__config_load(&config, &app, &argc, argv, env, &why) != DW_OK ||
        dw__image_new(&image, &app, &build, &config, &why) != DW_OK ||
        dw__runtime_init(&runtime, &config, &app, open("/dev/null", O_WRONLY | O_CLOEXEC), "worker 0", 256,
                         &why) != DW_OK)
        fail("cannot start", &why);
    answerer.env = image->env;
    net.requests_per_connection = UINT32_MAX;
    dw__answer_bind(&http_app, &answerer);
    if (dw__http_server_new(&server, &(struct http_server_config){.loop = runtime.loop,
                                                                  .fibers = runtime.fibers,
                                                                  .chunks = &runtime.chunks,
                                                                  .services = &runtime.services,
                                                                  .app = &http_app,
                                                                  .net = &net,
                                                                  .http = &http,
                                                                  .log = runtime.log}) != DW_OK ||
        dw__http_server_take(server, fd, false) != DW_OK)
        fail("no server", &why);
    DW__CHECK(getrusage(RUSAGE_THREAD, &before) == 0);
    while (!dw__http_server_idle(server)) {
        dw__loop_stop(runtime.loop);
        dw__loop_run(runtime.loop);
    }
    DW__CHECK(getrusage(RUSAGE_THREAD, &after) == 0);
    double user = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e6 +
                  (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    printf("{\"requests\": %ld, \"depth\": %u, \"user_us_per_request\": %.3f}\n", times * depth, depth,
           user / ((double)times * depth));
    dw__http_server_free(server);
    dw__runtime_release(&runtime);
    dw__image_free(image);
    dw__config_release(&config);
    dw__arena_release(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    long times = argc > 1 ? strtol(argv[1], NULL, 10) : 200000;
    unsigned depth = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    int fds[2];
    pid_t child;

    if (argc > 3 || times < 1 || depth < 1 || depth > MAX_DEPTH) {
        puts("usage: request [ROUNDS] [DEPTH]\nServes ROUNDS times DEPTH (at most 64) pipelined requests.");
        return 64;
    }
    DW__CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    DW__CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    child = fork();
    DW__CHECK(child >= 0);
    if (child == 0) {
        close(fds[0]);
        ask(fds[1], times, depth);
        _exit(0);
    }
    close(fds[1]);
    return serve(fds[0], times, depth);
}
