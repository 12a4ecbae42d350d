/* app/dev_hold.c -- a handler that computes, sleeps or reads for long holds its loop, and with it everybody else's requests.
 *
 * A timer runs while a fiber does.  When it fires, the fiber is at what takes so long: the signal's handler, on the stack for crashes,
 * notes the program counters and for whom it is, and nothing more; it is told when the fiber has let go.  A fiber that was ready to run
 * and got no processor is not at fault: only one that used its time, or gave its processor away by waiting in the kernel, is named. */
#include <execinfo.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/debug_info.h"
#include "app/dev.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "os/fiber.h"

#define FRAMES 24
#define SIGNAL SIGPROF
#define ID_MAX 64
#define ROUTE_MAX 256
#define NS_PER_MS 1000000u

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static struct {
    const struct dev *dev; /* NULL: not begun */
    timer_t timer;
    uint64_t began_ns, cpu_ns;
    long waits; /* in the kernel, of this thread so far */
    volatile sig_atomic_t fired;
    void *frames[FRAMES];
    int n_frames;
    size_t id_n, route_n;
    char id[ID_MAX], route[ROUTE_MAX];
} hold;

static size_t note(char *out, size_t size, dw_text text)
{
    size_t n = text.n < size ? text.n : size;

    for (size_t i = 0; i < n; i++)
        out[i] = text.p[i];
    return n;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
    const dw_ctx *ctx = dw__fiber_ctx();

    (void)signal, (void)info, (void)context;
    if (hold.fired)
        return;
    hold.n_frames = backtrace(hold.frames, FRAMES);
    hold.id_n = ctx != NULL ? note(hold.id, sizeof hold.id, ctx->request_id) : 0;
    hold.route_n = ctx != NULL ? note(hold.route, sizeof hold.route, ctx->route) : 0;
    hold.fired = 1;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000 * NS_PER_MS + (uint64_t)t.tv_nsec;
}

static long waits(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
}

static void set_timer(long ms)
{
    const struct itimerspec in = {.it_value = {.tv_sec = 0, .tv_nsec = ms * (long)NS_PER_MS}};

    (void)timer_settime(hold.timer, 0, &in, NULL);
}

static void begins(void)
{
    hold.fired = 0;
    hold.began_ns = clock_ns(CLOCK_MONOTONIC);
    hold.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    hold.waits = waits();
    set_timer(DW__DEV_HOLD_MS);
}

/* The frames below the handler's own and the kernel's; of a return address the call is before it. */
static void put_where(struct buf *b)
{
    for (int i = 2; i < hold.n_frames; i++) {
        if (i > 2)
            dw__buf_putc(b, ' ');
        dw__debug_frame(hold.frames[i], i == 2, b);
    }
}

static void tell(void)
{
    uint64_t ms = (clock_ns(CLOCK_MONOTONIC) - hold.began_ns) / NS_PER_MS;
    char memory[FRAMES * 128];
    struct buf where;

    dw__buf_init_fixed(&where, memory, sizeof memory);
    put_where(&where);
    dw__dev_say_hold(hold.dev, (dw_text){hold.id, hold.id_n}, (dw_text){hold.route, hold.route_n}, ms,
                     where.failed ? (dw_text){0} : (dw_text){where.p, where.n});
}

static void ends(void)
{
    uint64_t cpu_ns;

    set_timer(0); /* a signal under way comes before this returns */
    if (!hold.fired)
        return;
    cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - hold.cpu_ns;
    if (cpu_ns >= (uint64_t)DW__DEV_HOLD_MS * NS_PER_MS || waits() != hold.waits)
        tell();
}

void dw__dev_hold_begin(const struct dev *dev)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};

    event.sigev_notify_thread_id = gettid();
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(SIGNAL, &action, NULL) != 0 || timer_create(CLOCK_MONOTONIC, &event, &hold.timer) != 0)
        return;
    hold.dev = dev;
    dw__fiber_watch(&(struct fiber_watch){begins, ends});
}

void dw__dev_hold_end(void)
{
    if (hold.dev == NULL)
        return;
    dw__fiber_watch(NULL);
    (void)timer_delete(hold.timer);
    hold.dev = NULL;
}
