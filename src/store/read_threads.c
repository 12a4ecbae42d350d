/* store/read_threads.c -- long reads beside the loop.
 *
 * A thread takes a handle, or opens one as the worker's own was opened: read-only, the page index too.  It touches nothing of
 * the request but its values: rows are gathered as bytes in memory of their own, and go into the request's when the loop has it
 * again.  The fiber waits until the thread has let go of the values, which SQLite's progress handler sees to within a
 * millisecond when the request is over. */
#include "store/read_threads.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "os/pool.h"

#define ROWS_BYTES ((size_t)16 << 20) /* of one read */
#define NICE 5                        /* they yield to the loops, but are waited for */

struct read_threads {
    struct pool *pool;
    const struct sql_handle *like;
    char trouble[DW__SQL_TROUBLE];                     /* of the last read that ended; loop's thread only */
    struct sql_handle *_Atomic idle[DW__READ_THREADS]; /* NULL: a free place */
};

/* One read, on the stack of the fiber that waits for it. */
struct long_read {
    struct read_threads *threads;
    struct sql_run run;
    struct sql_encode rows;
    struct arena arena; /* of the rows: malloc's, since the worker's chunks belong to its loop */
    _Atomic bool stop;
    dw_err err;
    char trouble[DW__SQL_TROUBLE];
};

/* ---- in a thread ---- */

static struct sql_handle *take_handle(struct long_read *read)
{
    struct read_threads *t = read->threads;
    struct sql_handle *h = NULL;
    struct buf why;

    for (size_t i = 0; i < DW__READ_THREADS && !h; i++)
        h = atomic_exchange(&t->idle[i], NULL);
    if (h)
        return h;
    dw__buf_init_fixed(&why, read->trouble, sizeof read->trouble - 1);
    if (dw__sql_open_like(&h, t->like, &why) != DW_OK)
        read->trouble[why.n] = '\0';
    return h;
}

/* There is a place: never more are out than there are threads. */
static void give_handle(struct read_threads *t, struct sql_handle *h)
{
    struct sql_handle *none = NULL;

    for (size_t i = 0; i < DW__READ_THREADS; i++, none = NULL)
        if (atomic_compare_exchange_strong(&t->idle[i], &none, h))
            return;
    DW__CHECK(false);
}

static bool is_over(void *self)
{
    return atomic_load_explicit(&((struct long_read *)self)->stop, memory_order_relaxed);
}

static void run_in_thread(void *arg)
{
    struct long_read *read = arg;
    struct sql_handle *h;

    if (is_over(read))
        return;
    h = take_handle(read);
    if (!h)
        return;
    read->err = dw__sqlite_run(h, &read->run);
    (void)snprintf(read->trouble, sizeof read->trouble, "%s", read->run.trouble);
    give_handle(read->threads, h);
}

/* ---- on the loop ---- */

/* What came of a read whose thread is done with it. */
static dw_err finish(struct long_read *read, struct sql_call *call)
{
    struct sql_encode *rows = &read->rows;

    if (read->err == DW_TOO_LARGE && read->trouble[0] == '\0') {
        call->collect.fault = "its rows are more than 1000, or too large; page by key";
        return DW_INTERNAL;
    }
    if (read->err != DW_OK)
        return read->err;
    return dw__collect_bytes(&call->collect, (dw_text){rows->rows.p, rows->rows.n}, rows->n);
}

dw_err dw__read_threads_run(struct read_threads *t, dw_ctx *ctx, struct sql_call *call, struct sql_run *run)
{
    struct long_read read = {.threads = t, .run = *run, .err = DW_UNAVAILABLE};
    dw_err err;

    dw__arena_init(&read.arena, NULL, ROWS_BYTES);
    dw__encode_init(&read.rows, call->st, call->want);
    dw__buf_init(&read.rows.rows, &read.arena, ROWS_BYTES);
    read.run.sink = &read.rows.sink;
    read.run.budget_ns = 0;
    read.run.until_ns = ctx->deadline_ns;
    read.run.stop = is_over;
    read.run.stop_self = &read;
    err = dw__pool_run_stoppable(t->pool, ctx, run_in_thread, &read, &read.stop);
    if (err == DW_OK)
        err = finish(&read, call);
    else if (err == DW_UNAVAILABLE)
        (void)snprintf(read.trouble, sizeof read.trouble, "too many long reads are under way");
    run->again = read.run.again;
    (void)snprintf(t->trouble, sizeof t->trouble, "%s", read.trouble);
    run->trouble = t->trouble;
    dw__arena_release(&read.arena);
    return err;
}

/* ---- life ---- */

dw_err dw__read_threads_new(struct read_threads **out, const struct sql_handle *like, struct loop *loop)
{
    struct read_threads *t = calloc(1, sizeof *t);
    dw_err err;

    *out = NULL;
    if (!t)
        return DW_UNAVAILABLE;
    t->like = like;
    err = dw__pool_new(&t->pool, loop, "reads", DW__READ_THREADS, DW__READ_QUEUE, NICE);
    if (err != DW_OK) {
        dw__read_threads_free(t);
        return err;
    }
    *out = t;
    return DW_OK;
}

void dw__read_threads_free(struct read_threads *t)
{
    if (!t)
        return;
    dw__pool_free(t->pool);
    for (size_t i = 0; i < DW__READ_THREADS; i++)
        dw__sql_close(t->idle[i]);
    free(t);
}
