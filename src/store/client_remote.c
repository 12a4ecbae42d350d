/* store/client_remote.c -- a worker's way to the store.
 *
 * A statement that writes is put into the ring under an id, the ring is flushed once at the end of the turn, and the fiber waits for
 * the answer that carries that id.  When its client leaves it takes the statement back, and still waits: the store may have
 * committed by then, and only the answer says whether it is done or canceled.  When no answer comes in time, or the store is
 * replaced, the outcome is not known; the caller hears DW_UNAVAILABLE and the log says which it was.  An answer that nobody
 * waits for any more is dropped by its id. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/check.h"
#include "base/log.h"
#include "os/loop.h"
#include "os/wait.h"
#include "store/line.h"
#include "store/reader.h"
#include "store/ring.h"
#include "store/tx.h"

#define SLOTS DW__RING_CANCELS
#define WRITE_NS UINT64_C(5000000000)  /* until the store must have begun and ended the statement */
#define COMMIT_NS UINT64_C(5000000000) /* for the commit behind it */
#define DEAD_NS UINT64_C(3000000000)   /* a store that was not seen alive for so long is not there */
#define ANSWERS_A_TURN 256
#define MEET_TRIES 20
#define MEET_WAIT_MS 50

/* One statement under way. */
struct slot {
    uint32_t id; /* its remainder by SLOTS is the slot; the rest changes with each use */
    uint32_t next_free;
    struct sql_call *call; /* NULL: free, or nobody waits */
    struct fiber *fiber;
    bool answered;
    dw_err result;
};

struct remote {
    struct sql_client client; /* first */
    struct loop *loop;
    struct ring_end *ring; /* borrowed */
    struct reader *reader;
    struct io io;
    struct task flush, more;
    struct line line; /* to the ring, past a transaction */
    uint16_t leases;  /* so many were asked for */
    bool is_down;     /* the monitor said so */
    uint32_t free, n_used;
    struct slot slots[SLOTS];
    char message[DW__RING_MESSAGE];
};

/* ---- slots ---- */

static struct slot *take_slot(struct remote *r)
{
    struct slot *slot;

    if (r->free == SLOTS)
        return NULL;
    slot = &r->slots[r->free];
    r->free = slot->next_free;
    r->n_used++;
    return slot;
}

static void give_slot(struct remote *r, struct slot *slot)
{
    dw__ring_uncancel(r->ring, slot->id);
    slot->call = NULL;
    slot->fiber = NULL;
    slot->id += SLOTS;
    slot->next_free = r->free;
    r->free = (uint32_t)(slot - r->slots);
    r->n_used--;
}

static void finish(struct slot *slot, dw_err result)
{
    slot->answered = true;
    slot->result = result;
    slot->call = NULL;
    dw__fiber_wake(slot->fiber, DW_OK);
}

/* ---- answers ---- */

static void take_answer(struct remote *r, dw_text message)
{
    struct answer answer;
    struct slot *slot;
    dw_err err = dw__answer_get(&message, &answer);

    if (err != DW_OK)
        return;
    slot = &r->slots[answer.id % SLOTS];
    if (slot->id != answer.id || !slot->call)
        return;
    slot->call->changes = answer.changes;
    finish(slot, answer.err == DW_OK ? dw__collect_bytes(&slot->call->collect, message, answer.n_rows)
                                     : answer.err);
}

/* The store was replaced: nothing that was under way will be answered. */
static void lose_all(struct remote *r)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (r->slots[i].call)
            finish(&r->slots[i], DW_UNAVAILABLE);
}

static void take_answers(struct remote *r)
{
    size_t n;
    dw_err err = DW_OK;

    if (dw__ring_sync(r->ring))
        lose_all(r);
    for (int i = 0; i < ANSWERS_A_TURN; i++) {
        err = dw__ring_get(r->ring, r->message, sizeof r->message, &n);
        if (err != DW_OK)
            break;
        take_answer(r, (dw_text){r->message, n});
        explicit_bzero(r->message, n);
    }
    /* A ring that the store broke is asked for anew. */
    if (err == DW_INTERNAL && dw__ring_sync(r->ring))
        lose_all(r);
    if (!dw__ring_may_sleep(r->ring))
        dw__loop_ready(r->loop, &r->more);
}

static void on_wake(struct io *io, uint32_t events)
{
    struct remote *r = DW__LIST_ENTRY(io, struct remote, io);

    (void)events;
    dw__ring_awake(r->ring);
    take_answers(r);
}

static void on_more(struct task *task)
{
    take_answers(DW__LIST_ENTRY(task, struct remote, more));
}

static void on_flush(struct task *task)
{
    dw__ring_flush(DW__LIST_ENTRY(task, struct remote, flush)->ring);
}

/* ---- a write ---- */

static dw_err send_unit(struct remote *r, const struct unit *unit, const struct sql_call *call)
{
    struct buf b;
    dw_err err;

    dw__buf_init_fixed(&b, r->message, sizeof r->message);
    dw__unit_put(&b, unit, call->values, call->values ? call->st->n_params : 0);
    err = b.failed ? DW_TOO_LARGE : dw__ring_put(r->ring, b.p, b.n, NULL, 0);
    explicit_bzero(b.p, b.n);
    if (err == DW_OK)
        dw__loop_at_end(r->loop, &r->flush);
    return err;
}

/* When the store must have run a statement, and until when its answer is waited for: never longer than ctx has, and a quarter of
 * that is left for the commit, so that who is told that time is up is told what is so. DW_CANCELED or DW_TIMEOUT when it is already. */
static dw_err plan_wait(const dw_ctx *ctx, uint64_t *deadline_ns, uint64_t *until_ns)
{
    uint64_t now = ctx->clock->mono_ns, left;
    dw_err err = dw__client_budget(ctx, 0, &left);

    if (err != DW_OK)
        return err;
    *deadline_ns = now + WRITE_NS;
    *until_ns = now + WRITE_NS + COMMIT_NS;
    if (left != 0 && left - left / 4 < WRITE_NS)
        *deadline_ns = now + left - left / 4;
    if (left != 0 && left < WRITE_NS + COMMIT_NS)
        *until_ns = now + left;
    return DW_OK;
}

/* Waits for the answer to what was sent; when the client leaves meanwhile, takes it back and waits for what became of it. */
static dw_err await(struct remote *r, struct slot *slot, dw_ctx *ctx, uint64_t until_ns, const char **why)
{
    dw_err err = dw__fiber_park_interruptible(until_ns);

    if (!slot->answered && err == DW_CANCELED) {
        dw__ring_cancel(r->ring, slot->id);
        err = dw__ctx_park_uncanceled(ctx, until_ns);
    }
    if (slot->answered) {
        *why = slot->result == DW_UNAVAILABLE
                   ? "the store could not, or was replaced: the outcome may be unknown"
                   : "the store refused it; its own line says why";
        return slot->result;
    }
    *why = err == DW_TIMEOUT ? "no answer in time: the outcome is unknown"
                             : "the wait ended early: the outcome is unknown";
    return DW_UNAVAILABLE;
}

/* Sends *unit under a new id and waits for what became of it; *why is for the log. */
static dw_err send_and_wait(struct remote *r, dw_ctx *ctx, struct unit *unit, struct sql_call *call,
                            uint64_t until_ns, const char **why)
{
    struct slot *slot = take_slot(r);
    dw_err err;

    *why = "too many writes are under way";
    if (!slot)
        return DW_UNAVAILABLE;
    *why = "the store cannot be reached, or its queue is full";
    unit->id = slot->id;
    slot->call = call;
    slot->fiber = ctx->fiber;
    slot->answered = false;
    err = send_unit(r, unit, call);
    if (err == DW_OK)
        err = await(r, slot, ctx, until_ns, why);
    give_slot(r, slot);
    return err;
}

/* Whether the store can be asked now, and on whose fiber. */
static dw_err may_send(const struct remote *r, const dw_ctx *ctx, const char **why)
{
    *why = "the store died, and is not back";
    if (r->is_down)
        return DW_UNAVAILABLE;
    *why = "a write in a worker needs a fiber to wait on";
    return ctx->fiber && ctx->fiber == dw__fiber_self() ? DW_OK : DW_INTERNAL;
}

static dw_err write_in_turn(struct remote *r, dw_ctx *ctx, struct sql_call *call, struct unit *unit,
                            uint64_t until_ns, const char **why)
{
    dw_err err = may_send(r, ctx, why);

    if (err == DW_OK && (err = dw__line_wait(&r->line, ctx, until_ns, false)) != DW_OK)
        *why = "transactions of others took too long";
    return err == DW_OK ? send_and_wait(r, ctx, unit, call, until_ns, why) : err;
}

static dw_err remote_write(struct sql_client *c, dw_ctx *ctx, struct sql_call *call)
{
    struct remote *r = DW__LIST_ENTRY(c, struct remote, client);
    struct unit unit = {.statement = (uint32_t)call->index, .want = call->want};
    const char *why = "";
    uint64_t until_ns;
    dw_err err = plan_wait(ctx, &unit.deadline_ns, &until_ns);

    if (err != DW_OK)
        return err;
    err = write_in_turn(r, ctx, call, &unit, until_ns, &why);
    if (err != DW_OK && err != DW_CONFLICT && err != DW_CANCELED)
        dw__client_event(ctx, call->st, err, call->collect.fault ? call->collect.fault : why);
    return err;
}

/* ---- a transaction: see store/lease.h ---- */

/* Its number, and the ring to itself. */
static dw_err begin_lease(struct remote *r, dw_ctx *ctx, struct sql_tx *tx, uint64_t until_ns,
                          const char **why)
{
    dw_err err = dw__line_wait(&r->line, ctx, until_ns, true);

    *why = "transactions of others took too long";
    if (err != DW_OK)
        return err;
    tx->number = ++r->leases;
    tx->open = true;
    return DW_OK;
}

static void end_lease(struct remote *r, struct sql_tx *tx)
{
    tx->open = false;
    dw__line_leave(&r->line);
}

/* Nobody waits for what the store says to that. If it does not even hear of it, the lease ends when its time is up. */
static void roll_back(struct remote *r, struct sql_tx *tx)
{
    struct slot *slot = take_slot(r);
    struct unit unit = {.act = TX_ROLLBACK, .lease = (uint16_t)tx->number};

    if (slot) {
        unit.id = slot->id;
        (void)!send_unit(r, &unit, &(struct sql_call){0});
        give_slot(r, slot);
    }
    end_lease(r, tx);
}

static dw_err act_in_lease(struct remote *r, dw_ctx *ctx, struct sql_tx *tx, struct unit *unit,
                           struct sql_call *call, const char **why)
{
    uint64_t until_ns;
    dw_err err = plan_wait(ctx, &unit->deadline_ns, &until_ns);

    unit->begins = !tx->open;
    if (err == DW_OK)
        err = may_send(r, ctx, why);
    if (err == DW_OK && !tx->open)
        err = begin_lease(r, ctx, tx, until_ns, why);
    if (err != DW_OK)
        return err;
    unit->lease = (uint16_t)tx->number;
    err = send_and_wait(r, ctx, unit, call, until_ns, why);
    if (call->changes == DW__LEASE_LOST) {
        tx->again = err == DW_UNAVAILABLE;
        *why = "its time was up, or the store was replaced: nothing of it is there";
        end_lease(r, tx);
    } else if (unit->act == TX_COMMIT)
        end_lease(r, tx);
    return err;
}

static dw_err remote_in_tx(struct sql_client *c, dw_ctx *ctx, struct sql_tx *tx, unsigned act,
                           struct sql_call *call)
{
    struct remote *r = DW__LIST_ENTRY(c, struct remote, client);
    struct sql_call none = {0};
    struct unit unit = {.act = (uint8_t)act};
    const char *why = "";
    dw_err err;

    if (act == TX_ROLLBACK) {
        roll_back(r, tx);
        return DW_OK;
    }
    if (act == TX_RUN) {
        unit.statement = (uint32_t)call->index;
        unit.want = call->want;
    }
    err = act_in_lease(r, ctx, tx, &unit, call ? call : &none, &why);
    if (act == TX_COMMIT && err != DW_OK && tx->open)
        roll_back(r, tx);
    if (err == DW_OK || err == DW_CONFLICT || err == DW_CANCELED)
        return err;
    if (act == TX_RUN && !tx->again)
        dw__client_event(ctx, call->st, err, call->collect.fault ? call->collect.fault : why);
    else
        (void)snprintf(tx->trouble, sizeof tx->trouble, "%s", why);
    return err;
}

/* ---- a read ---- */

static dw_err remote_read(struct sql_client *c, dw_ctx *ctx, struct sql_call *call, struct sql_run *run)
{
    return dw__reader_run(DW__LIST_ENTRY(c, struct remote, client)->reader, ctx, call, run);
}

/* ---- life ---- */

void dw__sql_client_store_down(struct sql_client *c)
{
    struct remote *r = DW__LIST_ENTRY(c, struct remote, client);

    r->is_down = true;
    lose_all(r);
}

void dw__sql_client_store_up(struct sql_client *c)
{
    DW__LIST_ENTRY(c, struct remote, client)->is_down = false;
}

static dw_err remote_ready(struct sql_client *c)
{
    struct remote *r = DW__LIST_ENTRY(c, struct remote, client);
    uint64_t now = dw__loop_clock(r->loop)->mono_ns, beat;

    if (r->is_down || !dw__ring_connected(r->ring))
        return DW_UNAVAILABLE;
    beat = dw__ring_last_beat(r->ring);
    return beat < now && now - beat > DEAD_NS ? DW_UNAVAILABLE : DW_OK;
}

static void remote_free(struct sql_client *c)
{
    struct remote *r = DW__LIST_ENTRY(c, struct remote, client);

    DW__CHECK(r->n_used == 0);
    dw__task_cancel(&r->flush);
    dw__task_cancel(&r->more);
    if (dw__loop_watch(r->loop, &r->io, 0) != DW_OK)
        dw__check_failed(__FILE__, __LINE__, "the ring was not watched");
    dw__reader_free(r->reader);
    free(r);
}

/* Gives a store that is up the time to answer, so that a worker is ready when it says so. */
static void meet(struct remote *r)
{
    for (int i = 0; i < MEET_TRIES; i++) {
        struct pollfd p = {.fd = r->io.fd, .events = POLLIN};

        (void)dw__ring_sync(r->ring);
        if (dw__ring_connected(r->ring))
            break;
        if (poll(&p, 1, MEET_WAIT_MS) > 0)
            dw__ring_awake(r->ring);
    }
}

dw_err dw__sql_client_remote(struct sql_client **out, struct sql_handle *h, const struct sql_inventory *inv,
                             struct ring_end *ring, struct loop *loop)
{
    static const struct sql_client_ops ops = {.read = remote_read,
                                              .write = remote_write,
                                              .ready = remote_ready,
                                              .free = remote_free,
                                              .in_tx = remote_in_tx};
    struct remote *r = calloc(1, sizeof *r);
    dw_err err;

    *out = NULL;
    if (!r)
        return DW_UNAVAILABLE;
    r->client = (struct sql_client){.magic = DW__SQL_CLIENT_MAGIC, .ops = &ops, .h = h, .inv = inv};
    r->loop = loop;
    r->ring = ring;
    r->io = (struct io){.fn = on_wake, .fd = dw__ring_wake_fd(ring)};
    dw__line_init(&r->line);
    dw__task_init(&r->flush, on_flush);
    dw__task_init(&r->more, on_more);
    for (uint32_t i = 0; i < SLOTS; i++)
        r->slots[i] = (struct slot){.id = i, .next_free = i + 1};
    err = dw__reader_new(&r->reader, h, inv, loop);
    if (err != DW_OK)
        goto err1;
    meet(r);
    err = dw__loop_watch(loop, &r->io, EPOLLIN);
    if (err != DW_OK)
        goto err2;
    if (!dw__ring_may_sleep(ring))
        dw__loop_ready(loop, &r->more);
    *out = &r->client;
    return DW_OK;

err2:
    dw__reader_free(r->reader);
err1:
    free(r);
    return err;
}
