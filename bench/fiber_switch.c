/* bench/fiber_switch.c -- what it costs to go to a fiber and come back, in nanoseconds.
 *
 * "switch" is two bare switches of stacks.  "wake and park" is what a request pays for each wait: a task queued, the fiber
 * resumed by the loop, parked again.  "start and end" is a whole life on a warm stack.  Median of 5. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "os/fiber.h"
#include "os/fiber_switch.h"

#define ROUNDS 2000000

static struct loop *loop;
static struct fiber_pool *pool;

static double now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void *home, *away;

static void swings(void)
{
    for (;;)
        dw__fiber_switch(&away, home);
}

/* A context that begins at swings(): six registers and the address, as fiber_x86_64.S takes them off. */
static void hang_up(void)
{
    static _Alignas(16) uintptr_t stack[1024];
    uintptr_t *slots = &stack[1024 - 8];
    slots[6] = (uintptr_t)swings;
    away = slots;
}

static double bare(void)
{
    double start = now_ns();
    for (int i = 0; i < ROUNDS; i++)
        dw__fiber_switch(&home, away);
    return (now_ns() - start) / ROUNDS;
}

static void parks(void *arg)
{
    (void)arg;
    while (dw__fiber_park(0) == DW_OK)
        ;
}

/* A turn of the loop is in it, system call and all: hence many fibers a turn. */
static double woken(void)
{
    enum { FIBERS = 64, TURNS = ROUNDS / 64 };
    struct fiber *fibers[FIBERS];
    for (int i = 0; i < FIBERS; i++)
        if (dw__fiber_start(pool, parks, NULL, &fibers[i]) != DW_OK)
            exit(1);
    double start = now_ns();
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < FIBERS; i++)
            dw__fiber_wake(fibers[i], DW_OK);
        dw__loop_run_until_idle(loop);
    }
    double each = (now_ns() - start) / (TURNS * FIBERS);
    for (int i = 0; i < FIBERS; i++)
        dw__fiber_wake(fibers[i], DW_CANCELED);
    dw__loop_run_until_idle(loop);
    return each;
}

static void nothing(void *arg)
{
    (void)arg;
}

static double lived(void)
{
    double start = now_ns();
    for (int i = 0; i < ROUNDS; i++)
        if (dw__fiber_start(pool, nothing, NULL, NULL) != DW_OK)
            exit(1);
    return (now_ns() - start) / ROUNDS;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, double (*measure)(void))
{
    double runs[5];
    for (int i = 0; i < 5; i++)
        runs[i] = measure();
    qsort(runs, 5, sizeof(runs[0]), by_size);
    printf("%-14s %6.1f ns a round trip (%.1f to %.1f)\n", what, runs[2], runs[0], runs[4]);
}

int main(void)
{
    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&pool, loop, 100, 100) != DW_OK)
        return 1;
    hang_up();
    report("switch", bare);
    report("wake and park", woken);
    report("start and end", lived);
    dw__fiber_pool_free(pool);
    dw__loop_free(loop);
    return 0;
}
