/* app/test_exchange.c -- a request through the whole of the application: bytes into one end of a pair of sockets, of which the server has the
 * other, and its loop turned in this thread until the reply is whole and the request has ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/test_inside.h"
#include "base/text.h"

#define PATIENCE_NS (UINT64_C(120) * 1000000000) /* longer than a route may take by default */
#define REPLY_MAX ((size_t)256 << 20)
#define PIECE ((size_t)16384)

struct exchange {
    struct dw_test *t;
    struct io io;
    struct timer patience;
    size_t written;
    struct buf in;
    bool to_head, over, late;
    int state; /* as of dw__test_reply_read */
};

static void end(struct exchange *x)
{
    x->over = true;
    dw__loop_stop(x->t->runtime.loop);
}

static void on_late(struct timer *timer)
{
    struct exchange *x = DW__LIST_ENTRY(timer, struct exchange, patience);

    x->late = true;
    end(x);
}

/* Writes what is left, and looks for output no longer when there is none. A server that does not want it has its reply ready. */
static void write_rest(struct exchange *x)
{
    while (x->written < x->t->sent.n) {
        ssize_t n =
            send(x->io.fd, x->t->sent.p + x->written, x->t->sent.n - x->written, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0 && errno != EINTR)
            break;
        x->written += n > 0 ? (size_t)n : 0;
    }
    if (dw__loop_watch(x->t->runtime.loop, &x->io, EPOLLIN) != DW_OK)
        end(x);
}

/* Reads what is there; true when there will be no more. */
static bool read_some(struct exchange *x)
{
    for (;;) {
        ssize_t n;

        if (!dw__buf_reserve(&x->in, PIECE))
            return true;
        n = recv(x->io.fd, x->in.p + x->in.n, PIECE, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno != EAGAIN;
        if (n == 0)
            return true;
        x->in.n += (size_t)n;
    }
}

static void on_io(struct io *io, uint32_t events)
{
    struct exchange *x = DW__LIST_ENTRY(io, struct exchange, io);
    bool ended;

    if ((events & EPOLLOUT) != 0)
        write_rest(x);
    if ((events & ~(uint32_t)EPOLLOUT) == 0)
        return;
    ended = read_some(x);
    x->state =
        dw__test_reply_read((dw_text){x->in.p, x->in.n}, x->to_head, ended, &x->t->memory, &x->t->reply);
    if (x->state != 0)
        end(x);
}

/* Gives the server its end, and turns its loop. DW_UNAVAILABLE without descriptors. */
static dw_err run(struct exchange *x)
{
    struct loop *loop = x->t->runtime.loop;
    int fds[2];
    dw_err err;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        return DW_UNAVAILABLE;
    x->io = (struct io){.fn = on_io, .fd = fds[0]};
    x->patience.fn = on_late;
    if ((err = dw__http_server_take(x->t->front.server, fds[1], false)) != DW_OK) {
        (void)close(fds[0]);
        (void)close(fds[1]);
        return err;
    }
    if ((err = dw__loop_watch(loop, &x->io, EPOLLIN | EPOLLOUT)) == DW_OK &&
        (err = dw__timer_set(loop, &x->patience, dw__loop_clock(loop)->mono_ns + PATIENCE_NS)) == DW_OK)
        while (!x->over)
            dw__loop_run(loop);
    (void)!dw__loop_watch(loop, &x->io, 0);
    dw__timer_clear(loop, &x->patience);
    (void)close(fds[0]);
    while (!x->late && !dw__http_server_idle(x->t->front.server)) {
        dw__loop_stop(loop);
        dw__loop_run(loop);
    }
    return err;
}

static void forget_extras(struct dw_test *t)
{
    dw__buf_init(&t->headers, &t->memory, (size_t)1 << 20);
    t->has_host = t->has_type = t->has_token = false;
}

const dw_test_reply *dw_x_test_raw(dw_test *t, dw_text request, const char *file, int line)
{
    struct exchange x = {.t = t, .to_head = dw__text_starts(request, DW_TEXT("HEAD "))};
    dw_err err;

    dw__buf_init(&x.in, &t->memory, REPLY_MAX);
    forget_extras(t);
    t->reply = (dw_test_reply){0};
    t->sent = dw__arena_text(&t->memory, request);
    t->received = t->request_id = (dw_text){NULL, 0};
    err = t->sent.p != NULL ? run(&x) : DW_UNAVAILABLE;
    t->received = (dw_text){x.in.p, x.in.n};
    if (x.state == 1) {
        t->request_id = dw_test_header(&t->reply, "x-request-id");
        return &t->reply;
    }
    dw__test_fail(t, file, line,
                  err != DW_OK ? DW_TEXT("no memory or descriptors for the request")
                  : x.late     ? DW_TEXT("no reply within two minutes")
                               : DW_TEXT("no whole reply came back"));
}

const dw_test_reply *dw_x_test_send(dw_test *t, const char *method, const char *path, dw_text body,
                                    const char *file, int line)
{
    struct buf b;

    dw__buf_init(&b, &t->memory, REPLY_MAX);
    dw__buf_format(&b, "%s %s HTTP/1.1\r\n", method, path);
    if (!t->has_host)
        dw__buf_lit(&b, "Host: app.test\r\n");
    if (!t->has_token && t->token.n > 0)
        dw__buf_format(&b, "Authorization: Bearer %.*s\r\n", DW_FMT(t->token));
    if (body.p != NULL)
        dw__buf_format(&b, "%sContent-Length: %zu\r\n",
                       t->has_type ? "" : "Content-Type: application/json\r\n", body.n);
    dw__buf_text(&b, (dw_text){t->headers.p, t->headers.n});
    dw__buf_lit(&b, "\r\n");
    dw__buf_text(&b, body);
    if (b.failed || t->headers.failed)
        dw__test_fail(t, file, line, DW_TEXT("no memory for the request"));
    return dw_x_test_raw(t, (dw_text){b.p, b.n}, file, line);
}

void dw_test_with(dw_test *t, const char *name, const char *value)
{
    if (strpbrk(name, "\r\n:") != NULL || strpbrk(value, "\r\n") != NULL)
        dw__test_fail(t, NULL, 0,
                      DW_TEXT("dw_test_with: a header is one line; what is none goes through DW_TEST_RAW"));
    dw__buf_format(&t->headers, "%s: %s\r\n", name, value);
    t->has_host = t->has_host || strcasecmp(name, "host") == 0;
    t->has_type = t->has_type || strcasecmp(name, "content-type") == 0;
    t->has_token = t->has_token || strcasecmp(name, "authorization") == 0;
}
