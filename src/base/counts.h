/* base/counts.h -- what a worker has done and has in hand, as numbers that its siblings read.
 *
 * A worker writes its own slot and no other, with plain stores of a word (relaxed: nothing is ordered by them), and a slot shares no line
 * of the cache with another.  Who reads gets each number as it was at some moment, and believes none: a worker that was taken over may
 * have written them. */
#ifndef DW_BASE_COUNTS_H
#define DW_BASE_COUNTS_H

#include <stdint.h>

/* X(name, what it is in the text of Prometheus, its labels there, what it says). A `gauge` goes up and down, the others only up. */
#define DW__COUNTS(X)                                                                              \
    X(started_s, "dewar_started_seconds", "", gauge, "When the worker started, in Unix seconds.")  \
    X(connections, "dewar_connections", "", gauge, "Connections at present.")                      \
    X(in_hand, "dewar_requests_in_hand", "", gauge, "Requests that are being answered.")           \
    X(memory, "dewar_memory_bytes", "", gauge, "Memory of requests and connections.")              \
    X(accepted, "dewar_accepted_total", "", counter, "Connections accepted.")                      \
    X(requests, "dewar_requests_total", "", counter, "Requests, refused ones too.")                \
    X(refused, "dewar_refused_total", "", counter, "Requests that could not be parsed.")           \
    X(overloaded, "dewar_overloaded_total", "", counter, "Requests that there was no room for.")   \
    X(proxy_refused, "dewar_proxy_refused_total", "", counter,                                     \
      "Connections that ended for want of a header of the PROXY protocol.")                        \
    X(timed_out, "dewar_timed_out_total", "", counter, "Connections that were too slow.")          \
    X(capped, "dewar_capped_total", "", counter,                                                   \
      "Connections that ended because their address had too many.")                                \
    X(displaced, "dewar_displaced_total", "", counter,                                             \
      "Slow connections that ended for others when all places were taken.")                        \
    X(lag_ms, "dewar_lag_milliseconds", "", gauge, "How late the worker came to its work.")        \
    X(shed, "dewar_shed_total", "", counter,                                                       \
      "Requests answered 503 because the worker came late or memory was short.")                   \
    X(busy, "dewar_busy_total", "", counter,                                                       \
      "Requests answered 503 because their route had as many at once as it may.")                  \
    X(statements, "dewar_statements_total", "", counter, "Statements of the database.")            \
    X(replies_2xx, "dewar_replies_total", ",status=\"2xx\"", counter, "Replies, by their status.") \
    X(replies_3xx, "dewar_replies_total", ",status=\"3xx\"", counter, "Replies, by their status.") \
    X(replies_4xx, "dewar_replies_total", ",status=\"4xx\"", counter, "Replies, by their status.") \
    X(replies_5xx, "dewar_replies_total", ",status=\"5xx\"", counter, "Replies, by their status.")

/* Three lines of the cache. Where slots lie beside each other, the first begins one. */
struct counts {
#define DW__COUNT_MEMBER(name, metric, labels, kind, help) uint64_t name;
    DW__COUNTS(DW__COUNT_MEMBER)
#undef DW__COUNT_MEMBER
    uint64_t spare[4];
};
_Static_assert(sizeof(struct counts) == 192, "a slot is three lines of the cache");

static inline void dw__count_set(uint64_t *count, uint64_t v)
{
    __atomic_store_n(count, v, __ATOMIC_RELAXED);
}

static inline uint64_t dw__count_get(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* For the slot's owner only. */
static inline void dw__count_up(uint64_t *count)
{
    dw__count_set(count, dw__count_get(count) + 1);
}

static inline void dw__count_down(uint64_t *count)
{
    dw__count_set(count, dw__count_get(count) - 1);
}

#endif
