/* net/listen.h -- the listening sockets of a worker, and what it accepts from them.
 *
 * Every worker inherits all sockets and polls its own; it takes over a dead sibling's and gives it back.  Accepting is bounded
 * per turn, by the number of connections, and by descriptors: none of the three ever makes the loop spin or stop.  A few of those
 * for whom there is no room are accepted all the same, to be told so. */
#ifndef DW_NET_LISTEN_H
#define DW_NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/log.h"
#include "net/timeout.h"
#include "os/loop.h"

struct listen_set;

struct listen_config {
    struct loop *loop;
    struct log *log; /* may be NULL */
    const struct net_limits *limits;
    /* A new connection: fd is non-blocking, close-on-exec, and the callee's. `refuse`: there is no room for it; never so for `admin`. */
    void (*accepted)(void *self, int fd, const struct sockaddr_storage *peer, bool admin, bool refuse);
    void *self;
};

/* DW_UNAVAILABLE without memory or descriptors. `config` is copied. */
DW_MUST dw_err dw__listen_set_new(struct listen_set **out, const struct listen_config *config);
/* Stops polling and closes the sockets. */
void dw__listen_set_free(struct listen_set *set);

/* Adds the listening socket `fd` (owned from now on) as number `index`, not polled yet. DW_UNAVAILABLE: fd is still the caller's;
 * DW_CONFLICT: there is such an index. */
DW_MUST dw_err dw__listen_add(struct listen_set *set, int fd, unsigned index, bool admin);
/* Begins or ends polling of `index`; unknown ones are ignored. After dw__listen_stop nothing is polled any more. */
void dw__listen_poll(struct listen_set *set, unsigned index, bool on);
/* Stops accepting, for good. */
void dw__listen_stop(struct listen_set *set);
/* One connection that came another way counts as accepted. */
void dw__listen_began(struct listen_set *set);
/* One connection has ended. */
void dw__listen_ended(struct listen_set *set);

#endif
