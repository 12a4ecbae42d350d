/* net/timeout.h -- every deadline, minimum rate and bound of a connection, in one table.
 *
 * A client that is slow on purpose must cost nothing but its own time.  So nothing that a client does may take for ever: each
 * phase of a connection has its row here, and the two phases in which bytes flow have a minimum rate as well, given as
 * "at least so many bytes in each window". */
#ifndef DW_NET_TIMEOUT_H
#define DW_NET_TIMEOUT_H

#include <stddef.h>
#include <stdint.h>

/* X(name, default, meaning). Times are in milliseconds. */
#define DW__NET_LIMITS(X)                                                                          \
    X(head_ms, 10000, "from the first byte of a request head to its last")                         \
    X(idle_ms, 60000, "between two requests, and before the first")                                \
    X(body_window_ms, 10000, "while a body is awaited: in each such window ...")                   \
    X(body_window_bytes, 1024, "... at least so many bytes of it must come")                       \
    X(write_window_ms, 10000, "while output waits for the client: in each such window ...")        \
    X(write_window_bytes, 1024, "... the client must take at least so many bytes")                 \
    X(linger_ms, 2000, "after the last answer, for the client to read it and to close")            \
    X(half_close_ms, 1000, "after the client ended its sending: later it is taken to have left")   \
    X(linger_bytes, 16777216, "read and thrown away while lingering")                              \
    X(unsent_bytes, 65536, "output that may wait in a connection before its producer has to")      \
    X(reply_ms, 300000, "for the client to take a whole reply, or as long as its request may")     \
    X(connections, 20000, "at a time in one worker; the admin listener has 64 more")               \
    X(per_address, 0, "... of them from one address: more are closed at once; 0: all of them")     \
    X(spares_loopback, 0, "1: addresses of this machine are not held to that")                     \
    X(new_per_second, 0, "new ones from one address: more are closed at once; 0: as many as come") \
    X(heads_per_address, 0, "heads of one address that are not complete; 0: as many as begin")     \
    X(refused, 64, "connections beyond these that are told so at a time; more wait in the queue")  \
    X(accepts_per_turn, 32, "connections accepted from one listener in a turn of the loop")        \
    X(requests_per_turn, 64, "requests of one connection in a turn")                               \
    X(bytes_per_turn, 262144, "body bytes of one connection in a turn, in and out")                \
    X(requests_per_connection, 100000, "then the connection is closed behind an answer")

struct net_limits {
#define DW__NET_LIMIT_MEMBER(name, value, meaning) uint32_t name;
    DW__NET_LIMITS(DW__NET_LIMIT_MEMBER)
#undef DW__NET_LIMIT_MEMBER
};

/* The defaults of the table. */
struct net_limits dw__net_limits_default(void);

/* A minimum rate being watched: `bytes` came since `since_ns`. */
struct rate_window {
    uint64_t since_ns;
    uint64_t bytes;
};

/* Begins a window at now_ns. */
void dw__rate_begin(struct rate_window *w, uint64_t now_ns);
/* Counts n bytes at now_ns; a window that has had its `least` bytes begins anew. Returns the deadline: when the present window
 * of window_ms ends. */
uint64_t dw__rate_count(struct rate_window *w, uint64_t now_ns, uint64_t n, uint32_t window_ms,
                        uint32_t least);

#endif
