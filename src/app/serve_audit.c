/* app/serve_audit.c -- the files and pipes of the audit log.
 *
 * The monitor opens the files, for a child that can open none, and keeps both ends of every pipe: a record that was sent when its reader is dead
 * waits for the next one, and a pipe never breaks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/serve.h"
#include "base/text.h"
#include "os/fault.h"
#include "os/file.h"

#define PIPE_SIZE (1 << 20) /* a page for each record: 256 of them */

static bool make_pipe(struct server_pipe *p)
{
    if (!dw__server_pipe_new(p))
        return false;
    (void)fcntl(p->write, F_SETPIPE_SZ, PIPE_SIZE); /* a smaller one holds fewer */
    return true;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void dw__audit_plan_init(struct audit_plan *audit)
{
    audit->log = audit->tail = audit->heads = audit->null = audit->blob = -1;
    audit->monitor = audit->store = DW__NO_PIPE;
    for (size_t i = 0; i < DW__MAX_CLIENTS; i++)
        audit->records[i] = audit->answers[i] = DW__NO_PIPE;
}

/* ---- the files ---- */

static dw_err open_append(const struct invocation *inv, const char *setting, dw_text path, int *fd)
{
    char name[4096];
    dw_err err;

    (void)snprintf(name, sizeof name, "%.*s", DW_FMT(path));
    err = dw__file_open_log(name, fd);
    if (err == DW_OK)
        return DW_OK;
    (void)fprintf(stderr, "%s: %s: %s cannot be opened for appending: %s\n", inv->app->name, setting, name,
                  err == DW_INVALID ? "it is neither a file nor a device" : strerror(errno));
    return DW_INVALID;
}

/* The same file again, to read its end from. */
static dw_err open_tail(const struct invocation *inv, int log, int *tail)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", log);
    *tail = dw__sys_open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
    if (*tail >= 0)
        return DW_OK;
    (void)fprintf(stderr, "%s: AUDIT_LOG: it cannot be read: %s\n", inv->app->name, strerror(errno));
    return DW_INVALID;
}

static dw_err open_log(const struct invocation *inv, int *log, int *tail)
{
    dw_err err = open_append(inv, "AUDIT_LOG", inv->config->audit_log, log);

    if (err != DW_OK || (err = open_tail(inv, *log, tail)) == DW_OK)
        return err;
    close_fd(log);
    return err;
}

dw_err dw__audit_plan_open(struct audit_plan *audit, const struct invocation *inv)
{
    const struct config *config = inv->config;
    dw_err err;

    audit->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (audit->null < 0)
        return DW_UNAVAILABLE;
    if (config->audit_log.n == 0)
        return DW_OK;
    if ((err = open_log(inv, &audit->log, &audit->tail)) != DW_OK)
        return err;
    if (config->audit_heads.n > 0)
        err = open_append(inv, "AUDIT_HEADS", config->audit_heads, &audit->heads);
    else
        audit->heads = fcntl(audit->null, F_DUPFD_CLOEXEC, 0);
    if (err != DW_OK)
        return err;
    return audit->heads >= 0 && make_pipe(&audit->monitor) ? DW_OK : DW_UNAVAILABLE;
}

int dw__audit_plan_reopen(struct audit_plan *audit, const struct invocation *inv)
{
    int log = -1, tail = -1, copy = -1;

    if (audit->log < 0 || open_log(inv, &log, &tail) != DW_OK)
        return -1;
    if (dup3(log, audit->log, O_CLOEXEC) >= 0 && dup3(tail, audit->tail, O_CLOEXEC) >= 0)
        copy = fcntl(log, F_DUPFD_CLOEXEC, 0);
    close_fd(&log);
    close_fd(&tail);
    return copy;
}

void dw__audit_plan_share(struct audit_plan *audit, const struct audit_plan *before)
{
    audit->log = before->log;
    audit->tail = before->tail;
    audit->heads = before->heads;
    audit->monitor = before->monitor;
    audit->null = before->null;
}

/* ---- the pipes ---- */

dw_err dw__audit_plan_pipes(struct audit_plan *audit, size_t n)
{
    if (audit->log < 0)
        return DW_OK;
    if (!make_pipe(&audit->store))
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < n; i++)
        if (!make_pipe(&audit->records[i]) || !make_pipe(&audit->answers[i]))
            return DW_UNAVAILABLE;
    return DW_OK;
}

size_t dw__audit_plan_fds(struct audit_plan *audit, size_t n_clients)
{
    size_t n = 0;

    audit->fds[n++] = audit->log;
    audit->fds[n++] = audit->tail;
    audit->fds[n++] = audit->heads;
    audit->fds[n++] = audit->monitor.read;
    audit->fds[n++] = audit->store.read;
    for (size_t i = 0; i < n_clients; i++) {
        audit->fds[n++] = audit->records[i].read;
        audit->fds[n++] = audit->answers[i].write;
    }
    return n;
}

void dw__audit_plan_client(const struct audit_plan *audit, size_t i, int *fds)
{
    fds[0] = audit->log >= 0 ? audit->records[i].write : audit->null;
    fds[1] = audit->log >= 0 ? audit->answers[i].read : audit->null;
}

void dw__audit_plan_drop(struct audit_plan *audit)
{
    dw__server_pipe_close(&audit->store);
    for (size_t i = 0; i < DW__MAX_CLIENTS; i++) {
        dw__server_pipe_close(&audit->records[i]);
        dw__server_pipe_close(&audit->answers[i]);
    }
    close_fd(&audit->blob);
    dw__audit_plan_init(audit);
}
