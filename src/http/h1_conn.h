/* http/h1_conn.h -- an HTTP/1.1 connection and the request that it carries: what the files of the protocol share.
 *
 * One request at a time: the next head is looked at when the answer to the last is complete.  The head of a request stays where it
 * was read, in the connection's input buffer, as long as it is answered; when more of the input is needed, that buffer goes to
 * the request and the connection borrows another.
 *
 * Closing is never freeing: a connection that was cut stays until its fiber has ended. */
#ifndef DW_HTTP_H1_CONN_H
#define DW_HTTP_H1_CONN_H

#include "base/check.h"
#include "base/list.h"
#include "codec/ip.h"
#include "http/h1_body.h"
#include "http/h1_parse.h"
#include "http/request.h"
#include "net/conn.h"

struct http_server;

/* What a connection without a request in hand is about. */
enum h1_phase {
    H1_PROXY,   /* before the first request: the header of the PROXY protocol */
    H1_IDLE,    /* between requests, nothing read */
    H1_HEAD,    /* a part of a head is there */
    H1_DISCARD, /* drops what is left of a body */
    H1_CLOSING, /* sends what is left and closes */
    H1_LINGER   /* has said its last; waits for the client to close, so that it reads the answer */
};

/* What the fiber of the request waits for in this protocol. */
enum h1_waiting { H1_WAIT_NONE, H1_WAIT_INPUT, H1_WAIT_OUTPUT, H1_WAIT_TURN };

struct h1_conn {
    struct conn conn; /* first */
    struct http_server *server;
    struct h1_request *request; /* in hand, or NULL */
    struct list link;           /* in the server's list; free ones in its free list */
    struct list *line;          /* of http/h1_room.h, in which it stands; NULL: in none … */
    struct list line_link;      /* … and its place there … */
    uint64_t waits_since_ns;    /* … since when */
    struct cap *cap;            /* of its address; NULL: it has none */
    uint64_t note;              /* the application's, of … */
    struct ip_counted counted;  /* … what is counted of its address */
    struct task task;           /* go on, later in the turn */
    struct h1_body body;        /* of the request in hand, or what is left of the last */
    uint32_t seen;              /* bytes of an incomplete head that were parsed */
    uint32_t served;            /* requests */
    dw_ip
        via; /* the peer, when the PROXY protocol has put its client in its place; version 0: a Unix socket */
    uint32_t dropped; /* bytes of a body discarded, or lingered over */
    uint8_t phase;    /* enum h1_phase */
    uint8_t waiting;  /* enum h1_waiting */
    uint8_t hops;     /* so many proxies, the peer the first, are believed; 0: the peer is none */
    bool admin : 1;
    bool starting : 1; /* inside dw__fiber_start */
    bool dirty : 1;    /* bytes may come that nobody will read: close slowly */
    bool half_closed : 1;
    bool has_via : 1;
    bool https : 1;   /* the PROXY protocol says so */
    bool refused : 1; /* there is no room for it: says so and ends */
    bool head_counted : 1;
    bool released : 1; /* closed, and its memory may go when no request is in hand */
};

struct h1_request {
    struct http_stream stream; /* first */
    struct dw_req req;
    struct h1_conn *h;
    struct netbuf *head_buf; /* where the head lies, when it is no longer the connection's input */
    struct h1_request *next_free;
    struct rate_window rate;      /* of the body */
    uint64_t waited_until_ns;     /* end of the last wait for input */
    uint64_t arrived;             /* bytes since then */
    uint64_t turn_ns, turn_bytes; /* handled in this turn */
    dw_err body_err;              /* reading failed once: it does so again */
    bool ask_continue;            /* the client waits for 100 Continue */
    bool close;                   /* the connection ends behind this reply */
    bool chunked;                 /* the reply is */
    bool mute;                    /* the reply has no body whatever is written */
    bool broken;                  /* the reply is not complete and never will be */
    bool ended;                   /* the fiber has */
    uint64_t produced;            /* bytes of the reply's body */
    char id[32];
    struct http_field fields[DW__MAX_FIELDS];
    char client[DW__IP_SIZE]; /* the text of the client's address, when a header says it */
    char via[DW__IP_SIZE];    /* … and of h->via */
};

extern const struct conn_events dw__h1_events;
extern const struct http_stream_ops dw__h1_stream_ops;

/* Begins to serve the connection: `h` is zeroed but for server, admin and refused, and h->conn initialised. */
void dw__h1_start(struct h1_conn *h);
/* Applies a shorter idle time-out to a connection that is idle already. */
void dw__h1_hurry(struct h1_conn *h);
/* Closes at once and cancels the request in hand. */
void dw__h1_cut(struct h1_conn *h);

/* ---- h1_proxy.c: whom the peer speaks for ---- */

/* Whether its peer is a proxy that may speak for others; after the PROXY protocol: whether whom it spoke for is one. */
bool dw__h1_is_proxy(const struct h1_conn *h);
/* Judges the peer of a connection that begins; it is in phase H1_PROXY or H1_IDLE then, or closed. */
void dw__h1_meet(struct h1_conn *h);
/* Reads on in phase H1_PROXY. Whether to go on. */
bool dw__h1_proxy_header(struct h1_conn *h);

/* ---- h1_dispatch.c: a request's life ---- */

/* The head of `used` bytes at the front of the input was parsed into r: starts to answer it. */
void dw__h1_dispatch(struct h1_conn *h, struct h1_request *r, size_t used);
/* The head could not be parsed: has `err` answered, and closes behind it. */
DW__COLD void dw__h1_refuse(struct h1_conn *h, struct h1_request *r, const struct h1_fault *fault);
/* Takes up what the fiber of h->request, which has ended, left. False when h is gone. */
bool dw__h1_finish(struct h1_conn *h);
/* Says that there is no room for a request of `method` (HTTP_UNKNOWN: nobody has read it yet), and closes. */
DW__COLD void dw__h1_overloaded(struct h1_conn *h, enum http_method method);

/* ---- h1_stream_in.c and h1_stream_out.c: on the request's fiber ---- */

dw_err dw__h1_read(struct http_stream *s, void *buf, size_t n, size_t *got);
dw_err dw__h1_read_all(struct http_stream *s, dw_text *body);
dw_err dw__h1_begin(struct http_stream *s);
dw_err dw__h1_write(struct http_stream *s, const void *p, size_t n);
dw_err dw__h1_end(struct http_stream *s);
dw_err dw__h1_send(struct http_stream *s, dw_text body);
/* Tells a client that waits for it to send its body. False without memory. */
bool dw__h1_say_continue(struct h1_request *r);
/* Counts n bytes of this turn; lets others have their turn when they are many. */
dw_err dw__h1_breathe(struct h1_request *r, uint64_t n);

#endif
