/* store/ring.h -- a pair of byte rings in shared memory between one worker and the store.
 *
 * Each direction is a single-producer, single-consumer ring of length-prefixed messages and an eventfd that is written only when
 * the other side sleeps.  Neither side trusts the other: positions and lengths read from shared memory are copied once and
 * checked against the ring's fixed size; a message is copied out before it is looked at.  Memory holds indices, never pointers. */
#ifndef DW_STORE_RING_H
#define DW_STORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>

/* Bytes of one direction, and of the largest message. */
#define DW__RING_BYTES ((size_t)1 << 20)
#define DW__RING_MESSAGE ((size_t)256 << 10)

struct ring_end;

/* Bytes of the shared memory (a memfd sealed against resizing) that holds both directions. */
size_t dw__ring_shared_size(void);

/* One end over `memfd` (mapped) and two eventfds: `wake_me` is what this end sleeps on, `wake_peer` what it writes.  The descriptors belong to it. */
DW_MUST dw_err dw__ring_end_new(struct ring_end **out, bool is_worker, int memfd, int wake_me, int wake_peer);
void dw__ring_end_free(struct ring_end *end);
int dw__ring_wake_fd(const struct ring_end *end);

/* Puts one message made of two parts; DW_UNAVAILABLE when there is no room, DW_TOO_LARGE when it is over DW__RING_MESSAGE. */
DW_MUST dw_err dw__ring_put(struct ring_end *end, const void *head, size_t head_n, const void *body,
                            size_t body_n);
/* Publishes what was put and wakes the peer if it sleeps: once per turn. */
void dw__ring_flush(struct ring_end *end);
/* Copies the next message into buf. DW_OK with *n, DW_NOT_FOUND when there is none, DW_INTERNAL when the peer broke the ring. */
DW_MUST dw_err dw__ring_get(struct ring_end *end, void *buf, size_t cap, size_t *n);
/* Before sleeping: true when it may sleep (nothing there); afterwards the eventfd becomes readable when something comes. */
bool dw__ring_may_sleep(struct ring_end *end);
/* After a wake-up: clears the eventfd. */
void dw__ring_awake(struct ring_end *end);

#endif
