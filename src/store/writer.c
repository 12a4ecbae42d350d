/* store/writer.c -- the engine of the store process: the only writer of the database.
 *
 * It takes what all workers have queued, runs each unit in a savepoint of one transaction, commits, and answers only then: an answer
 * is put into its ring while the batch runs but is published after the commit is on disk, and taken back when the commit
 * fails.  A batch is one turn of writing (store/lock.h).  While it waits for the disk the next batch gathers by itself.  A unit is believed in nothing: it names a
 * statement of the inventory, brings exactly its values, and the statement must be one that writes.  A worker that breaks its
 * ring loses the ring, not the others theirs. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"
#include "os/loop.h"
#include "store/ring.h"
#include "store/sqlite.h"

#define MAGIC 0x57524954u
#define BATCH_UNITS 256u
#define BATCH_NS UINT64_C(20000000)  /* nothing is taken into a batch that is older */
#define UNIT_NS UINT64_C(1000000000) /* the longest that one unit may hold the others */
#define RETRY_NS UINT64_C(1000000)   /* a worker that does not take its answers is looked at again */
#define IDLE_NS UINT64_C(100000000)  /* then what is in the log is checkpointed */
#define BUSY_FRAMES 4000             /* frames of log after which that is done without being idle */
#define DRAIN_BATCHES 64
/* Room that a ring must have for an answer before a unit is taken from it. */
#define ANSWER_ROOM (DW__RING_MESSAGE + 16u)

struct worker_ring {
    struct sql_writer *writer;
    struct ring_end *end; /* borrowed */
    struct io io;
    bool broken;
};

/* A unit of the batch. */
struct member {
    size_t ring;
    uint32_t id;
};

struct sql_writer {
    unsigned magic;
    struct sql_handle *h;
    const struct sql_inventory *inv;
    struct loop *loop;
    struct log *log;
    void (*fatal)(const char *why);
    void (*on_broken)(void *self, size_t ring);
    void *broken_self;
    struct task run;
    struct timer retry, idle;
    bool stopped;
    int frames_before; /* in the log when it was last checkpointed */
    size_t n, next;    /* rings; where the next batch begins */
    struct worker_ring *rings;
    size_t n_members;
    struct member members[BATCH_UNITS];
    char message[DW__RING_MESSAGE], rows[DW__RING_MESSAGE - DW__ANSWER_HEAD];
};

static uint64_t monotonic(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- events ---- */

static void say_failed(struct sql_writer *w, const struct sql_statement *st, const char *why)
{
    DW__EVENT(w->log, NULL, DW_LOG_LEVEL_ERROR, "store.failed", dw_x_kv_cstr("statement", st->query->name),
              dw_x_kv_cstr("why", why));
}

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
    DW__EVENT(w->log, NULL, DW_LOG_LEVEL_ERROR, "store.ring_broken", dw_x_kv_uint("worker", i),
              dw_x_kv_cstr("why", why));
    if (w->on_broken)
        w->on_broken(w->broken_self, i);
}

/* ---- one unit ---- */

/* Encodes rows as they come. */
struct encoder {
    struct sql_sink sink;
    struct buf rows;
    const struct sql_statement *st;
    enum sql_want want;
    uint32_t n;
};

static dw_err encode_row(struct sql_sink *sink, const struct sql_value *values)
{
    struct encoder *e = DW__LIST_ENTRY(sink, struct encoder, sink);

    if (e->want == SQL_WANT_NONE || (e->want == SQL_WANT_ONE && e->n > 0))
        return DW_OK;
    if (e->n == DW__SQL_MAX_ROWS)
        return DW_TOO_LARGE;
    dw__row_put(&e->rows, values, e->st->n_fields);
    e->n++;
    return e->rows.failed ? DW_TOO_LARGE : DW_OK;
}

/* Runs what a worker asked for inside the open transaction, in a savepoint that goes when it fails. */
static dw_err run_unit(struct sql_writer *w, const struct unit *unit, const struct sql_value *values,
                       struct encoder *e, int64_t *changes)
{
    char trouble[DW__SQL_TROUBLE], undo[DW__SQL_TROUBLE];
    struct sql_run run = {
        .statement = unit->statement,
        .values = values,
        .sink = &e->sink,
        .budget_ns = unit->budget_ns == 0 || unit->budget_ns > UNIT_NS ? UNIT_NS : unit->budget_ns,
    };
    dw_err err = dw__sqlite_control(w->h, SQL_SAVEPOINT, trouble);

    if (err != DW_OK) {
        say(w, trouble);
        return err;
    }
    err = dw__sqlite_run(w->h, &run);
    if (err != DW_OK && err != DW_CONFLICT)
        say_failed(w, e->st, run.trouble[0] ? run.trouble : "its rows are too many or too large");
    *changes = run.changes;
    if (!dw__sqlite_in_transaction(w->h))
        return DW_UNAVAILABLE;
    if (dw__sqlite_control(w->h, err == DW_OK ? SQL_RELEASE : SQL_UNDO, undo) != DW_OK) {
        say(w, undo);
        return DW_UNAVAILABLE;
    }
    return err;
}

/* Puts an answer into a ring that had room for it when its unit was taken. */
static void answer(struct sql_writer *w, const struct member *m, dw_err err, int64_t changes,
                   const struct encoder *e)
{
    struct answer head = {.id = m->id, .err = err};
    char bytes[DW__ANSWER_HEAD];
    bool rows = err == DW_OK && e;

    if (err == DW_OK)
        head.changes = changes;
    if (rows)
        head.n_rows = e->n;
    dw__answer_head(&head, bytes);
    if (w->rings[m->ring].broken)
        return;
    if (dw__ring_put(w->rings[m->ring].end, bytes, sizeof bytes, rows ? e->rows.p : NULL,
                     rows ? e->rows.n : 0) != DW_OK)
        close_ring(w, m->ring, "there is no room for an answer");
}

/* Runs and answers one unit; false when the transaction is lost with all that is in it. */
static bool serve(struct sql_writer *w, const struct member *m, const struct unit *unit,
                  const struct sql_value *values)
{
    struct encoder e = {
        .sink = {encode_row}, .st = dw__sql_statement(w->inv, unit->statement), .want = unit->want};
    int64_t changes = 0;
    dw_err err;

    dw__buf_init_fixed(&e.rows, w->rows, sizeof w->rows);
    if (!dw__sql_writes(w->h, unit->statement)) {
        say_failed(w, e.st, "it only reads, which is not for the store");
        err = DW_INTERNAL;
    } else
        err = run_unit(w, unit, values, &e, &changes);
    answer(w, m, err, changes, &e);
    return dw__sqlite_in_transaction(w->h);
}

/* ---- a batch ---- */

/* Takes one unit from ring i: DW_OK, DW_NOT_FOUND when there is none to be taken now, DW_INTERNAL when the ring is broken. */
static dw_err take_unit(struct sql_writer *w, size_t i, struct unit *unit, struct sql_value *values)
{
    struct worker_ring *ring = &w->rings[i];
    size_t n;
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
    err = dw__ring_get(ring->end, w->message, sizeof w->message, &n);
    if (err == DW_INTERNAL)
        close_ring(w, i, "its positions or lengths cannot be");
    if (err != DW_OK)
        return err;
    err = dw__unit_get((dw_text){w->message, n}, w->inv, unit, values);
    if (err != DW_OK)
        close_ring(w, i, "a unit is not what its statement says");
    return err;
}

static bool begin(struct sql_writer *w)
{
    char trouble[DW__SQL_TROUBLE];

    if (dw__sqlite_in_transaction(w->h))
        return true;
    if (dw__sqlite_turn_take(w->h) != DW_OK) {
        say(w, "nobody can say whose turn it is to write");
        return false;
    }
    if (dw__sqlite_control(w->h, SQL_BEGIN, trouble) == DW_OK)
        return true;
    say(w, trouble);
    return false;
}

/* Takes and runs units, one from each ring in turn, into w->members; false when none of them can be committed. */
static bool gather(struct sql_writer *w)
{
    struct sql_value values[DW__SQL_MAX_PARAMS];
    uint64_t until = monotonic() + BATCH_NS;
    size_t without = 0;

    w->n_members = 0;
    while (without < w->n && w->n_members < BATCH_UNITS) {
        struct member *m = &w->members[w->n_members];
        struct unit unit;

        m->ring = w->next;
        w->next = (w->next + 1) % w->n;
        if (take_unit(w, m->ring, &unit, values) != DW_OK) {
            without++;
            continue;
        }
        without = 0;
        m->id = unit.id;
        w->n_members++;
        if (!begin(w) || !serve(w, m, &unit, values))
            return false;
        if (monotonic() >= until)
            break;
    }
    return true;
}

/* Nothing of the batch is on disk: says so to all of it instead of what was put. */
static void fail_batch(struct sql_writer *w)
{
    char trouble[DW__SQL_TROUBLE];

    for (size_t i = 0; i < w->n; i++)
        dw__ring_unput(w->rings[i].end);
    if (dw__sqlite_in_transaction(w->h) && dw__sqlite_control(w->h, SQL_ROLLBACK, trouble) != DW_OK)
        say(w, trouble);
    for (size_t i = 0; i < w->n_members; i++)
        answer(w, &w->members[i], DW_UNAVAILABLE, 0, NULL);
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
    char trouble[DW__SQL_TROUBLE] = "";
    bool on_disk = whole && dw__sqlite_control(w->h, SQL_COMMIT, trouble) == DW_OK;
    bool fatal = !on_disk && dw__sqlite_is_fatal(w->h);

    if (on_disk)
        mark(w);
    else {
        if (trouble[0])
            say(w, trouble);
        fail_batch(w);
    }
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

/* One batch; whether there was anything in it. */
static bool run_batch(struct sql_writer *w)
{
    bool whole;
    int frames;

    if (w->stopped)
        return false;
    whole = gather(w);
    if (w->n_members == 0)
        return false;
    commit(w, whole);
    frames = dw__sqlite_wal_frames(w->h);
    if (!w->stopped && (frames < w->frames_before ? frames : frames - w->frames_before) >= BUSY_FRAMES)
        checkpoint(w);
    return true;
}

/* ---- the loop ---- */

static void on_run(struct task *task)
{
    struct sql_writer *w = DW__LIST_ENTRY(task, struct sql_writer, run);
    bool any = run_batch(w);

    for (size_t i = 0; i < w->n && !w->stopped; i++)
        if (!w->rings[i].broken && !dw__ring_may_sleep(w->rings[i].end) && w->retry.place == 0)
            dw__loop_ready(w->loop, &w->run);
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

    if (!w->stopped && dw__sqlite_wal_frames(w->h) != w->frames_before)
        checkpoint(w);
}

static void on_wake(struct io *io, uint32_t events)
{
    struct worker_ring *ring = DW__LIST_ENTRY(io, struct worker_ring, io);

    (void)events;
    dw__ring_awake(ring->end);
    if (dw__ring_sync(ring->end))
        ring->broken = false;
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
    *w = (struct sql_writer){.magic = MAGIC, .h = h, .inv = inv, .loop = loop, .log = log, .fatal = fatal};
    dw__task_init(&w->run, on_run);
    w->retry.fn = on_retry;
    w->idle.fn = on_idle;
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

void dw__sql_writer_drain(struct sql_writer *w)
{
    DW__MAGIC(w, MAGIC);
    for (int i = 0; i < DRAIN_BATCHES && run_batch(w); i++)
        ;
    if (!w->stopped)
        checkpoint(w);
    w->stopped = true;
    dw__task_cancel(&w->run);
    dw__timer_clear(w->loop, &w->retry);
    dw__timer_clear(w->loop, &w->idle);
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
