/* store/reader.c -- a worker's reads.
 *
 * All reads of one turn of the loop share a transaction (sqlite_snapshot.c).  It ends with the turn, so that it holds back no
 * checkpoint while the worker sleeps.
 *
 * A read holds the loop for at most DW__READ_ON_LOOP_NS; one that needs longer is stopped there and begun anew in a thread
 * (read_threads.c), where it has what is left of its request's time.  The statement is remembered: its next runs begin in a thread, and
 * after some of them it is tried on the loop again, since it was perhaps the values of one request that made it slow. */
#include "store/reader.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "os/fiber.h"
#include "store/read_threads.h"

#define RUNS_IN_A_THREAD \
    64u /* of a statement that was too long for the loop, before it is tried there again */

struct reader {
    struct sql_handle *h; /* borrowed */
    struct loop *loop;
    struct task end_of_turn;
    struct read_threads *threads;
    uint8_t *moved; /* by statement: how many of its next runs begin in a thread */
    size_t n_moves;
};

static void on_end_of_turn(struct task *task)
{
    dw__sqlite_snapshot_end(DW__LIST_ENTRY(task, struct reader, end_of_turn)->h);
}

static dw_err run_on_loop(struct reader *r, struct sql_run *run)
{
    dw_err err;

    if (dw__sqlite_snapshot(r->h))
        dw__loop_at_end(r->loop, &r->end_of_turn);
    err = dw__sqlite_run(r->h, run);
    if (err != DW_OK)
        dw__sqlite_snapshot_end(r->h);
    return err;
}

/* From now on in a thread: what was collected is forgotten. */
static void move(struct reader *r, const dw_ctx *ctx, struct sql_call *call)
{
    r->moved[call->index] = RUNS_IN_A_THREAD;
    r->n_moves++;
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "sql.moved",
              dw_x_kv_cstr("statement", call->st->query->name));
    dw__collect_init(&call->collect, call->st, ctx->arena, call->want, call->collect.one);
}

dw_err dw__reader_run(struct reader *r, dw_ctx *ctx, struct sql_call *call, struct sql_run *run)
{
    bool may_move = run->budget_ns == 0 || run->budget_ns > DW__READ_ON_LOOP_NS;
    dw_err err;

    if (!ctx->fiber || ctx->fiber != dw__fiber_self()) /* there is no loop to be held up */
        return run_on_loop(r, run);
    if (r->moved[call->index] > 0) {
        r->moved[call->index]--;
        return dw__read_threads_run(r->threads, ctx, call, run);
    }
    if (may_move)
        run->budget_ns = DW__READ_ON_LOOP_NS;
    err = run_on_loop(r, run);
    if (err != DW_TIMEOUT || !may_move)
        return err;
    move(r, ctx, call);
    return dw__read_threads_run(r->threads, ctx, call, run);
}

size_t dw__reader_moves(const struct reader *r)
{
    return r->n_moves;
}

dw_err dw__reader_new(struct reader **out, struct sql_handle *h, const struct sql_inventory *inv,
                      struct loop *loop)
{
    struct reader *r = calloc(1, sizeof *r);
    dw_err err = DW_UNAVAILABLE;

    *out = NULL;
    if (!r)
        return err;
    *r = (struct reader){.h = h, .loop = loop};
    dw__task_init(&r->end_of_turn, on_end_of_turn);
    r->moved = calloc(dw__sql_inventory_count(inv), sizeof *r->moved);
    if (r->moved)
        err = dw__read_threads_new(&r->threads, h, loop);
    if (err != DW_OK) {
        dw__reader_free(r);
        return err;
    }
    *out = r;
    return DW_OK;
}

void dw__reader_free(struct reader *r)
{
    if (!r)
        return;
    dw__read_threads_free(r->threads);
    dw__task_cancel(&r->end_of_turn);
    dw__sqlite_snapshot_end(r->h);
    free(r->moved);
    free(r);
}
