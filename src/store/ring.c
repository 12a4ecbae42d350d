/* store/ring.c -- two byte rings in shared memory. See ring.h.
 *
 * A position is a count of bytes that only grows; its place in the ring is the count modulo the size.  Each side keeps the positions it
 * owns, and the last good value of the other's, in memory of its own; what is in shared memory is a copy for the peer, read
 * once, and refused when it could not follow from what was there before.  A peer that scribbles can therefore break its own ring and
 * nothing else.
 *
 * Meeting: a worker asks for a new beginning by writing a fresh number, the store answers by setting all positions to zero and
 * writing the same number back.  So either process can be replaced, whatever the old one left behind: a new worker writes a number
 * of its own, and a new store writes one that is no worker's, which makes workers ask again. */
#include "store/ring.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "os/memfd.h"
#include <dw/ctx.h>

#define MAGIC 0x52494e47u
#define LINE 64
#define STORE_BIT 0x80000000u /* in numbers that a store makes up */
#define CANCELED ((uint64_t)1 << 32)

_Static_assert((DW__RING_BYTES & (DW__RING_BYTES - 1)) == 0, "positions are taken modulo the size");
_Static_assert(DW__RING_MESSAGE + 16 <= DW__RING_BYTES, "the largest message fits");

struct direction {
    _Alignas(LINE) _Atomic uint64_t tail; /* written by the producer */
    _Alignas(LINE) _Atomic uint64_t head; /* written by the consumer */
    _Atomic uint32_t sleeping;            /* set by the consumer, cleared by either */
};

struct shared {
    _Alignas(LINE) _Atomic uint32_t asked;    /* by the worker: STORE_BIT clear, not 0 */
    _Alignas(LINE) _Atomic uint32_t answered; /* by the store */
    struct direction to_store, to_worker;
    _Alignas(LINE) _Atomic uint64_t beat;                       /* by the store: CLOCK_MONOTONIC */
    _Alignas(LINE) _Atomic uint64_t canceled[DW__RING_CANCELS]; /* by the worker: CANCELED | id, or 0 */
    _Alignas(4096) uint8_t data[2][DW__RING_BYTES];
};

struct ring_end {
    unsigned magic;
    bool is_worker, connected, broken, met;
    uint32_t number; /* of this meeting */
    uint32_t seen;   /* the other's number when it was last looked at */
    int wake_me, wake_peer;
    struct shared *shared;
    struct direction *out, *in;
    uint8_t *out_data, *in_data;
    uint64_t put, published, peer_head; /* of `out` */
    uint64_t got, peer_tail;            /* of `in` */
};

/* ---- memory ---- */

size_t dw__ring_shared_size(void)
{
    return sizeof(struct shared);
}

dw_err dw__ring_memory(int *memfd)
{
    return dw__shared_new("dewar-ring", sizeof(struct shared), memfd, NULL);
}

static void wake(const struct ring_end *end)
{
    /* EAGAIN: the counter is full, so the peer is awake or will be. */
    ssize_t n = write(end->wake_peer, &(uint64_t){1}, sizeof(uint64_t));

    (void)n;
}

/* ---- wiping: no secret stays in memory that two processes share ---- */

static void wipe(uint8_t *ring, uint64_t at, uint64_t n)
{
    size_t most = n < DW__RING_BYTES ? (size_t)n : DW__RING_BYTES;
    size_t place = (size_t)(at & (DW__RING_BYTES - 1)), first = DW__RING_BYTES - place;

    if (first > most)
        first = most;
    explicit_bzero(ring + place, first);
    explicit_bzero(ring, most - first);
}

/* What was under way when the other side was replaced. What a predecessor of this side left is anywhere, but only once. */
static void wipe_left(struct ring_end *end)
{
    if (!end->met) {
        wipe(end->in_data, 0, DW__RING_BYTES);
        wipe(end->out_data, 0, DW__RING_BYTES);
    } else {
        wipe(end->in_data, end->got, atomic_load(&end->in->tail) - end->got);
        wipe(end->out_data, end->peer_head, end->put - end->peer_head);
    }
    end->met = true;
}

/* ---- meeting ---- */

static uint32_t fresh_number(uint32_t not_this)
{
    uint32_t n;

    do {
        dw_random(&n, sizeof n);
        n &= ~STORE_BIT;
    } while (n == 0 || n == not_this);
    return n;
}

static void begin_anew(struct ring_end *end)
{
    end->put = end->published = end->peer_head = end->got = end->peer_tail = 0;
    end->connected = true;
    end->broken = false;
}

static void ask(struct ring_end *end)
{
    end->connected = false;
    end->broken = false;
    end->number = fresh_number(atomic_load(&end->shared->asked));
    atomic_store(&end->shared->asked, end->number);
    wake(end);
}

static bool sync_worker(struct ring_end *end)
{
    uint32_t answered = atomic_load(&end->shared->answered);
    bool was = end->connected;

    if (answered == end->number && !end->broken) {
        if (!was)
            begin_anew(end);
        return false;
    }
    if (was || end->broken || answered != end->seen)
        ask(end);
    end->seen = answered;
    return was;
}

static bool sync_store(struct ring_end *end)
{
    uint32_t asked = atomic_load(&end->shared->asked);
    struct direction *both[] = {end->in, end->out};

    if (asked == end->seen || asked == 0)
        return false;
    end->seen = end->number = asked;
    wipe_left(end);
    begin_anew(end);
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&both[i]->tail, 0);
        atomic_store(&both[i]->head, 0);
        atomic_store(&both[i]->sleeping, 0);
    }
    atomic_store(&end->shared->answered, asked);
    wake(end);
    return true;
}

bool dw__ring_sync(struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    return end->is_worker ? sync_worker(end) : sync_store(end);
}

bool dw__ring_connected(const struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    return end->connected && !end->broken;
}

/* ---- life ---- */

static bool set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

dw_err dw__ring_end_new(struct ring_end **out, bool is_worker, int memfd, int wake_me, int wake_peer)
{
    struct ring_end *end = calloc(1, sizeof *end);
    void *memory;
    dw_err err;

    *out = NULL;
    if (!end)
        return DW_UNAVAILABLE;
    /* Memory that the peer could cut short would be a SIGBUS in its hands: os/memfd looks at the seals. */
    err = dw__shared_map(memfd, sizeof(struct shared), true, &memory);
    if (err == DW_OK && (!set_nonblocking(wake_me) || !set_nonblocking(wake_peer))) {
        dw__shared_unmap(memory, sizeof(struct shared));
        err = DW_INTERNAL;
    }
    if (err != DW_OK) {
        free(end);
        return err;
    }
    *end = (struct ring_end){
        .magic = MAGIC,
        .is_worker = is_worker,
        .wake_me = wake_me,
        .wake_peer = wake_peer,
        .shared = memory,
    };
    end->in = is_worker ? &end->shared->to_worker : &end->shared->to_store;
    end->out = is_worker ? &end->shared->to_store : &end->shared->to_worker;
    end->in_data = end->shared->data[is_worker ? 1 : 0];
    end->out_data = end->shared->data[is_worker ? 0 : 1];
    (void)close(memfd);
    if (is_worker) {
        for (size_t i = 0; i < DW__RING_CANCELS; i++) /* a predecessor's */
            atomic_store_explicit(&end->shared->canceled[i], 0, memory_order_relaxed);
        end->seen = atomic_load(&end->shared->answered);
        ask(end);
    } else {
        end->seen = atomic_load(&end->shared->asked);
        atomic_store(&end->shared->answered, fresh_number(0) | STORE_BIT);
        wake(end);
    }
    *out = end;
    return DW_OK;
}

void dw__ring_end_free(struct ring_end *end)
{
    if (!end)
        return;
    DW__MAGIC(end, MAGIC);
    dw__shared_unmap(end->shared, sizeof(struct shared));
    (void)close(end->wake_me);
    (void)close(end->wake_peer);
    end->magic = 0;
    free(end);
}

int dw__ring_wake_fd(const struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    return end->wake_me;
}

/* ---- bytes ---- */

static void copy_in(uint8_t *ring, uint64_t at, const void *p, size_t n)
{
    size_t place = (size_t)(at & (DW__RING_BYTES - 1)), first = DW__RING_BYTES - place;

    if (first > n)
        first = n;
    if (first > 0)
        memcpy(ring + place, p, first);
    if (n > first)
        memcpy(ring, (const uint8_t *)p + first, n - first);
}

static void copy_out(const uint8_t *ring, uint64_t at, void *p, size_t n)
{
    size_t place = (size_t)(at & (DW__RING_BYTES - 1)), first = DW__RING_BYTES - place;

    if (first > n)
        first = n;
    if (first > 0)
        memcpy(p, ring + place, first);
    if (n > first)
        memcpy((uint8_t *)p + first, ring, n - first);
}

/* Bytes that a message of n takes: its length word, itself, and up to the next multiple of eight. */
static uint64_t span(size_t n)
{
    return ((uint64_t)n + sizeof(uint32_t) + 7) & ~(uint64_t)7;
}

/* ---- producing ---- */

/* Learns what the consumer has taken; only what was published can have been. */
static bool look_at_head(struct ring_end *end)
{
    uint64_t head = atomic_load_explicit(&end->out->head, memory_order_acquire);

    if (head - end->peer_head > end->published - end->peer_head) {
        end->broken = true;
        return false;
    }
    end->peer_head = head;
    return true;
}

size_t dw__ring_room(struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    if (!dw__ring_connected(end) || !look_at_head(end))
        return 0;
    return (size_t)(DW__RING_BYTES - (end->put - end->peer_head));
}

dw_err dw__ring_put(struct ring_end *end, const void *head, size_t head_n, const void *body, size_t body_n)
{
    uint32_t length;

    DW__MAGIC(end, MAGIC);
    if (!dw__ring_connected(end))
        return DW_UNAVAILABLE;
    if (head_n > DW__RING_MESSAGE || body_n > DW__RING_MESSAGE - head_n)
        return DW_TOO_LARGE;
    length = (uint32_t)(head_n + body_n);
    if (span(length) > DW__RING_BYTES - (end->put - end->peer_head) && span(length) > dw__ring_room(end))
        return DW_UNAVAILABLE;
    copy_in(end->out_data, end->put, &length, sizeof length);
    copy_in(end->out_data, end->put + sizeof length, head, head_n);
    copy_in(end->out_data, end->put + sizeof length + head_n, body, body_n);
    end->put += span(length);
    return DW_OK;
}

void dw__ring_unput(struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    wipe(end->out_data, end->published, end->put - end->published);
    end->put = end->published;
}

void dw__ring_flush(struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    if (!end->connected || end->put == end->published)
        return;
    end->published = end->put;
    /* Sequentially consistent with may_sleep: either this sees the flag, or the sleeper sees the tail. */
    atomic_store(&end->out->tail, end->published);
    if (atomic_load(&end->out->sleeping)) {
        atomic_store_explicit(&end->out->sleeping, 0, memory_order_relaxed);
        wake(end);
    }
}

/* ---- beside the rings ---- */

void dw__ring_cancel(struct ring_end *end, uint32_t id)
{
    DW__MAGIC(end, MAGIC);
    atomic_store_explicit(&end->shared->canceled[id % DW__RING_CANCELS], CANCELED | id, memory_order_relaxed);
}

void dw__ring_uncancel(struct ring_end *end, uint32_t id)
{
    DW__MAGIC(end, MAGIC);
    atomic_store_explicit(&end->shared->canceled[id % DW__RING_CANCELS], 0, memory_order_relaxed);
}

bool dw__ring_is_canceled(const struct ring_end *end, uint32_t id)
{
    uint64_t word = atomic_load_explicit(&end->shared->canceled[id % DW__RING_CANCELS], memory_order_relaxed);

    return word == (CANCELED | id);
}

void dw__ring_beat(struct ring_end *end, uint64_t now_ns)
{
    DW__MAGIC(end, MAGIC);
    atomic_store_explicit(&end->shared->beat, now_ns, memory_order_relaxed);
}

uint64_t dw__ring_last_beat(const struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    return atomic_load_explicit(&end->shared->beat, memory_order_relaxed);
}

/* ---- consuming ---- */

static dw_err found_broken(struct ring_end *end)
{
    end->broken = true;
    return DW_INTERNAL;
}

dw_err dw__ring_get(struct ring_end *end, void *buf, size_t cap, size_t *n)
{
    uint64_t there;
    uint32_t length;

    DW__MAGIC(end, MAGIC);
    *n = 0;
    if (!dw__ring_connected(end))
        return DW_NOT_FOUND;
    if (end->peer_tail == end->got) {
        uint64_t tail = atomic_load_explicit(&end->in->tail, memory_order_acquire);

        if (tail - end->got > DW__RING_BYTES)
            return found_broken(end);
        end->peer_tail = tail;
    }
    there = end->peer_tail - end->got;
    if (there == 0)
        return DW_NOT_FOUND;
    if (there < sizeof length)
        return found_broken(end);
    copy_out(end->in_data, end->got, &length, sizeof length);
    if (length > DW__RING_MESSAGE || length > cap || span(length) > there)
        return found_broken(end);
    copy_out(end->in_data, end->got + sizeof length, buf, length);
    wipe(end->in_data, end->got, span(length));
    end->got += span(length);
    atomic_store_explicit(&end->in->head, end->got, memory_order_release);
    *n = length;
    return DW_OK;
}

bool dw__ring_may_sleep(struct ring_end *end)
{
    DW__MAGIC(end, MAGIC);
    if (!dw__ring_connected(end))
        return true;
    atomic_store(&end->in->sleeping, 1);
    if (atomic_load(&end->in->tail) == end->got)
        return true;
    atomic_store_explicit(&end->in->sleeping, 0, memory_order_relaxed);
    return false;
}

void dw__ring_awake(struct ring_end *end)
{
    uint64_t count;
    ssize_t n = read(end->wake_me, &count, sizeof count);

    (void)n;
}
