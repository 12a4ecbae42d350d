/* proc/monitor_crash.c -- one line for each crash: who, at which request, and where in the code.
 *
 * The symbols are read anew for each crash, from the descriptor of the very executable that ran and from the libraries that the monitor has
 * loaded too, and given back: crashes are
 * rare (the back-off sees to it), and the monitor keeps nothing that it does not need. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "proc/crash.h"
#include "proc/monitor_inside.h"

bool dw__slot_make_crash_slot(struct slot *s)
{
    if (dw__crash_slot(&s->crash_fd) == DW_OK)
        return true;
    errno = ENOMEM;
    return false;
}

void dw__slot_drop_crash_slot(struct slot *s)
{
    if (s->crash_fd >= 0)
        (void)close(s->crash_fd);
    s->crash_fd = -1;
}

static const char *why(const struct crash_report *report, int signal)
{
    switch (report->overflow) {
    case CRASH_GUARD_FIBER: return "stack overflow on a fiber";
    case CRASH_GUARD_THREAD: return "stack overflow on a thread";
    case CRASH_GUARD_NONE: break;
    }
    return sigdescr_np(signal);
}

static void log_report(const struct slot *s, int pid, int signal, const struct crash_report *report)
{
    const char *signal_name = sigabbrev_np(signal);
    bool overflow = report->overflow != CRASH_GUARD_NONE;
    char name[24], address[24];

    (void)snprintf(address, sizeof address, "0x%llx", (unsigned long long)report->address);
    DW__EVENT(s->monitor->config->log, NULL, DW_LOG_LEVEL_ERROR, "child.crashed",
              DW_KV(child, dw__slot_name(s, name)), DW_KV(pid, pid),
              DW_KV(signal, signal_name != NULL ? signal_name : "unknown"),
              DW_KV(request_id, (const char *)report->request_id), DW_KV(route, (const char *)report->route),
              DW_KV(why, why(report, signal)), DW_KV(stack_overflow, overflow),
              DW_KV(address, (const char *)address), DW_KV(backtrace, (const char *)report->backtrace));
}

bool dw__slot_log_crash(struct slot *s, int pid, int status)
{
    struct crash_record record;
    struct crash_report report;
    struct symbols symbols[DW__CRASH_MODULES];
    bool crashed = false;

    if (WIFSIGNALED(status) && s->crash_fd >= 0 && dw__crash_read(s->crash_fd, &record)) {
        dw__crash_symbols(&record, dw__slot_executable(s), symbols);
        crashed = dw__crash_describe(&record, symbols, &report);
        dw__crash_symbols_release(symbols);
        if (crashed)
            log_report(s, pid, WTERMSIG(status), &report);
    }
    dw__slot_drop_crash_slot(s);
    return crashed;
}
