/* store/ring.h -- a pair of byte rings in shared memory between one worker and the store.
 *
 * Each direction is a single-producer, single-consumer ring of length-prefixed messages and an eventfd that is written only when
 * the other side sleeps.  Neither side trusts the other: positions and lengths read from shared memory are copied once and
 * checked against the ring's fixed size; a message is copied out before it is looked at, and wiped where it was.  Memory holds
 * indices, never pointers.
 *
 * Beside the rings lie two things that need no message: a word for each message that the worker takes back, and when
 * the store was last seen alive. */
#ifndef DW_STORE_RING_H
#define DW_STORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>

/* Bytes of one direction, and of the largest message. */
#define DW__RING_BYTES ((size_t)1 << 20)
#define DW__RING_MESSAGE ((size_t)256 << 10)
/* Messages of a worker that can be taken back at a time: of ids that differ in their remainder by this number. */
#define DW__RING_CANCELS 1024u

struct ring_end;

/* Bytes of the shared memory (a memfd sealed against resizing) that holds both directions. */
size_t dw__ring_shared_size(void);
/* Such a memfd, close-on-exec. DW_UNAVAILABLE when the system has none to give. */
DW_MUST dw_err dw__ring_memory(int *memfd);

/* One end over `memfd` (mapped) and two eventfds: `wake_me` is what this end sleeps on, `wake_peer` what it writes.  The descriptors belong to it. */
DW_MUST dw_err dw__ring_end_new(struct ring_end **out, bool is_worker, int memfd, int wake_me, int wake_peer);
void dw__ring_end_free(struct ring_end *end);
int dw__ring_wake_fd(const struct ring_end *end);

/* Looks whether the other side has begun anew: a process that was replaced, or a ring that this end found broken.  To be called
 * after every wake-up and before put or get. True when what was under way before is gone: nothing of it will be answered. */
bool dw__ring_sync(struct ring_end *end);
/* Whether both sides have met. Until then put is DW_UNAVAILABLE and get DW_NOT_FOUND. */
bool dw__ring_connected(const struct ring_end *end);

/* Puts one message made of two parts; DW_UNAVAILABLE when there is no room, DW_TOO_LARGE when it is over DW__RING_MESSAGE. */
DW_MUST dw_err dw__ring_put(struct ring_end *end, const void *head, size_t head_n, const void *body,
                            size_t body_n);
/* Bytes that can be put now, length words not counted for any message. */
size_t dw__ring_room(struct ring_end *end);
/* Takes back what was put since the last flush. */
void dw__ring_unput(struct ring_end *end);
/* Publishes what was put and wakes the peer if it sleeps: once per turn. */
void dw__ring_flush(struct ring_end *end);
/* Copies the next message into buf. DW_OK with *n, DW_NOT_FOUND when there is none, DW_INTERNAL when the peer broke the ring. */
DW_MUST dw_err dw__ring_get(struct ring_end *end, void *buf, size_t cap, size_t *n);
/* Of the worker: who looks for it sees that message `id` is not wanted any more; or that there is no such message any more. */
void dw__ring_cancel(struct ring_end *end, uint32_t id);
void dw__ring_uncancel(struct ring_end *end, uint32_t id);
/* Of the store: whether the worker has taken message `id` back. Costs one look at memory. */
bool dw__ring_is_canceled(const struct ring_end *end, uint32_t id);

/* Of the store: it is alive at `now_ns`, and answers. */
void dw__ring_beat(struct ring_end *end, uint64_t now_ns);
/* Of the worker: when it last was; 0: never. */
uint64_t dw__ring_last_beat(const struct ring_end *end);

/* Before sleeping: true when it may sleep (nothing there); afterwards the eventfd becomes readable when something comes. */
bool dw__ring_may_sleep(struct ring_end *end);
/* After a wake-up: clears the eventfd. */
void dw__ring_awake(struct ring_end *end);

#endif
