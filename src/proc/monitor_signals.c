/* proc/monitor_signals.c -- what an operator can ask of a running server.
 *
 * SIGTERM, SIGINT: finish and end; again: end now.  SIGUSR1: open the log anew, after rotation.  SIGHUP: new settings, by a new
 * generation of children that must be READY before the old one drains. */
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/check.h"
#include "base/list.h"
#include "base/log.h"
#include "proc/monitor_inside.h"

static void stop(struct monitor *m, int signal)
{
    struct generation *all[] = {m->old, m->next, m->current};

    if (m->stopping) {
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            if (all[i] != NULL)
                dw__generation_hurry(all[i]);
        return;
    }
    DW__EVENT(m->config->log, NULL, DW_LOG_LEVEL_INFO, "monitor.draining",
              DW_KV(signal, (const char *)sigabbrev_np(signal)));
    dw__monitor_stop(m, 0);
}

static void open_log(struct monitor *m)
{
    const struct monitor_config *config = m->config;
    struct generation *all[] = {m->old, m->next, m->current};
    int fd = config->open_log(config->self);

    if (fd < 0) {
        DW__EVENT(config->log, NULL, DW_LOG_LEVEL_ERROR, "log.not_opened");
        return;
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] != NULL)
            dw__generation_tell(all[i], MSG_LOG, fd);
    if (config->log != NULL)
        dw__log_reopen(config->log, fd);
    else
        (void)close(fd);
    DW__EVENT(config->log, NULL, DW_LOG_LEVEL_INFO, "log.opened");
}

/* Each writer gets the same file, which is closed here. */
static void hand_out_audit_log(struct monitor *m, int fd)
{
    struct generation *all[] = {m->old, m->next, m->current};

    for (size_t i = 0; i < sizeof all / sizeof *all && fd >= 0; i++)
        for (size_t k = 0; all[i] != NULL && k < all[i]->n; k++)
            if (all[i]->slots[k].spec.role == ROLE_AUDIT)
                dw__slot_tell(&all[i]->slots[k], MSG_AUDIT_LOG, 0, fd);
    if (fd >= 0)
        (void)close(fd);
}

static void open_audit_log(struct monitor *m)
{
    const struct monitor_config *config = m->config;

    if (config->open_audit_log != NULL)
        hand_out_audit_log(m, config->open_audit_log(config->self));
}

void dw__monitor_next_audit_log(struct monitor *m)
{
    const struct monitor_config *config = m->config;

    if (config->next_audit_log != NULL)
        hand_out_audit_log(m, config->next_audit_log(config->self));
}

static void begin_next(struct monitor *m, dw_err err, const struct child_spec *specs, size_t n,
                       int executable)
{
    const struct monitor_config *config = m->config;

    if (err == DW_OK)
        m->next = dw__generation_new(m, specs, n, executable);
    if (m->next != NULL) {
        DW__EVENT(config->log, NULL, DW_LOG_LEVEL_INFO, "reload.begun");
        return;
    }
    DW__EVENT(config->log, NULL, DW_LOG_LEVEL_ERROR, "reload.refused");
    if (err == DW_OK && config->reloaded != NULL)
        config->reloaded(config->self, false);
    if (err == DW_OK && config->retired != NULL)
        config->retired(config->self);
}

void dw__monitor_reload(struct monitor *m)
{
    const struct monitor_config *config = m->config;
    const struct child_spec *specs = NULL;
    size_t n = 0;
    dw_err err;

    m->reload_wanted = false;
    err = config->reload == NULL ? DW_INVALID : config->reload(config->self, &specs, &n);
    m->reload_asked = err == DW_NOT_FOUND;
    if (!m->reload_asked)
        begin_next(m, err, specs, n, -1);
}

void dw__monitor_reload_end(struct monitor *m, dw_err err, const struct child_spec *children, size_t n,
                            int executable)
{
    DW__CHECK(m->reload_asked && m->next == NULL);
    m->reload_asked = false;
    if (!m->stopping)
        begin_next(m, err, children, n, executable);
    dw__monitor_step_soon(m);
}

static void on_signal(struct io *io, uint32_t events)
{
    struct monitor *m = DW__LIST_ENTRY(io, struct monitor, signals);
    int signal;

    (void)events;
    while ((signal = dw__signals_read(io->fd)) != 0) {
        switch (signal) {
        case SIGTERM:
        case SIGINT: stop(m, signal); break;
        case SIGHUP: m->reload_wanted = !m->stopping; break;
        case SIGUSR1:
            open_log(m);
            open_audit_log(m);
            break;
        default: break;
        }
    }
    dw__monitor_step_soon(m);
}

bool dw__monitor_signals(struct monitor *m)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

    m->signals = (struct io){.fn = on_signal, .fd = -1};
    return dw__signals_open(signals, sizeof signals / sizeof *signals, &m->signals.fd) == DW_OK &&
           dw__loop_watch(m->config->loop, &m->signals, EPOLLIN) == DW_OK;
}
