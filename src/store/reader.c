/* store/reader.c -- a worker's reads.
 *
 * All reads of one turn of the loop share a transaction (sqlite_snapshot.c).  It ends with the turn, so that it holds back no
 * checkpoint while the worker sleeps. */
#include "store/reader.h"

#include <stdlib.h>

#define ON_LOOP_NS UINT64_C(1000000000) /* of this thread, which serves others too */

struct reader {
    struct sql_handle *h; /* borrowed */
    struct loop *loop;
    struct task end_of_turn;
};

static void on_end_of_turn(struct task *task)
{
    dw__sqlite_snapshot_end(DW__LIST_ENTRY(task, struct reader, end_of_turn)->h);
}

dw_err dw__reader_run(struct reader *r, dw_ctx *ctx, struct sql_call *call, struct sql_run *run)
{
    dw_err err;

    (void)ctx;
    (void)call;
    if (run->budget_ns == 0 || run->budget_ns > ON_LOOP_NS)
        run->budget_ns = ON_LOOP_NS;
    if (dw__sqlite_snapshot(r->h))
        dw__loop_at_end(r->loop, &r->end_of_turn);
    err = dw__sqlite_run(r->h, run);
    if (err != DW_OK)
        dw__sqlite_snapshot_end(r->h);
    return err;
}

dw_err dw__reader_new(struct reader **out, struct sql_handle *h, struct loop *loop)
{
    struct reader *r = calloc(1, sizeof *r);

    *out = r;
    if (!r)
        return DW_UNAVAILABLE;
    *r = (struct reader){.h = h, .loop = loop};
    dw__task_init(&r->end_of_turn, on_end_of_turn);
    return DW_OK;
}

void dw__reader_free(struct reader *r)
{
    if (!r)
        return;
    dw__task_cancel(&r->end_of_turn);
    dw__sqlite_snapshot_end(r->h);
    free(r);
}
