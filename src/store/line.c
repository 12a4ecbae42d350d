/* store/line.c -- first come, first served. See line.h. */
#include "store/line.h"

struct waiter {
    struct list link;
    struct fiber *fiber;
    bool all, served;
};

void dw__line_init(struct line *line)
{
    dw__list_init(&line->waiting);
    line->taken = false;
}

/* Those who need not be alone go together; the first who must be goes alone. */
static void serve(struct line *line)
{
    while (!line->taken && !dw__list_empty(&line->waiting)) {
        struct waiter *w = DW__LIST_ENTRY(line->waiting.next, struct waiter, link);

        dw__list_remove(&w->link);
        w->served = true;
        line->taken = w->all;
        dw__fiber_wake(w->fiber, DW_OK);
    }
}

dw_err dw__line_wait(struct line *line, dw_ctx *ctx, uint64_t until_ns, bool all)
{
    struct waiter w = {.fiber = ctx->fiber, .all = all};
    dw_err err;

    if (!line->taken && dw__list_empty(&line->waiting)) {
        line->taken = all;
        return DW_OK;
    }
    dw__list_append(&line->waiting, &w.link);
    err = dw__ctx_park(ctx, until_ns);
    if (w.served)
        return DW_OK;
    dw__list_remove(&w.link);
    serve(line);
    return err == DW_CANCELED ? DW_CANCELED : DW_UNAVAILABLE;
}

void dw__line_leave(struct line *line)
{
    line->taken = false;
    serve(line);
}
