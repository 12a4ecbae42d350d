/* os/fiber.c -- fibers: their stacks, their life, and who runs when.
 *
 * All stacks of a pool lie in one reservation, a guard region below each, so that "is this address in a guard?" is arithmetic
 * that a signal handler may do.  A stack is made accessible at first use and recycled last-in first-out, warm in the cache.
 * What a fiber is (struct fiber) lies apart from its stack, where no overflow of the stack reaches it.
 *
 * A fiber runs until it parks or ends, and then whoever resumed it goes on: the loop's ready phase, or the caller of
 * dw__fiber_start.  Waking only queues a task; it never switches.  A switch makes no system call. */
#include "os/fiber.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/asan.h"
#include "base/check.h"
#include "base/ctx.h" /* what it holds is not ours; a debugger reads it through struct fiber */
#include "base/text.h"
#include "os/fiber_switch.h"

#if !defined(__x86_64__)
#error \
    "fibers need a switch for this machine: write src/os/fiber_<machine>.S beside fiber_x86_64.S and first_context() here"
#endif

#if DW__ASAN
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

/* Valgrind guesses that a jump of the stack pointer is another stack, and guesses wrong between neighbours. Test builds tell it. */
#if defined(DW_FAULTS) && defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(low, high) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#define MAGIC 0x46494252u
#define GUARD ((size_t)64 << 10)
#define STACK ((size_t)128 << 10)
#define SLOT (GUARD + STACK)

enum state { FREE, RUNNING, PARKED, WOKEN, ENDED };

struct fiber {
    void *sp; /* of its context while it is not running */
    void (*fn)(void *arg);
    void *arg;
    const struct dw_ctx *ctx; /* for whom it works, or NULL */
    struct fiber_pool *pool;
    struct fiber *resumer; /* NULL: the loop's own stack */
    void *resumer_sp;
    char *stack; /* lowest byte */
    enum state state;
    bool interruptible;
    dw_err result;
    struct timer deadline;
    struct task resume;
    struct fiber *next_free;
    unsigned valgrind_id;
#if DW__ASAN
    void *fake;                /* its fake frames while it is not running */
    void *resumer_fake;        /* its resumer's */
    const void *resumer_stack; /* and where its resumer's stack is */
    size_t resumer_size;
#endif
};

struct fiber_pool {
    uint32_t magic;
    bool measured;
    struct loop *loop;
    char *base; /* max slots: guard, stack, guard, stack … */
    size_t max, keep;
    size_t n_made, n_live, n_warm, high_water;
    struct fiber *warm, *cold; /* free: with their memory, and without */
    struct fiber *fibers;
    struct fiber_pool *next;
};

static _Thread_local struct fiber *running;
static _Thread_local struct fiber_watch watch;
static struct fiber_pool *pools;

/* ---- sanitizers: they must know which stack is in use ---- */

#if DW__ASAN
static void about_to_resume(struct fiber *f)
{
    __sanitizer_start_switch_fiber(&f->resumer_fake, f->stack, STACK);
}
static void resumed(struct fiber *f)
{
    __sanitizer_finish_switch_fiber(f->fake, &f->resumer_stack, &f->resumer_size);
}
static void about_to_leave(struct fiber *f)
{
    __sanitizer_start_switch_fiber(f->state == ENDED ? NULL : &f->fake, f->resumer_stack, f->resumer_size);
}
static void left(struct fiber *f)
{
    __sanitizer_finish_switch_fiber(f->resumer_fake, NULL, NULL);
}
static void register_roots(const struct fiber_pool *pool)
{
    __lsan_register_root_region(pool->base, pool->max * SLOT);
}
static void unregister_roots(const struct fiber_pool *pool)
{
    __lsan_unregister_root_region(pool->base, pool->max * SLOT);
}
#else
#define about_to_resume(f) ((void)(f))
#define resumed(f) ((void)(f))
#define about_to_leave(f) ((void)(f))
#define left(f) ((void)(f))
#define register_roots(pool) ((void)(pool))
#define unregister_roots(pool) ((void)(pool))
#endif

/* ---- stacks ---- */

/* A stack and its guard are two mappings; half of what the kernel allows is left to everything else. */
static size_t most_stacks(void)
{
    uint64_t maps = 65530;
    char digits[24];
    int fd = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t n = read(fd, digits, sizeof(digits));
        close(fd);
        uint64_t v;
        if (n > 1 && dw__text_u64((dw_text){digits, (size_t)n - 1}, &v) && v <= INT32_MAX)
            maps = v;
    }
    return maps / 4;
}

dw_err dw__fiber_pool_new(struct fiber_pool **out, struct loop *loop, size_t max, size_t keep)
{
    *out = NULL;
    if (dw__fiber_shadow_stack() != 0)
        return DW_NOT_IMPLEMENTED;
    size_t most = most_stacks();
    if (max > most)
        max = most;
    DW__CHECK(max > 0);
    struct fiber_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return DW_UNAVAILABLE;
    pool->fibers = calloc(max, sizeof(*pool->fibers));
    if (pool->fibers == NULL)
        goto err1;
    pool->base =
        mmap(NULL, max * SLOT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (pool->base == MAP_FAILED)
        goto err2;
    pool->magic = MAGIC;
    pool->loop = loop;
    pool->max = max;
    pool->keep = keep;
    pool->next = pools;
    pools = pool;
    register_roots(pool);
    *out = pool;
    return DW_OK;

err2:
    free(pool->fibers);
err1:
    free(pool);
    return DW_UNAVAILABLE;
}

void dw__fiber_pool_free(struct fiber_pool *pool)
{
    if (pool == NULL)
        return;
    DW__MAGIC(pool, MAGIC);
    DW__CHECK(pool->n_live == 0);
    unregister_roots(pool);
    for (struct fiber_pool **p = &pools; *p != NULL; p = &(*p)->next)
        if (*p == pool) {
            *p = pool->next;
            break;
        }
    for (size_t i = 0; i < pool->n_made; i++)
        VALGRIND_STACK_DEREGISTER(pool->fibers[i].valgrind_id);
    munmap(pool->base, pool->max * SLOT);
    free(pool->fibers);
    pool->magic = 0;
    free(pool);
}

bool dw__fiber_in_guard(const void *address)
{
    for (const struct fiber_pool *pool = pools; pool != NULL; pool = pool->next) {
        uintptr_t offset = (uintptr_t)address - (uintptr_t)pool->base;
        if (offset < pool->max * SLOT)
            return offset % SLOT < GUARD;
    }
    return false;
}

static struct fiber *make_fiber(struct fiber_pool *pool);

static struct fiber *take_fiber(struct fiber_pool *pool)
{
    struct fiber **list = pool->warm != NULL ? &pool->warm : &pool->cold;
    struct fiber *f = *list;
    if (f == NULL)
        return pool->n_made < pool->max ? make_fiber(pool) : NULL;
    *list = f->next_free;
    if (list == &pool->warm)
        pool->n_warm--;
    return f;
}

/* Bytes from the top of the stack down to the lowest that is not zero. Looks only below what was the deepest so far. */
static void measure(struct fiber_pool *pool, const struct fiber *f)
{
    const char *from = f->stack, *to = f->stack + STACK - pool->high_water;
    while (from < to && *from == 0)
        from++;
    pool->high_water = (size_t)(f->stack + STACK - from);
}

static void give_back(struct fiber_pool *pool, struct fiber *f)
{
    dw__unpoison(f->stack, STACK); /* frames that were jumped out of */
    if (pool->measured)
        measure(pool, f);
    f->state = FREE;
    f->ctx = NULL;
    pool->n_live--;
    if (pool->n_warm < pool->keep) {
        f->next_free = pool->warm;
        pool->warm = f;
        pool->n_warm++;
        return;
    }
    (void)madvise(f->stack, STACK, MADV_DONTNEED);
    f->next_free = pool->cold;
    pool->cold = f;
}

size_t dw__fiber_live(const struct fiber_pool *pool)
{
    DW__MAGIC(pool, MAGIC);
    return pool->n_live;
}

size_t dw__fiber_max(const struct fiber_pool *pool)
{
    DW__MAGIC(pool, MAGIC);
    return pool->max;
}

void dw__fiber_measure(struct fiber_pool *pool, bool on)
{
    DW__MAGIC(pool, MAGIC);
    pool->measured = on;
}

size_t dw__fiber_high_water(const struct fiber_pool *pool)
{
    DW__MAGIC(pool, MAGIC);
    return pool->high_water;
}

/* ---- running ---- */

/* The context of a fiber that has not begun: what dw__fiber_switch will take off the stack (see fiber_x86_64.S). */
static void *first_context(struct fiber *f)
{
    enum { R15, R14, R13, R12, RBX, RBP, RIP, SLOTS };
    uintptr_t *slot = (uintptr_t *)(void *)(f->stack + STACK - 16) - SLOTS;
    memset(slot, 0, SLOTS * sizeof(*slot));
    slot[R12] = (uintptr_t)f;
    slot[RIP] = (uintptr_t)dw__fiber_base;
    return slot;
}

void dw__fiber_watch(const struct fiber_watch *who)
{
    watch = who != NULL ? *who : (struct fiber_watch){NULL, NULL};
}

/* Runs f until it parks or ends. */
static void resume(struct fiber *f)
{
    bool watched = watch.begins != NULL && running == NULL;

    if (watched)
        watch.begins();
    f->state = RUNNING;
    f->resumer = running;
    running = f;
    about_to_resume(f);
    dw__fiber_switch(&f->resumer_sp, f->sp);
    left(f);
    running = f->resumer;
    if (f->state == ENDED)
        give_back(f->pool, f);
    if (watched)
        watch.ends();
}

/* Back to whoever resumed f. */
static void leave(struct fiber *f)
{
    about_to_leave(f);
    dw__fiber_switch(&f->sp, f->resumer_sp);
    resumed(f);
}

void dw__fiber_main(struct fiber *f)
{
    resumed(f);
    f->fn(f->arg);
    f->state = ENDED;
    leave(f);
    __builtin_unreachable();
}

static void on_resume(struct task *task)
{
    resume(DW__LIST_ENTRY(task, struct fiber, resume));
}

static void on_deadline(struct timer *timer)
{
    dw__fiber_wake(DW__LIST_ENTRY(timer, struct fiber, deadline), DW_TIMEOUT);
}

static struct fiber *make_fiber(struct fiber_pool *pool)
{
    struct fiber *f = &pool->fibers[pool->n_made];
    f->stack = pool->base + pool->n_made * SLOT + GUARD;
    if (mprotect(f->stack, STACK, PROT_READ | PROT_WRITE) != 0)
        return NULL;
    pool->n_made++;
    f->pool = pool;
    f->valgrind_id = VALGRIND_STACK_REGISTER(f->stack, f->stack + STACK - 1);
    f->deadline.fn = on_deadline;
    dw__task_init(&f->resume, on_resume);
    return f;
}

dw_err dw__fiber_start(struct fiber_pool *pool, void (*fn)(void *arg), void *arg, struct fiber **out)
{
    DW__MAGIC(pool, MAGIC);
    struct fiber *f = take_fiber(pool);
    if (f == NULL)
        return DW_UNAVAILABLE;
    pool->n_live++;
    f->fn = fn;
    f->arg = arg;
    f->sp = first_context(f);
#if DW__ASAN
    f->fake = NULL;
#endif
    if (out != NULL)
        *out = f;
    resume(f);
    return DW_OK;
}

struct fiber *dw__fiber_self(void)
{
    return running;
}

struct loop *dw__fiber_loop(const struct fiber *f)
{
    return f->pool->loop;
}

void dw__fiber_serves(const struct dw_ctx *ctx)
{
    if (running != NULL)
        running->ctx = ctx;
}

const struct dw_ctx *dw__fiber_ctx(void)
{
    return running != NULL ? running->ctx : NULL;
}

/* ---- waiting ---- */

static dw_err park(uint64_t deadline_ns, bool interruptible)
{
    struct fiber *f = running;
    DW__CHECK(f != NULL && f->state == RUNNING);
    if (deadline_ns != 0) {
        dw_err err = dw__timer_set(f->pool->loop, &f->deadline, deadline_ns);
        if (err != DW_OK)
            return err;
    }
    f->state = PARKED;
    f->interruptible = interruptible;
    leave(f);
    return f->result;
}

dw_err dw__fiber_park(uint64_t deadline_ns)
{
    return park(deadline_ns, false);
}

dw_err dw__fiber_park_interruptible(uint64_t deadline_ns)
{
    return park(deadline_ns, true);
}

void dw__fiber_wake(struct fiber *f, dw_err result)
{
    if (f->state != PARKED)
        return;
    f->state = WOKEN;
    f->result = result;
    dw__timer_clear(f->pool->loop, &f->deadline);
    dw__loop_ready(f->pool->loop, &f->resume);
}

void dw__fiber_interrupt(struct fiber *f, dw_err result)
{
    if (f->state == PARKED && f->interruptible)
        dw__fiber_wake(f, result);
}
