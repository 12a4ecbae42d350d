/* os/pool.c -- threads beside the loop.
 *
 * Jobs come from an array made at the start, so that a full pool says so instead of growing, and the request path does not
 * allocate (but for an argument larger than INLINE_ARG).  A thread touches a job and its copy of the argument, never the fiber or the
 * context that wait for it; those are touched only on the loop's thread, where the finished job arrives by a post.
 *
 * A waiter that gives up leaves its job: if it had not begun it is taken from the queue, else it runs to its end on its copy, and
 * the post wipes and recycles it.  For the same reason the pool's memory outlives dw__pool_free until the last post has come.
 * The waiter of a job that can be told to stop does not leave it while it runs. */
#define _GNU_SOURCE
#include "os/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/list.h"
#include "os/thread.h"
#include "os/wait.h"

#define MAGIC 0x504f4f4cu
#define INLINE_ARG ((size_t)256)
#define ID_MAX ((size_t)64) /* bytes of a request id that are kept */

/* On the stack of the fiber that waits. */
struct waiter {
    struct fiber *fiber;
    struct job *job; /* NULL once it is done or dropped */
};

struct job {
    struct list
        link; /* in pool->free (loop's thread) or pool->queued (under the lock), or in none: it runs, or is on its way back */
    struct post done;
    struct pool *pool;
    struct waiter *waiter; /* NULL: given up. This and the next: loop's thread only */
    bool returned;         /* its post has come */
    void (*fn)(void *arg);
    void *lent; /* the caller's, who waits for it; NULL: arg */
    void *arg;  /* inline_arg, or malloced */
    size_t size;
    dw_ctx whom; /* for a crash report: request id and route, and nothing else */
    char id[ID_MAX];
    _Alignas(16) char inline_arg[INLINE_ARG];
};

struct pool {
    uint32_t magic;
    struct loop *loop;
    int nice_by;
    unsigned n_threads;
    size_t n_jobs, n_out; /* all, and those taken from `free`; loop's thread only */
    struct list free;
    struct job *jobs;
    struct thread *threads;
    char name[12];

    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t some;
    struct list queued;
    bool closing;
};

static void free_memory(struct pool *pool)
{
    pthread_cond_destroy(&pool->some);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool->jobs);
    pool->magic = 0;
    free(pool);
}

/* ---- jobs, on the loop's thread ---- */

static void recycle(struct job *job)
{
    struct pool *pool = job->pool;
    explicit_bzero(job->arg, job->size);
    if (job->arg != job->inline_arg)
        free(job->arg);
    dw__list_append(&pool->free, &job->link);
    pool->n_out--;
    dw__loop_release(pool->loop);
    if (pool->closing && pool->n_out == 0)
        free_memory(pool);
}

static void on_done(struct post *post)
{
    struct job *job = DW__LIST_ENTRY(post, struct job, done);
    job->returned = true;
    if (job->waiter != NULL) /* it recycles the job after having taken its result */
        dw__fiber_wake(job->waiter->fiber, DW_OK);
    else
        recycle(job);
}

/* The job may outlive its request: the id is copied. Routes live as long as the process. */
static void note_whom(struct job *job, const dw_ctx *ctx)
{
    size_t n = ctx->request_id.n < ID_MAX ? ctx->request_id.n : ID_MAX;

    if (n > 0)
        memcpy(job->id, ctx->request_id.p, n);
    job->whom = (dw_ctx){.request_id = {job->id, n}, .route = ctx->route};
}

static struct job *take_job(struct pool *pool, void (*fn)(void *arg), const void *arg, size_t size)
{
    if (dw__list_empty(&pool->free))
        return NULL;
    struct job *job = DW__LIST_ENTRY(pool->free.next, struct job, link);
    job->arg = size <= INLINE_ARG ? job->inline_arg : malloc(size);
    if (job->arg == NULL)
        return NULL;
    dw__list_remove(&job->link);
    if (size > 0)
        memcpy(job->arg, arg, size);
    job->size = size;
    job->fn = fn;
    job->lent = NULL;
    job->returned = false;
    pool->n_out++;
    dw__loop_hold(pool->loop);
    return job;
}

/* Takes the job back from the queue; false when a thread has it already. */
static bool unqueue(struct job *job)
{
    struct pool *pool = job->pool;
    pthread_mutex_lock(&pool->lock);
    bool queued = !dw__list_empty(&job->link);
    dw__list_remove(&job->link);
    pthread_mutex_unlock(&pool->lock);
    return queued;
}

static void enqueue(struct job *job, struct waiter *waiter, const dw_ctx *ctx)
{
    struct pool *pool = job->pool;
    job->waiter = waiter;
    note_whom(job, ctx);
    pthread_mutex_lock(&pool->lock);
    dw__list_append(&pool->queued, &job->link);
    pthread_cond_signal(&pool->some);
    pthread_mutex_unlock(&pool->lock);
}

dw_err dw__pool_run(struct pool *pool, dw_ctx *ctx, void (*fn)(void *arg), void *arg, size_t size)
{
    DW__MAGIC(pool, MAGIC);
    dw_err may = dw__ctx_may_wait(ctx);
    if (may != DW_OK)
        return may;
    if (ctx->canceled)
        return DW_CANCELED;
    if (ctx->fiber == NULL) {
        fn(arg);
        return DW_OK;
    }
    struct job *job = take_job(pool, fn, arg, size);
    if (job == NULL)
        return DW_UNAVAILABLE;
    struct waiter waiter = {.fiber = ctx->fiber, .job = job};
    enqueue(job, &waiter, ctx);
    dw_err err = dw__ctx_park(ctx, 0);
    if (waiter.job == NULL) /* dropped by dw__pool_free: nothing of the pool may be touched */
        return err;
    bool dropped = !job->returned && unqueue(job);
    while (ctx->stays && !dropped && !job->returned)
        (void)!dw__ctx_park_uncanceled(ctx, 0);
    job->waiter = NULL;
    if (err == DW_OK && size > 0)
        memcpy(arg, job->arg, size);
    if (job->returned || dropped)
        recycle(job);
    return err;
}

dw_err dw__pool_run_stoppable(struct pool *pool, dw_ctx *ctx, void (*fn)(void *arg), void *arg,
                              _Atomic bool *stop)
{
    DW__MAGIC(pool, MAGIC);
    dw_err may = dw__ctx_may_wait(ctx);
    if (may != DW_OK)
        return may;
    if (ctx->canceled)
        return DW_CANCELED;
    if (ctx->fiber == NULL) {
        fn(arg);
        return DW_OK;
    }
    struct job *job = take_job(pool, fn, NULL, 0);
    if (job == NULL)
        return DW_UNAVAILABLE;
    job->lent = arg;
    struct waiter waiter = {.fiber = ctx->fiber, .job = job};
    enqueue(job, &waiter, ctx);
    dw_err err = dw__ctx_park(ctx, 0);
    if (waiter.job == NULL)
        return err;
    if (!job->returned && !unqueue(job)) {
        atomic_store(stop, true);
        while (!job->returned)
            (void)!dw__ctx_park_uncanceled(ctx, 0);
    } else if (job->returned)
        err = DW_OK;
    job->waiter = NULL;
    recycle(job);
    return err;
}

/* ---- threads ---- */

static struct job *next_job(struct pool *pool)
{
    struct job *job = NULL;
    pthread_mutex_lock(&pool->lock);
    while (!pool->closing && dw__list_empty(&pool->queued))
        pthread_cond_wait(&pool->some, &pool->lock);
    if (!pool->closing) {
        job = DW__LIST_ENTRY(pool->queued.next, struct job, link);
        dw__list_remove(&job->link);
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void thread_main(void *arg)
{
    struct pool *pool = arg;
    /* Linux: of this thread alone. To be less urgent is always allowed. */
    (void)setpriority(PRIO_PROCESS, 0, pool->nice_by);
    for (struct job *job; (job = next_job(pool)) != NULL;) {
        dw__thread_serves(&job->whom);
        job->fn(job->lent != NULL ? job->lent : job->arg);
        dw__thread_serves(NULL);
        dw__loop_post(pool->loop, &job->done);
    }
}

/* False when not all could be started. */
static bool start_threads(struct pool *pool, unsigned threads)
{
    for (; pool->n_threads < threads; pool->n_threads++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%s-%u", pool->name, pool->n_threads % 100);
        if (dw__thread_start(&pool->threads[pool->n_threads], name, thread_main, pool) != DW_OK)
            return false;
    }
    return true;
}

static void stop_threads(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->some);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->n_threads; i++)
        dw__thread_join(&pool->threads[i]);
}

dw_err dw__pool_new(struct pool **out, struct loop *loop, const char *name, unsigned threads, unsigned queue,
                    int nice_by)
{
    *out = NULL;
    DW__CHECK(threads > 0 && nice_by >= 0);
    struct pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return DW_UNAVAILABLE;
    pool->magic = MAGIC;
    pool->loop = loop;
    pool->nice_by = nice_by;
    pool->n_jobs = (size_t)threads + queue;
    (void)snprintf(pool->name, sizeof(pool->name), "%s", name);
    dw__list_init(&pool->free);
    dw__list_init(&pool->queued);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->some, NULL);
    pool->jobs = calloc(pool->n_jobs, sizeof(*pool->jobs));
    pool->threads = calloc(threads, sizeof(*pool->threads));
    if (pool->jobs == NULL || pool->threads == NULL)
        goto err;
    for (size_t i = 0; i < pool->n_jobs; i++) {
        pool->jobs[i].pool = pool;
        pool->jobs[i].done.fn = on_done;
        dw__list_append(&pool->free, &pool->jobs[i].link);
    }
    if (!start_threads(pool, threads))
        goto err;
    *out = pool;
    return DW_OK;

err:
    stop_threads(pool);
    free_memory(pool);
    return DW_UNAVAILABLE;
}

void dw__pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    DW__MAGIC(pool, MAGIC);
    stop_threads(pool);
    pool->n_out++; /* our own claim, so that the last recycle() below does not free the pool under us */
    while (!dw__list_empty(&pool->queued)) {
        struct job *job = DW__LIST_ENTRY(pool->queued.next, struct job, link);
        dw__list_remove(&job->link);
        DW__CHECK(job->waiter != NULL); /* who gives up takes its job from the queue */
        job->waiter->job = NULL;
        dw__fiber_wake(job->waiter->fiber, DW_CANCELED);
        job->waiter = NULL;
        recycle(job);
    }
    if (--pool->n_out == 0)
        free_memory(pool);
}
