/* proc/monitor_run.c -- the monitor's life, in steps.
 *
 * Whatever happens (a child is READY or dead, a signal, a timer) is noted where it happens, and then one step looks at all of it
 * and does what is next: start, swap, give listeners to siblings, drain, end.  So there is one place that decides, and
 * it does not matter in what order things come.  It parses nothing but eight-byte messages. */
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/check.h"
#include "base/list.h"
#include "base/log.h"
#include "proc/monitor_inside.h"

#define NS_PER_MS ((uint64_t)1000 * 1000)

void dw__monitor_step_soon(struct monitor *m)
{
    dw__loop_at_end(m->config->loop, &m->step);
}

void dw__monitor_stop(struct monitor *m, int status)
{
    if (m->stopping)
        return;
    m->stopping = true;
    m->status = status;
    dw__monitor_step_soon(m);
}

void dw__monitor_timer(struct monitor *m, struct timer *timer, unsigned ms)
{
    uint64_t at = dw__loop_clock(m->config->loop)->mono_ns + ms * NS_PER_MS;

    if (dw__timer_set(m->config->loop, timer, at) != DW_OK)
        dw__monitor_stop(m, EX_OSERR);
}

/* All of the next generation is READY, and has been for its trial: it is the current one, and the one before drains. */
static void swap(struct monitor *m)
{
    m->old = m->current;
    m->old->draining = true;
    m->current = m->next;
    m->next = NULL;
    DW__EVENT(m->config->log, NULL, DW_LOG_LEVEL_INFO, "reload.done");
    if (m->config->reloaded != NULL)
        m->config->reloaded(m->config->self, true);
}

static void first_ready(struct monitor *m)
{
    m->was_ready = true;
    if (m->config->ready != NULL)
        m->config->ready(m->config->self);
    dw__monitor_step_soon(m); /* SIGHUP may have come before */
}

/* What the generations in service need. */
static void serve(struct monitor *m)
{
    if (m->reload_wanted && !m->reload_asked && m->was_ready && m->next == NULL && m->old == NULL)
        dw__monitor_reload(m);
    dw__generation_start(m->current);
    if (dw__generation_is_ready(m->current)) {
        m->current->was_ready = true;
        if (!m->was_ready)
            first_ready(m);
    }
    dw__generation_settle(m->current);
    if (m->next == NULL)
        return;
    dw__generation_start(m->next);
    if (m->next->draining) { /* one of it failed */
        DW__EVENT(m->config->log, NULL, DW_LOG_LEVEL_ERROR, "reload.failed");
        m->old = m->next;
        m->next = NULL;
        if (m->config->reloaded != NULL)
            m->config->reloaded(m->config->self, false);
    } else if (dw__generation_is_ready(m->next) && dw__generation_stands(m->next)) {
        m->next->was_ready = true;
        swap(m);
    }
}

/* Drains *g if it is to be drained, and frees it when it has ended. */
static void drain(struct monitor *m, struct generation **g)
{
    if (*g == NULL)
        return;
    if (m->stopping)
        (*g)->draining = true;
    if (!(*g)->draining || !dw__generation_drain(*g))
        return;
    dw__generation_free(*g);
    *g = NULL;
    if (g == &m->old && m->config->retired != NULL)
        m->config->retired(m->config->self);
    dw__monitor_step_soon(m); /* something may have waited for that */
}

static void step(struct task *task)
{
    struct monitor *m = DW__LIST_ENTRY(task, struct monitor, step);

    if (!m->stopping)
        serve(m);
    drain(m, &m->old);
    drain(m, &m->next);
    drain(m, &m->current);
    if (m->current == NULL && m->next == NULL && m->old == NULL)
        dw__loop_stop(m->config->loop);
}

const char *dw__monitor_waits_for(const struct monitor *m, char name[static 24])
{
    for (size_t i = 0; m->current != NULL && i < m->current->n; i++)
        if (m->current->slots[i].state != SLOT_READY)
            return dw__slot_name(&m->current->slots[i], name);
    return NULL;
}

void dw__monitor_ask_reload(struct monitor *m)
{
    m->reload_wanted = !m->stopping;
    dw__monitor_step_soon(m);
}

static void run(struct monitor *m)
{
    m->current = dw__generation_new(m, m->config->children, m->config->n_children, -1);
    if (m->current == NULL || !dw__monitor_signals(m)) {
        m->status = EX_OSERR;
        return;
    }
    dw__monitor_watch_begin(m);
    dw__monitor_step_soon(m);
    dw__loop_run(m->config->loop);
    dw__monitor_watch_end(m);
    DW__EVENT(m->config->log, NULL, DW_LOG_LEVEL_INFO, "monitor.ended", DW_KV(status, m->status));
}

int dw__monitor_run(const struct monitor_config *config)
{
    struct monitor m = {.config = config, .executable = -1, .signals = {.fd = -1}};

    dw__task_init(&m.step, step);
    if (config->handle != NULL)
        *config->handle = &m;
    if (dw__process_self(&m.executable) != DW_OK)
        return EX_OSERR;
    run(&m);
    dw__task_cancel(&m.step);
    if (m.signals.fd >= 0) {
        dw_err removed = dw__loop_watch(config->loop, &m.signals, 0);

        DW__CHECK(removed == DW_OK);
        (void)close(m.signals.fd);
    }
    (void)close(m.executable);
    if (config->handle != NULL)
        *config->handle = NULL;
    if (m.current != NULL) /* nothing was started */
        dw__generation_free(m.current);
    return m.status;
}
