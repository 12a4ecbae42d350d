/* http/server_inside.h -- the server as its protocols see it. */
#ifndef DW_HTTP_SERVER_INSIDE_H
#define DW_HTTP_SERVER_INSIDE_H

#include "base/counts.h"
#include "base/list.h"
#include "http/h1_conn.h"
#include "http/server.h"
#include "net/caps.h"
#include "net/listen.h"

struct http_server {
    struct http_server_config config; /* its net and http point to those below */
    struct net_limits net;
    struct http_limits http;
    struct netbuf_pool bufs;
    struct conn_env env;
    struct listen_set *listen;
    struct list conns, free_conns;
    struct list heads, stalled, idle; /* the lines of http/h1_room.h … */
    size_t n_stalled;                 /* … and how many stand in the second */
    uint64_t made_way_ns;             /* when somebody had to leave it for want of memory, the last time */
    struct caps *caps;                /* what one address may take */
    struct conn_slab *slabs;
    struct h1_request *spare; /* the next head is parsed into it */
    struct h1_request *free_requests;
    size_t n_free_requests;
    struct counts *counts; /* the process's, or own_counts where it has none */
    struct counts own_counts;
    uint64_t overload_told_ns;  /* when the log was last told that work is refused */
    uint64_t proxy_told_ns;     /* … that a peer was refused that should have spoken for another, … */
    uint64_t capped_told_ns;    /* … that an address had too many, … */
    uint64_t displaced_told_ns; /* … and that somebody left for another */
    bool draining;
    void (*drained)(void *arg);
    void *drained_arg;
    struct task drained_task;
};

/* The request to parse the next head into: zeroed, with its fields. It stays the server's until dw__http_server_take_spare. NULL without
 * memory. */
struct h1_request *dw__http_server_spare(struct http_server *server);
/* Makes the spare request the caller's. */
void dw__http_server_take_spare(struct http_server *server);
/* Wipes a request and keeps it for the next. Its arena has been released. */
void dw__http_server_recycle(struct http_server *server, struct h1_request *r);
/* The memory of a connection that has ended in every respect. */
void dw__http_server_forget(struct http_server *server, struct h1_conn *h);

#endif
