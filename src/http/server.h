/* http/server.h -- all that a worker needs to serve HTTP: listeners in, requests up.
 *
 * One server per worker, on one loop.  It accepts, reads and parses, starts a fiber for each request, calls app->serve on it, and
 * writes what comes back.  It knows nothing of routes, guards or handlers. */
#ifndef DW_HTTP_SERVER_H
#define DW_HTTP_SERVER_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/log.h"
#include "codec/forwarded.h"
#include "http/limits.h"
#include "http/request.h"
#include "net/timeout.h"
#include "os/fiber.h"
#include "os/loop.h"

struct http_server;

/* Everything is borrowed and must outlive the server, but `net` and `http`, which are copied. */
struct http_server_config {
    struct loop *loop;
    struct fiber_pool *fibers;
    struct chunk_pool *chunks;       /* for the arenas of requests */
    const struct services *services; /* into each request's context */
    const struct http_app *app;
    const struct net_limits *net;   /* NULL: the defaults */
    const struct http_limits *http; /* NULL: the defaults */
    struct log *log;                /* may be NULL */
    const struct proxies *proxies;  /* whom to believe of clients; NULL: nobody */
    bool
        proxy_protocol; /* every connection but the admin's begins with a header of the PROXY protocol, or ends */
};

/* DW_UNAVAILABLE without memory or descriptors. */
DW_MUST dw_err dw__http_server_new(struct http_server **out, const struct http_server_config *config);
/* Cuts every connection at once and cancels what runs; the fibers end in the turns that follow (dw__http_server_idle). */
void dw__http_server_cut_all(struct http_server *server);
/* Cuts what is left and frees; no request may be running any more. Listener descriptors are closed. */
void dw__http_server_free(struct http_server *server);

/* Makes the server know the listening socket `fd` (owned from now on) as number `index`; `admin`: what comes there has
 * req->admin. Polled at once when `mine`, else only between _adopt and _give_up. DW_UNAVAILABLE: not added, fd still the caller's. */
DW_MUST dw_err dw__http_server_listen(struct http_server *server, int fd, unsigned index, bool admin,
                                      bool mine);
/* Polls, or no longer polls, listener `index`: its own worker died, or is back. Unknown indices are ignored. */
void dw__http_server_adopt(struct http_server *server, unsigned index);
void dw__http_server_give_up(struct http_server *server, unsigned index);

/* Stops accepting; the next answer on every connection says `Connection: close`; idle ones live to their idle time-out. Calls
 * drained(arg) from the loop, once, when the last connection is gone (at the end of this turn when there is none). */
void dw__http_server_drain(struct http_server *server, void (*drained)(void *arg), void *arg);
/* Idle connections live at most idle_ms more: when the server ends for good and nobody takes over, there is nothing to wait for. */
void dw__http_server_hurry(struct http_server *server, uint32_t idle_ms);
/* Whether no connection and no handler is left. */
bool dw__http_server_idle(const struct http_server *server);

/* A connected, non-blocking socket (owned) to serve as if it had been accepted: tests and socket pairs. */
DW_MUST dw_err dw__http_server_take(struct http_server *server, int fd, bool admin);

/* What was counted since the start. */
struct http_server_counts {
    uint64_t accepted;   /* connections */
    uint64_t requests;   /* heads that were complete, refused ones too */
    uint64_t refused;    /* of them: not parsed */
    uint64_t overloaded; /* answered without a fiber */
    uint64_t timed_out;  /* connections ended by a deadline */
    size_t connections;  /* at present */
    size_t buffer_bytes; /* borrowed by connections at present */
};
struct http_server_counts dw__http_server_counts(const struct http_server *server);

#endif
