/* net/conn.c -- events, deadlines and the life of a connection. Its bytes are in conn_in.c and conn_out.c.
 *
 * An edge-triggered socket is read until it says that it is empty; what an event said is remembered in flags until then.  Both
 * ends gone (EPOLLHUP) or an error is the end at once; the peer's end alone is not, since who has ended its sending may
 * still wait for an answer. */
#include "net/conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/check.h"
#include "net/conn_inside.h"

#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

/* ---- the peer's address ---- */

static uint8_t put_ipv4(char *out, const uint8_t b[4])
{
    char *at = out;
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        if (b[i] >= 100)
            *at++ = (char)('0' + b[i] / 100);
        if (b[i] >= 10)
            *at++ = (char)('0' + b[i] / 10 % 10);
        *at++ = (char)('0' + b[i] % 10);
    }
    return (uint8_t)(at - out);
}

static void set_peer(struct conn *c, const struct sockaddr_storage *peer)
{
    if (peer != NULL && peer->ss_family == AF_INET) {
        uint8_t b[4];
        memcpy(b, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
        c->peer_n = put_ipv4(c->peer, b);
        c->peer_loopback = b[0] == 127;
    } else if (peer != NULL && peer->ss_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(a)) {
            c->peer_n = put_ipv4(c->peer, a->s6_addr + 12);
            c->peer_loopback = a->s6_addr[12] == 127;
        } else {
            DW__CHECK(inet_ntop(AF_INET6, a, c->peer, sizeof(c->peer)) != NULL);
            c->peer_n = (uint8_t)strlen(c->peer);
            c->peer_loopback = IN6_IS_ADDR_LOOPBACK(a);
        }
    } else {
        memcpy(c->peer, "unix", 4);
        c->peer_n = 4;
        c->peer_loopback = true;
    }
}

/* ---- time ---- */

static void on_timer(struct timer *timer)
{
    struct conn *c = DW__LIST_ENTRY(timer, struct conn, timer);
    uint64_t now = dw__loop_clock(c->env->loop)->mono_ns;
    if (c->closed)
        return;
    if (c->out_deadline_ns != 0 && c->out_deadline_ns <= now) {
        c->out_deadline_ns = 0;
        c->env->events->on_timeout(c, CONN_DEADLINE_OUT);
    } else if (c->in_deadline_ns != 0 && c->in_deadline_ns <= now) {
        c->in_deadline_ns = 0;
        c->env->events->on_timeout(c, CONN_DEADLINE_IN);
    }
    if (!c->closed)
        dw__conn_arm(c);
}

void dw__conn_arm(struct conn *c)
{
    uint64_t at = c->in_deadline_ns;
    if (at == 0 || (c->out_deadline_ns != 0 && c->out_deadline_ns < at))
        at = c->out_deadline_ns;
    if (at == 0 || (c->timer.place != 0 && c->timer.at_ns <= at))
        return;
    /* Without a timer there is no deadline, and without a deadline no connection. */
    if (dw__timer_set(c->env->loop, &c->timer, at) != DW_OK)
        dw__conn_fail(c);
}

void dw__conn_deadline(struct conn *c, uint64_t at_ns)
{
    c->in_deadline_ns = c->closed ? 0 : at_ns;
    if (c->in_deadline_ns != 0)
        dw__conn_arm(c);
}

/* ---- events ---- */

static void on_io(struct io *io, uint32_t events)
{
    struct conn *c = DW__LIST_ENTRY(io, struct conn, io);
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        dw__conn_fail(c);
        return;
    }
    if ((events & EPOLLRDHUP) != 0)
        c->ending = true;
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
        c->readable = true;
    if ((events & EPOLLOUT) != 0 && c->blocked) {
        c->blocked = false;
        dw__conn_flush(c);
        if (!c->closed && !c->blocked)
            c->env->events->on_writable(c);
    }
    if (!c->closed && c->readable)
        c->env->events->on_input(c);
}

static void on_end_of_turn(struct task *task)
{
    struct conn *c = DW__LIST_ENTRY(task, struct conn, end_of_turn);
    if (!c->closed)
        dw__conn_flush(c);
    else
        c->env->events->on_released(c);
}

void dw__conn_init(struct conn *c, const struct conn_env *env, int fd, const struct sockaddr_storage *peer)
{
    memset(c, 0, sizeof(*c));
    c->io = (struct io){.fn = on_io, .fd = fd};
    c->env = env;
    c->timer.fn = on_timer;
    dw__stream_plain(&c->stream, fd);
    dw__task_init(&c->end_of_turn, on_end_of_turn);
    set_peer(c, peer);
}

void dw__conn_start(struct conn *c)
{
    c->readable = true;
    c->env->events->on_input(c);
    if (!c->closed && dw__loop_watch(c->env->loop, &c->io, EVENTS) != DW_OK)
        dw__conn_fail(c);
}

void dw__conn_close(struct conn *c)
{
    if (c->closed)
        return;
    c->closed = true;
    c->readable = false;
    (void)!dw__loop_watch(c->env->loop, &c->io, 0);
    dw__timer_clear(c->env->loop, &c->timer);
    c->stream.ops->close(&c->stream);
    c->io.fd = -1;
    dw__conn_drop_output(c);
    dw__loop_at_end(c->env->loop, &c->end_of_turn);
}

void dw__conn_fail(struct conn *c)
{
    if (c->closed)
        return;
    dw__conn_close(c);
    c->env->events->on_closed(c);
}

void dw__conn_release(struct conn *c)
{
    DW__CHECK(c->closed);
    dw__task_cancel(&c->end_of_turn);
    dw__netbuf_return(c->env->bufs, c->in);
    c->in = NULL;
}

void dw__conn_shutdown(struct conn *c)
{
    if (!c->closed)
        c->stream.ops->shutdown(&c->stream);
}
