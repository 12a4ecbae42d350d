/* proc/monitor_watch.c -- what a child does not tell by dying: that it hangs, or that it left processes behind.
 *
 * A worker whose loop does not turn (a handler that never waits, a debugger, SIGSTOP) holds its connections and those that wait in its
 * listeners.  It is asked at intervals, as are who runs jobs and the keeper, and replaced when it has left several of them unanswered: counted, not timed, so that a
 * machine that was stopped as a whole makes nobody late.  The store is not asked: it may have to wait for its turn, or for the disk.
 *
 * A process that a child forked outlives it, with its listeners and all that it knew.  The monitor makes itself the parent of such, and ends
 * them: what was taken over ends when it is ended. */
#include <time.h>

#include "base/list.h"
#include "base/log.h"
#include "os/orphans.h"
#include "proc/monitor_inside.h"

#define UNANSWERED_MAX 6u
#define SWEEP_MS 20u
#define LAST_SWEEPS 50

/* ---- hanging ---- */

static void ask(struct slot *s)
{
    if (!(dw__role_is_client(s->spec.role) || s->spec.role == ROLE_KEEPER) || s->state != SLOT_READY)
        return;
    if (s->unanswered >= UNANSWERED_MAX) {
        dw__slot_kill(s, "its loop does not turn");
    } else {
        s->unanswered++;
        dw__slot_tell(s, MSG_WATCH, 0, -1);
    }
}

static void on_watch(struct timer *timer)
{
    struct monitor *m = DW__LIST_ENTRY(timer, struct monitor, watch);

    for (size_t i = 0; m->current != NULL && i < m->current->n; i++)
        ask(&m->current->slots[i]);
    dw__monitor_timer(m, timer, m->config->watch_ms);
}

/* ---- left behind ---- */

static bool has(const struct generation *g, pid_t pid)
{
    for (size_t i = 0; g != NULL && i < g->n; i++)
        if (g->slots[i].process.pid == pid)
            return true;
    return false;
}

static bool is_known(void *self, pid_t pid)
{
    const struct monitor *m = self;
    const struct monitor_config *config = m->config;

    return has(m->current, pid) || has(m->next, pid) || has(m->old, pid) ||
           (config->knows != NULL && config->knows(config->self, pid));
}

void dw__monitor_sweep(struct monitor *m)
{
    size_t n = dw__orphans_end(is_known, m);

    if (n == 0) {
        m->sweeping = false;
        return;
    }
    if (!m->sweeping)
        DW__EVENT(m->config->log, NULL, DW_LOG_LEVEL_ERROR, "child.left_behind", DW_KV(processes, n));
    m->sweeping = true;
    dw__monitor_timer(m, &m->sweep, SWEEP_MS);
}

static void on_sweep(struct timer *timer)
{
    dw__monitor_sweep(DW__LIST_ENTRY(timer, struct monitor, sweep));
}

/* ---- life ---- */

void dw__monitor_watch_begin(struct monitor *m)
{
    m->watch.fn = on_watch;
    m->sweep.fn = on_sweep;
    dw__orphans_take();
    if (m->config->watch_ms != 0)
        dw__monitor_timer(m, &m->watch, m->config->watch_ms);
}

void dw__monitor_watch_end(struct monitor *m)
{
    const struct timespec pause = {0, (long)SWEEP_MS * 1000 * 1000};

    dw__timer_clear(m->config->loop, &m->watch);
    dw__timer_clear(m->config->loop, &m->sweep);
    for (int i = 0; i < LAST_SWEEPS && dw__orphans_end(is_known, m) > 0; i++)
        (void)nanosleep(&pause, NULL);
}
