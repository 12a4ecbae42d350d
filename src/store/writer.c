/* store/writer.c -- the engine of the store process: the only writer of the database.
 *
 * It takes what all workers have queued into one batch (store/batch.h), commits, and answers only then: an answer is put into its
 * ring while the batch runs but is published after the commit is on disk, and taken back when the commit fails.  While it waits for
 * the disk the next batch gathers by itself.  A worker that breaks its ring loses the ring, not the others theirs. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/check.h"
#include "os/loop.h"
#include "store/lease.h"

#define MAGIC 0x57524954u
#define BATCH_NS UINT64_C(20000000) /* nothing is taken into a batch that is older */
#define RETRY_NS UINT64_C(1000000)  /* a worker that does not take its answers is looked at again */
#define IDLE_NS UINT64_C(100000000) /* then what is in the log is checkpointed */
#define BUSY_FRAMES 4000            /* frames of log after which that is done without being idle */
#define BEAT_NS UINT64_C(500000000) /* each time the workers see that the store is alive */
#define DRAIN_BATCHES 64
/* Room that a ring must have for an answer before a unit is taken from it. */
#define ANSWER_ROOM (DW__RING_MESSAGE + 16u)

struct worker_ring {
    struct sql_writer *writer;
    struct ring_end *end; /* borrowed */
    struct io io;
    bool broken;
};

struct sql_writer {
    unsigned magic;
    struct sql_handle *h;
    struct loop *loop;
    struct log *log;
    void (*fatal)(const char *why);
    void (*on_broken)(void *self, size_t ring);
    void *broken_self;
    struct task run;
    struct timer retry, idle, beat, lease_over;
    bool stopped;
    int frames_before; /* in the log when it was last checkpointed */
    size_t n, next;    /* rings; where the next batch begins */
    struct worker_ring *rings;
    struct lease lease;
    size_t wants,
        wants_n; /* ring and bytes of the message in lease.message that comes behind the batch; wants_n is 0: none */
    struct batch batch;
};

/* ---- events ---- */

static void say(struct sql_writer *w, const char *why)
{
    DW__EVENT(w->log, NULL, DW_LOG_LEVEL_ERROR, "store.failed", dw_x_kv_cstr("why", why));
}

static void close_ring(struct sql_writer *w, size_t i, const char *why)
{
    struct worker_ring *ring = &w->rings[i];

    if (ring->broken)
        return;
    ring->broken = true;
    dw__ring_unput(ring->end);
    if (w->lease.ring == i)
        dw__lease_end(&w->lease, why);
    DW__EVENT(w->log, NULL, DW_LOG_LEVEL_ERROR, "store.ring_broken", dw_x_kv_uint("worker", i),
              dw_x_kv_cstr("why", why));
    if (w->on_broken)
        w->on_broken(w->broken_self, i);
}

/* ---- what a batch asks ---- */

/* Puts an answer into a ring that had room for it when its unit was taken. */
static void on_answer(void *self, const struct member *m, const struct answer *head, dw_text rows)
{
    struct sql_writer *w = self;
    char bytes[DW__ANSWER_HEAD];

    dw__answer_head(head, bytes);
    if (w->rings[m->ring].broken)
        return;
    if (dw__ring_put(w->rings[m->ring].end, bytes, sizeof bytes, rows.p, rows.n) != DW_OK)
        close_ring(w, m->ring, "there is no room for an answer");
}

static void on_take_back(void *self)
{
    struct sql_writer *w = self;

    for (size_t i = 0; i < w->n; i++)
        dw__ring_unput(w->rings[i].end);
}

static bool is_canceled(void *self, const struct member *m)
{
    const struct sql_writer *w = self;

    return dw__ring_is_canceled(w->rings[m->ring].end, m->id);
}

static bool is_lease_canceled(void *self, size_t ring, uint32_t id)
{
    const struct sql_writer *w = self;

    return dw__ring_is_canceled(w->rings[ring].end, id);
}

static const struct batch_ops batch_ops = {on_answer, on_take_back, is_canceled};

/* ---- a batch ---- */

/* Takes one message from ring i into `place`: DW_OK, DW_NOT_FOUND when there is none to be taken now, DW_INTERNAL when the ring is broken. */
static dw_err take_message(struct sql_writer *w, size_t i, char *place, size_t *n)
{
    struct worker_ring *ring = &w->rings[i];
    dw_err err;

    if (ring->broken || !dw__ring_connected(ring->end))
        return DW_NOT_FOUND;
    if (dw__ring_room(ring->end) < ANSWER_ROOM) {
        if (!dw__ring_connected(ring->end)) {
            close_ring(w, i, "its positions cannot be");
            return DW_INTERNAL;
        }
        return dw__timer_set(w->loop, &w->retry, dw__loop_clock(w->loop)->mono_ns + RETRY_NS) == DW_OK
                   ? DW_NOT_FOUND
                   : DW_INTERNAL;
    }
    err = dw__ring_get(ring->end, place, DW__RING_MESSAGE, n);
    if (err == DW_INTERNAL)
        close_ring(w, i, "its positions or lengths cannot be");
    return err;
}

/* Takes one from ring i and runs it; DW_NOT_FOUND when there is none, else as dw__batch_run. */
static dw_err take_and_run(struct sql_writer *w, size_t i, char *place)
{
    size_t n;
    dw_err err;

    if (take_message(w, i, place, &n) != DW_OK)
        return DW_NOT_FOUND;
    err = dw__batch_run(&w->batch, i, n);
    if (err == DW_NOT_IMPLEMENTED) {
        memcpy(w->lease.message, place, n);
        w->wants = i;
        w->wants_n = n;
    }
    if (err != DW_INTERNAL)
        return err;
    close_ring(w, i, "a unit is not what its statement says");
    return DW_NOT_FOUND;
}

/* Takes and runs units, one from each ring in turn; false when none of them can be committed. */
static bool gather(struct sql_writer *w)
{
    uint64_t until;
    size_t without = 0;
    char *place;

    dw__batch_begin(&w->batch);
    until = w->batch.now_ns + BATCH_NS;
    while (without < w->n && w->batch.now_ns < until && (place = dw__batch_place(&w->batch)) != NULL) {
        size_t i = w->next;
        dw_err err;

        w->next = (w->next + 1) % w->n;
        err = take_and_run(w, i, place);
        without = err == DW_NOT_FOUND ? without + 1 : 0;
        if (err == DW_CONFLICT || err == DW_UNAVAILABLE || err == DW_NOT_IMPLEMENTED)
            return err != DW_UNAVAILABLE;
    }
    return true;
}

static void publish(struct sql_writer *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (!w->rings[i].broken)
            dw__ring_flush(w->rings[i].end);
}

/* A read of ours marks the end of the log in the page index, which readers that map it read-only cannot do for themselves. */
static void mark(struct sql_writer *w)
{
    char trouble[DW__SQL_TROUBLE];

    if (dw__sqlite_control(w->h, SQL_TOUCH, trouble) != DW_OK)
        say(w, trouble);
}

static void stop(struct sql_writer *w, const char *why)
{
    w->stopped = true;
    dw__log_flush(w->log); /* the process may end in it */
    w->fatal(why);
}

static void commit(struct sql_writer *w, bool whole)
{
    char trouble[DW__SQL_TROUBLE];
    bool on_disk = dw__batch_commit(&w->batch, whole, trouble);
    bool fatal = !on_disk && dw__sqlite_is_fatal(w->h);

    if (on_disk)
        mark(w);
    dw__sqlite_turn_give(w->h);
    publish(w);
    if (fatal)
        stop(w, trouble[0] ? trouble : "the disk failed while a batch was written");
}

static void checkpoint(struct sql_writer *w)
{
    char trouble[DW__SQL_TROUBLE];

    if (dw__sqlite_turn_take(w->h) != DW_OK)
        return;
    if (dw__sqlite_checkpoint(w->h, trouble) != DW_OK) {
        say(w, trouble);
        if (dw__sqlite_is_fatal(w->h))
            stop(w, trouble);
    }
    w->frames_before = dw__sqlite_wal_frames(w->h);
    mark(w);
    dw__sqlite_turn_give(w->h);
}

static void checkpoint_if_busy(struct sql_writer *w)
{
    int frames = dw__sqlite_wal_frames(w->h);

    if (!w->stopped && (frames < w->frames_before ? frames : frames - w->frames_before) >= BUSY_FRAMES)
        checkpoint(w);
}

/* ---- a transaction of a worker's own ---- */

static uint64_t monotonic(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What is in lease.message, of n bytes from ring i. Its answer does not wait for anything: it is a part of what is not there yet, or the commit. */
static void serve_lease(struct sql_writer *w, size_t i, size_t n)
{
    char bytes[DW__ANSWER_HEAD];
    struct answer head;
    dw_text rows;

    if (dw__lease_serve(&w->lease, i, n, &head, &rows) != DW_OK) {
        close_ring(w, i, "a unit is not what its statement says");
        return;
    }
    dw__answer_head(&head, bytes);
    if (dw__ring_put(w->rings[i].end, bytes, sizeof bytes, rows.p, head.n_rows > 0 ? rows.n : 0) != DW_OK)
        close_ring(w, i, "there is no room for an answer");
    dw__lease_wipe(&w->lease, rows);
    if (!w->rings[i].broken)
        dw__ring_flush(w->rings[i].end);
    if (head.err == DW_UNAVAILABLE && dw__sqlite_is_fatal(w->h))
        stop(w, "the disk failed while a transaction was written");
}

/* Takes what its worker says next, and nothing of anybody else, until it ends. */
static bool run_lease(struct sql_writer *w)
{
    size_t n;
    bool any = false;

    while (w->lease.open && take_message(w, w->lease.ring, w->lease.message, &n) == DW_OK) {
        serve_lease(w, w->lease.ring, n);
        any = true;
    }
    if (w->lease.open && monotonic() >= w->lease.until_ns)
        dw__lease_end(&w->lease, "its time is up");
    if (!w->lease.open) {
        dw__timer_clear(w->loop, &w->lease_over);
        checkpoint_if_busy(w);
    }
    return any || !w->lease.open;
}

/* The message that no batch takes. */
static void begin_lease(struct sql_writer *w)
{
    size_t n = w->wants_n;

    w->wants_n = 0;
    if (w->stopped)
        return;
    serve_lease(w, w->wants, n);
    if (w->lease.open && dw__timer_set(w->loop, &w->lease_over, w->lease.until_ns) != DW_OK)
        dw__lease_end(&w->lease, "no timer for its end");
}

/* One batch, or what there is of a lease; whether there was anything. */
static bool run_batch(struct sql_writer *w)
{
    bool whole;

    if (w->stopped)
        return false;
    if (w->lease.open)
        return run_lease(w);
    whole = gather(w);
    if (w->batch.n == 0 && w->wants_n == 0)
        return false;
    if (w->batch.n > 0)
        commit(w, whole);
    dw__batch_end(&w->batch);
    checkpoint_if_busy(w);
    if (w->wants_n > 0)
        begin_lease(w);
    return true;
}

/* ---- the loop ---- */

/* Whether there is something to be taken now. When there is not, who brings something wakes us. */
static bool is_more(struct sql_writer *w)
{
    bool more = false;

    for (size_t i = 0; i < w->n && !w->stopped; i++)
        if (!(w->lease.open && w->lease.ring != i) && !w->rings[i].broken &&
            !dw__ring_may_sleep(w->rings[i].end) && w->retry.place == 0)
            more = true;
    return more;
}

/* Who has just been answered may ask for the next thing, if it needs this processor for that: then it comes into the next batch, and
 * not into the one behind it. Where there is another processor this costs less than a microsecond. */
static void on_run(struct task *task)
{
    struct sql_writer *w = DW__LIST_ENTRY(task, struct sql_writer, run);
    bool any = run_batch(w);

    if (is_more(w)) {
        dw__loop_ready(w->loop, &w->run);
        if (any)
            (void)sched_yield();
    }
    if (any && dw__timer_set(w->loop, &w->idle, dw__loop_clock(w->loop)->mono_ns + IDLE_NS) != DW_OK)
        say(w, "no timer for the next checkpoint");
}

static void on_retry(struct timer *timer)
{
    struct sql_writer *w = DW__LIST_ENTRY(timer, struct sql_writer, retry);

    dw__loop_ready(w->loop, &w->run);
}

static void on_idle(struct timer *timer)
{
    struct sql_writer *w = DW__LIST_ENTRY(timer, struct sql_writer, idle);

    if (!w->stopped && !w->lease.open && dw__sqlite_wal_frames(w->h) != w->frames_before)
        checkpoint(w);
}

static void on_lease_over(struct timer *timer)
{
    struct sql_writer *w = DW__LIST_ENTRY(timer, struct sql_writer, lease_over);

    dw__loop_ready(w->loop, &w->run);
}

/* From the loop that also runs the statements: what hangs there does not beat. */
static void on_beat(struct timer *timer)
{
    struct sql_writer *w = DW__LIST_ENTRY(timer, struct sql_writer, beat);
    uint64_t now = dw__loop_clock(w->loop)->mono_ns;

    for (size_t i = 0; i < w->n; i++)
        dw__ring_beat(w->rings[i].end, now);
    if (dw__timer_set(w->loop, &w->beat, now + BEAT_NS) != DW_OK)
        say(w, "no timer for the next sign of life");
}

static void on_wake(struct io *io, uint32_t events)
{
    struct worker_ring *ring = DW__LIST_ENTRY(io, struct worker_ring, io);

    (void)events;
    dw__ring_awake(ring->end);
    if (dw__ring_sync(ring->end)) {
        ring->broken = false;
        if (&ring->writer->rings[ring->writer->lease.ring] == ring)
            dw__lease_end(&ring->writer->lease, "its worker was replaced");
    }
    dw__loop_ready(ring->writer->loop, &ring->writer->run);
}

/* ---- life ---- */

static dw_err watch_ring(struct sql_writer *w, size_t i, struct ring_end *end)
{
    struct worker_ring *ring = &w->rings[i];

    *ring = (struct worker_ring){.writer = w, .end = end};
    ring->io = (struct io){.fn = on_wake, .fd = dw__ring_wake_fd(end)};
    return dw__loop_watch(w->loop, &ring->io, EPOLLIN);
}

dw_err dw__sql_writer_new(struct sql_writer **out, struct sql_handle *h, const struct sql_inventory *inv,
                          struct ring_end **rings, size_t n, struct loop *loop, struct log *log,
                          void (*fatal)(const char *why))
{
    struct sql_writer *w = calloc(1, sizeof *w);
    dw_err err = DW_OK;

    *out = NULL;
    if (!w)
        return DW_UNAVAILABLE;
    w->magic = MAGIC;
    w->h = h;
    w->loop = loop;
    w->log = log;
    w->fatal = fatal;
    w->batch.h = h;
    w->batch.inv = inv;
    w->batch.log = log;
    w->batch.ops = &batch_ops;
    w->batch.self = w;
    w->lease.h = h;
    w->lease.most_ns = DW__LEASE_NS;
    w->lease.inv = inv;
    w->lease.log = log;
    w->lease.is_canceled = is_lease_canceled;
    w->lease.self = w;
    dw__task_init(&w->run, on_run);
    w->retry.fn = on_retry;
    w->idle.fn = on_idle;
    w->beat.fn = on_beat;
    w->lease_over.fn = on_lease_over;
    w->rings = calloc(n, sizeof *w->rings);
    if (!w->rings) {
        free(w);
        return DW_UNAVAILABLE;
    }
    dw__sqlite_own_checkpoints(h);
    for (; w->n < n && err == DW_OK; w->n++)
        err = watch_ring(w, w->n, rings[w->n]);
    if (err != DW_OK) {
        dw__sql_writer_free(w);
        return err;
    }
    mark(w);
    dw__sqlite_turn_give(h);
    on_beat(&w->beat);
    dw__loop_ready(loop, &w->run);
    *out = w;
    return DW_OK;
}

void dw__sql_writer_on_broken(struct sql_writer *w, void (*fn)(void *self, size_t ring), void *self)
{
    DW__MAGIC(w, MAGIC);
    w->on_broken = fn;
    w->broken_self = self;
}

void dw__sql_writer_leases(struct sql_writer *w, uint64_t most_ns)
{
    DW__MAGIC(w, MAGIC);
    w->lease.most_ns = most_ns;
}

void dw__sql_writer_drain(struct sql_writer *w)
{
    DW__MAGIC(w, MAGIC);
    for (int i = 0; i < DRAIN_BATCHES && (run_batch(w) || w->lease.open); i++)
        dw__lease_end(&w->lease, "the store ends");
    if (!w->stopped)
        checkpoint(w);
    w->stopped = true;
    dw__task_cancel(&w->run);
    dw__timer_clear(w->loop, &w->retry);
    dw__timer_clear(w->loop, &w->idle);
    dw__timer_clear(w->loop, &w->beat);
    dw__timer_clear(w->loop, &w->lease_over);
    for (size_t i = 0; i < w->n; i++)
        if (dw__loop_watch(w->loop, &w->rings[i].io, 0) != DW_OK)
            say(w, "a ring was not watched");
}

void dw__sql_writer_free(struct sql_writer *w)
{
    if (!w)
        return;
    DW__MAGIC(w, MAGIC);
    w->stopped = true;
    dw__sql_writer_drain(w);
    w->magic = 0;
    free(w->rings);
    free(w);
}
