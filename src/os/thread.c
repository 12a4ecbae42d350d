/* os/thread.c -- one mapping for each thread: a small guard, the handlers' stack, a large guard, the stack.
 *
 * The guard is as large as a fiber's, for the same reason: libraries have frames of tens of kilobytes that nobody probes.  What was
 * the handlers' stack before (a sanitizer has one) is put back at the end, since whoever installed it takes it away. */
#define _GNU_SOURCE
#include "os/thread.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"

#define SMALL_GUARD ((size_t)4 << 10)
#define HANDLERS ((size_t)64 << 10)
#define GUARD ((size_t)64 << 10)
#define STACK ((size_t)1 << 20)
#define ALL (SMALL_GUARD + HANDLERS + GUARD + STACK)

struct beginning {
    void (*fn)(void *arg);
    void *arg;
    char *memory;
    char name[16];
};

static _Thread_local const char *own_memory; /* NULL: not a thread of ours */
static _Thread_local const struct dw_ctx *served;

void dw__thread_serves(const struct dw_ctx *ctx)
{
    served = ctx;
}

const struct dw_ctx *dw__thread_ctx(void)
{
    return served;
}

bool dw__thread_in_guard(const void *address)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)own_memory - (SMALL_GUARD + HANDLERS);

    return own_memory != NULL && offset < GUARD;
}

static void *thread_main(void *p)
{
    struct beginning begin = *(struct beginning *)p;
    stack_t ours = {.ss_sp = begin.memory + SMALL_GUARD, .ss_size = HANDLERS}, before;
    int failed;

    free(p);
    (void)pthread_setname_np(pthread_self(), begin.name);
    own_memory = begin.memory;
    failed = sigaltstack(&ours, &before);
    begin.fn(begin.arg);
    if (failed == 0)
        (void)sigaltstack(&before, NULL);
    return NULL;
}

static char *map(void)
{
    char *p = mmap(NULL, ALL, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    if (mprotect(p + SMALL_GUARD, HANDLERS, PROT_READ | PROT_WRITE) != 0 ||
        mprotect(p + ALL - STACK, STACK, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(p, ALL);
        return NULL;
    }
    return p;
}

/* Signals are the loop's, but for those that a fault raises in this very thread: blocked, they would end it without a word. */
static void block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t all;

    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        (void)sigdelset(&all, faults[i]);
    DW__CHECK(pthread_sigmask(SIG_SETMASK, &all, before) == 0);
}

static int create(pthread_t *id, char *memory, struct beginning *begin)
{
    pthread_attr_t attr;
    sigset_t before;
    int rc = pthread_attr_init(&attr);

    if (rc != 0)
        return rc;
    rc = pthread_attr_setstack(&attr, memory + ALL - STACK, STACK);
    if (rc == 0) {
        block_signals(&before);
        rc = pthread_create(id, &attr, thread_main, begin);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    (void)pthread_attr_destroy(&attr);
    return rc;
}

dw_err dw__thread_start(struct thread *out, const char *name, void (*fn)(void *arg), void *arg)
{
    struct beginning *begin = malloc(sizeof *begin);
    char *memory = map();

    if (begin == NULL || memory == NULL)
        goto err;
    *begin = (struct beginning){.fn = fn, .arg = arg, .memory = memory};
    (void)snprintf(begin->name, sizeof begin->name, "%s", name);
    if (create(&out->id, memory, begin) != 0)
        goto err;
    out->memory = memory;
    return DW_OK;

err:
    if (memory != NULL)
        (void)munmap(memory, ALL);
    free(begin);
    return DW_UNAVAILABLE;
}

void dw__thread_join(struct thread *thread)
{
    DW__CHECK(pthread_join(thread->id, NULL) == 0);
    (void)munmap(thread->memory, ALL);
    thread->memory = NULL;
}
