/* net/conn.h -- a connection: a stream, bytes in, bytes out, two deadlines, and a protocol above.
 *
 * It is watched once, edge-triggered, for its whole life: no request costs a call to epoll.  Input lies in a buffer borrowed only while
 * there are bytes; output gathers in blocks and leaves in one write at the end of the event or turn.  Deadlines are two
 * words; the one timer behind them is touched only when the earlier of them comes before it.
 *
 * A connection that was closed stays in memory until on_released, at the end of a turn, so that nothing is freed under anyone's feet. */
#ifndef DW_NET_CONN_H
#define DW_NET_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/netbuf.h"
#include "net/stream.h"
#include "net/timeout.h"
#include "os/loop.h"
#include <dw/types.h>

struct conn;

/* Returned by dw__conn_read and dw__conn_fill beside counts and the STREAM_… values: the buffer holds all it can. */
enum { CONN_FULL = -3 };

enum conn_deadline { CONN_DEADLINE_IN, CONN_DEADLINE_OUT };

/* Upward calls to the protocol; all required but on_full. */
struct conn_events {
    void (*on_input)(struct conn *c);    /* there may be bytes to read, or the end of them */
    void (*on_writable)(struct conn *c); /* after output had to wait: all of it has gone */
    void (*on_full)(struct conn *c);     /* output has to wait for the peer, whoever put it */
    void (*on_closed)(struct conn *c);   /* reset by the peer or failed; it is closed already */
    void (*on_timeout)(struct conn *c, enum conn_deadline which);
    void (*on_released)(
        struct conn *c); /* once, behind any close: its memory may go after dw__conn_release */
};

/* What the connections of a worker share. */
struct conn_env {
    struct loop *loop;
    struct netbuf_pool *bufs;
    const struct net_limits *limits;
    const struct conn_events *events;
};

struct conn {
    struct io io;
    struct stream stream;
    const struct conn_env *env;
    struct timer timer;
    struct task end_of_turn; /* flush, or on_released */
    struct netbuf *in;
    struct netbuf *out, *out_last;
    size_t unsent;
    uint64_t in_deadline_ns, out_deadline_ns; /* 0: none */
    uint64_t out_end_ns; /* output that waits then is too late, at whatever rate; 0: never */
    struct rate_window out_rate;
    uint64_t bytes_in, bytes_out;
    bool readable : 1; /* a read may find something */
    bool ending : 1;   /* the peer has ended its sending; bytes may be left before it */
    bool ended : 1;    /* ... and they have been read */
    bool blocked : 1;  /* the socket takes no more output for now */
    bool closed : 1;
    bool peer_loopback : 1;
    uint8_t peer_n;
    char peer[46]; /* text of the address */
};

/* Prepares `c` over fd (owned from now on) from `peer` (its address; NULL: unknown). Not watched yet. */
void dw__conn_init(struct conn *c, const struct conn_env *env, int fd, const struct sockaddr_storage *peer);
/* Begins: reads at once, since there is usually something, and then watches. */
void dw__conn_start(struct conn *c);
/* Closes at once; what is unsent is dropped. Harmless when closed. on_closed is not called; on_released will be. */
void dw__conn_close(struct conn *c);
/* Gives back what a closed connection still holds. */
void dw__conn_release(struct conn *c);

/* ---- input ---- */

/* Reads at most n bytes into p, past the input buffer, which must be empty. A count, or STREAM_… (after STREAM_FAILED it is closed and
 * on_closed has been called). */
ptrdiff_t dw__conn_read(struct conn *c, void *p, size_t n);
/* Reads into the input buffer, behind what is there; moves or grows it as needed. The same results, and CONN_FULL. */
ptrdiff_t dw__conn_fill(struct conn *c);
/* What is in the input buffer. */
static inline dw_text dw__conn_input(const struct conn *c)
{
    return c->in == NULL ? (dw_text){0} : (dw_text){c->in->data + c->in->start, c->in->end - c->in->start};
}
/* The same bytes, to be changed in place. */
static inline char *dw__conn_input_bytes(const struct conn *c)
{
    return c->in == NULL ? NULL : c->in->data + c->in->start;
}
/* Takes n bytes off the front of the input. What is taken stays in place until the next dw__conn_fill or _settle. */
void dw__conn_consume(struct conn *c, size_t n);
/* Hands the buffer with all that was consumed from it to the caller, who returns it to the pool; the input must be empty. */
struct netbuf *dw__conn_detach(struct conn *c);
/* Nothing more to do with the input for now: gives the buffer back when it is empty, keeps a smaller one when little is in it. */
void dw__conn_settle(struct conn *c);

/* ---- output ---- */

/* Room for n bytes in one piece behind what is unsent, to be committed before anything else is called; NULL when n is more than a
 * block holds, without memory, or when closed. */
char *dw__conn_out(struct conn *c, size_t n);
/* n of these bytes are output. They leave at the end of the event or turn. */
void dw__conn_out_commit(struct conn *c, size_t n);
/* Copies n bytes to the output; false as dw__conn_out (n may be more than a block). */
bool dw__conn_put(struct conn *c, const void *p, size_t n);
/* Writes what is unsent, then from p as much as the socket takes: that many bytes of p (0 … n), or STREAM_FAILED. */
ptrdiff_t dw__conn_write_through(struct conn *c, const void *p, size_t n);
/* Writes what is unsent, as far as it goes. */
void dw__conn_flush(struct conn *c);
/* Tells the peer that nothing more will come. Output must have been flushed. */
void dw__conn_shutdown(struct conn *c);

/* ---- time ---- */

/* on_timeout(CONN_DEADLINE_IN) at at_ns; 0: never. */
void dw__conn_deadline(struct conn *c, uint64_t at_ns);

#endif
