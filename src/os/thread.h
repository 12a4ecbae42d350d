/* os/thread.h -- threads whose stack has a known size, a guard region below it, and a stack of its own for signal handlers beside it.
 *
 * So a thread that uses up its stack ends the process where it did so, with a crash report that says it, and never in what lies
 * below. */
#ifndef DW_OS_THREAD_H
#define DW_OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include <dw/err.h>
#include <dw/types.h>

struct dw_ctx;

struct thread {
    pthread_t id;
    char *memory; /* guards and stacks */
};

/* Starts fn(arg) with all signals blocked but those of a fault; `name` (15 characters of it) is for people. arg must live until the thread
 * has been joined. DW_UNAVAILABLE without memory or threads. */
DW_MUST dw_err dw__thread_start(struct thread *out, const char *name, void (*fn)(void *arg), void *arg);
/* Waits for its end, and gives its memory back. */
void dw__thread_join(struct thread *thread);

/* Notes for whom the calling thread works, for a crash report: `ctx` must live until it says otherwise; NULL: nobody. */
void dw__thread_serves(const struct dw_ctx *ctx);
/* What the calling thread noted, or NULL. Async-signal-safe. */
const struct dw_ctx *dw__thread_ctx(void);
/* Whether `address` lies in the guard region of the calling thread's stack. Async-signal-safe. */
bool dw__thread_in_guard(const void *address);

#endif
