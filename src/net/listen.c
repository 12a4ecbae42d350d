/* net/listen.c -- accepting within bounds.
 *
 * At the cap of connections a few more are accepted to be told so; when those are many as well, the ordinary listeners are not
 * polled: what comes waits in the kernel's queue, where it costs us nothing.  The admin listener keeps a reserve of its own, so
 * that health checks are the last to be refused.
 *
 * Out of descriptors, accept(2) would fail at once and for ever, since the client stays in the queue.  Descriptors held in reserve are
 * given up one by one to tell clients so, and the last of them to answer health checks; they are taken back as soon as there
 * are any.  When none is left for it, a listener rests for a moment. */
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/check.h"

#define MAX_LISTENERS 65u /* what a server binds, and the admin's */
#define ADMIN_RESERVE 64u
#define REST_NS UINT64_C(100000000)
#define RESERVE 8u
#define RESERVE_OF_ADMIN 4u /* of them: not for others */

/* Who rests. */
enum rest { REST_NONE, REST_ORDINARY, REST_ALL };

struct listener {
    struct io io;
    struct listen_set *set;
    unsigned index;
    bool admin;
    bool wanted; /* polled when nothing stands against it */
};

struct listen_set {
    struct listen_config config;
    struct listener listeners[MAX_LISTENERS];
    size_t n;
    size_t connections;
    int reserve[RESERVE];
    size_t n_reserve;
    bool stopped;
    enum rest resting;
    struct timer rest;
};

static void fill_reserve(struct listen_set *set)
{
    while (set->n_reserve < RESERVE) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return;
        set->reserve[set->n_reserve++] = fd;
    }
}

static bool has_room(const struct listen_set *set, bool admin)
{
    const struct net_limits *limits = set->config.limits;
    return set->connections < (size_t)limits->connections + limits->refused + (admin ? ADMIN_RESERVE : 0u);
}

/* Watches exactly those listeners that may accept now. */
static void update(struct listen_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        struct listener *l = &set->listeners[i];
        bool rests = set->resting >= (l->admin ? REST_ALL : REST_ORDINARY);
        bool on = l->wanted && !set->stopped && !rests && has_room(set, l->admin);
        if (dw__loop_watch(set->config.loop, &l->io, on ? EPOLLIN : 0) != DW_OK)
            DW__EVENT(set->config.log, NULL, DW_LOG_LEVEL_ERROR, "listener.not_watched",
                      DW_KV(listener, (int64_t)l->index));
    }
}

static void on_rested(struct timer *timer)
{
    struct listen_set *set = DW__LIST_ENTRY(timer, struct listen_set, rest);
    set->resting = REST_NONE;
    fill_reserve(set);
    update(set);
}

static void take_a_rest(struct listen_set *set, enum rest rest)
{
    uint64_t at = dw__loop_clock(set->config.loop)->mono_ns + REST_NS;
    if (set->resting == REST_NONE && dw__timer_set(set->config.loop, &set->rest, at) != DW_OK)
        return;
    if (set->resting < rest)
        set->resting = rest;
    update(set);
}

static int accept_fd(const struct listener *l, struct sockaddr_storage *peer)
{
    socklen_t peer_n = sizeof(*peer);
    return accept4(l->io.fd, (struct sockaddr *)peer, &peer_n, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Out of descriptors: the client at the head of the queue gets one of the reserve. False when there is none for it. */
static bool accept_from_reserve(struct listener *l)
{
    struct listen_set *set = l->set;
    struct sockaddr_storage peer;
    if (set->n_reserve == RESERVE)
        DW__EVENT(set->config.log, NULL, DW_LOG_LEVEL_ERROR, "accept.no_descriptors",
                  DW_KV(connections, (int64_t)set->connections));
    if (set->n_reserve > (l->admin ? 0u : RESERVE_OF_ADMIN)) {
        close(set->reserve[--set->n_reserve]);
        int fd = accept_fd(l, &peer);
        if (fd >= 0) {
            set->connections++;
            set->config.accepted(set->config.self, fd, &peer, l->admin, !l->admin);
            return true;
        }
        fill_reserve(set);
    }
    take_a_rest(set, l->admin ? REST_ALL : REST_ORDINARY);
    return false;
}

/* One connection; false when there is nothing more to accept now. */
static bool accept_one(struct listener *l)
{
    struct listen_set *set = l->set;
    struct sockaddr_storage peer;
    int fd = accept_fd(l, &peer);
    if (fd >= 0) {
        bool refuse = !l->admin && set->connections >= set->config.limits->connections;
        set->connections++;
        set->config.accepted(set->config.self, fd, &peer, l->admin, refuse);
        return true;
    }
    switch (errno) {
    case EAGAIN: return false;
    case EMFILE:
    case ENFILE: return accept_from_reserve(l);
    case ENOBUFS:
    case ENOMEM: take_a_rest(set, REST_ALL); return false;
    default: return true; /* this client's trouble (ECONNABORTED and what accept(2) lists), or EINTR */
    }
}

static void on_listener(struct io *io, uint32_t events)
{
    struct listener *l = DW__LIST_ENTRY(io, struct listener, io);
    struct listen_set *set = l->set;
    (void)events;
    for (uint32_t i = 0; i < set->config.limits->accepts_per_turn && has_room(set, l->admin); i++)
        if (!accept_one(l))
            return;
    if (!has_room(set, l->admin))
        update(set);
}

dw_err dw__listen_set_new(struct listen_set **out, const struct listen_config *config)
{
    *out = NULL;
    struct listen_set *set = calloc(1, sizeof(*set));
    if (set == NULL)
        return DW_UNAVAILABLE;
    set->config = *config;
    set->rest.fn = on_rested;
    fill_reserve(set);
    if (set->n_reserve < RESERVE) {
        dw__listen_set_free(set);
        return DW_UNAVAILABLE;
    }
    *out = set;
    return DW_OK;
}

void dw__listen_set_free(struct listen_set *set)
{
    if (set == NULL)
        return;
    dw__listen_stop(set);
    for (size_t i = 0; i < set->n; i++)
        close(set->listeners[i].io.fd);
    while (set->n_reserve > 0)
        close(set->reserve[--set->n_reserve]);
    free(set);
}

dw_err dw__listen_add(struct listen_set *set, int fd, unsigned index, bool admin)
{
    if (set->n == MAX_LISTENERS)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < set->n; i++)
        if (set->listeners[i].index == index)
            return DW_CONFLICT;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return DW_UNAVAILABLE;
    /* Accepted sockets inherit it. A Unix socket has no such thing. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    set->listeners[set->n++] = (struct listener){
        .io = {.fn = on_listener, .fd = fd},
        .set = set,
        .index = index,
        .admin = admin,
    };
    return DW_OK;
}

void dw__listen_poll(struct listen_set *set, unsigned index, bool on)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->listeners[i].index == index)
            set->listeners[i].wanted = on;
    update(set);
}

void dw__listen_stop(struct listen_set *set)
{
    set->stopped = true;
    dw__timer_clear(set->config.loop, &set->rest);
    update(set);
}

void dw__listen_began(struct listen_set *set)
{
    set->connections++;
}

void dw__listen_ended(struct listen_set *set)
{
    DW__CHECK(set->connections > 0);
    bool was_full = !has_room(set, false);
    set->connections--;
    if (set->n_reserve < RESERVE)
        fill_reserve(set);
    if (was_full)
        update(set);
}
