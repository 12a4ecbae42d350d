/* app/work.c -- see work.h. */
#include "app/work.h"

#define WORK_MEMORY ((size_t)256 << 20)

struct work {
    const struct database_work *what;
    dw_ctx ctx;
    dw_err result;
    struct loop *loop;
    struct task begin;
    struct fiber_pool *fibers;
};

static void on_fiber(void *arg)
{
    struct work *work = arg;

    work->ctx.fiber = dw__fiber_self();
    dw__fiber_serves(&work->ctx);
    work->result = work->what->run(&work->ctx, work->what->arg);
    if (work->ctx.tx_left && work->result == DW_OK)
        work->result = DW_INTERNAL; /* what it believes to be done is not */
    dw__ctx_end(&work->ctx);
    dw__loop_stop(work->loop);
}

static void begin(struct task *task)
{
    struct work *work = DW__LIST_ENTRY(task, struct work, begin);
    dw_err err = dw__fiber_start(work->fibers, on_fiber, work, NULL);

    if (err == DW_OK) /* it may have ended already, with a result of its own */
        return;
    work->result = err;
    dw__loop_stop(work->loop);
}

dw_err dw__work_run(const struct database_work *what, struct runtime *p)
{
    struct work work = {.what = what, .loop = p->loop, .fibers = p->fibers};
    struct arena arena;

    dw__arena_init(&arena, &p->chunks, WORK_MEMORY);
    dw__ctx_init(&work.ctx, &arena, &p->services, dw__loop_clock(p->loop));
    dw__task_init(&work.begin, begin);
    dw__loop_ready(p->loop, &work.begin);
    dw__loop_run(p->loop);
    dw__arena_release(&arena);
    return work.result;
}
