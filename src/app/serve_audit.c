/* app/serve_audit.c -- the files and pipes of the audit log.
 *
 * The monitor opens the files, for a child that can open none, and keeps both ends of every pipe: a record that was sent when its reader is dead
 * waits for the next one, and a pipe never breaks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/audit_files.h"
#include "app/serve.h"
#include "base/text.h"
#include "os/fault.h"
#include "os/file.h"

#define PATH_SIZE ((size_t)4096)
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
    audit->log = audit->tail = audit->before = audit->heads = audit->null = audit->blob = -1;
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

static void log_path(const struct invocation *inv, char out[static PATH_SIZE])
{
    (void)snprintf(out, PATH_SIZE, "%.*s", DW_FMT(inv->config->audit_log));
}

/* What is said to be on the disk is in a file that is there after a loss of power, too. */
static dw_err open_log(const struct invocation *inv, int *log, int *tail)
{
    dw_err err = open_append(inv, "AUDIT_LOG", inv->config->audit_log, log);
    char path[PATH_SIZE];
    struct stat st;

    if (err != DW_OK)
        return err;
    log_path(inv, path);
    if ((err = open_tail(inv, *log, tail)) == DW_OK && fstat(*log, &st) == 0 && S_ISREG(st.st_mode) &&
        (err = dw__file_sync_directory(path)) != DW_OK)
        (void)fprintf(stderr, "%s: AUDIT_LOG: the directory of %s cannot be written: %s\n", inv->app->name,
                      path, strerror(errno));
    if (err == DW_OK)
        return DW_OK;
    close_fd(log);
    close_fd(tail);
    return err;
}

/* The newest file that is full, which an empty log follows; /dev/null where there is none, or it cannot be read. */
static dw_err open_before(struct audit_plan *audit, const struct invocation *inv)
{
    char log[PATH_SIZE], path[PATH_SIZE];
    struct audit_files files;

    log_path(inv, log);
    if (dw__audit_files_list(log, &files) == DW_OK) {
        if (files.n > 0 && dw__audit_files_path(log, &files.stamps[files.n - 1], path, sizeof path))
            audit->before = dw__sys_open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0);
        dw__audit_files_release(&files);
    }
    if (audit->before < 0)
        audit->before = fcntl(audit->null, F_DUPFD_CLOEXEC, 0);
    return audit->before >= 0 ? DW_OK : DW_UNAVAILABLE;
}

/* Where files are turned over they get another name, which is a change of the directory. */
static dw_err check_directory(const struct invocation *inv)
{
    const struct config *config = inv->config;
    char path[PATH_SIZE];
    char *slash;

    if (config->audit_max_size == 0 && config->audit_max_age_ms == 0)
        return DW_OK;
    log_path(inv, path);
    slash = strrchr(path, '/');
    if (slash != NULL)
        slash[slash == path ? 1 : 0] = '\0';
    if (access(slash != NULL ? path : ".", W_OK | X_OK) == 0)
        return DW_OK;
    (void)fprintf(
        stderr,
        "%s: AUDIT_LOG: files cannot be given another name in %s, as AUDIT_MAX_SIZE and AUDIT_MAX_AGE "
        "want it: %s\n",
        inv->app->name, slash != NULL ? path : ".", strerror(errno));
    return DW_INVALID;
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
    if ((err = check_directory(inv)) != DW_OK || (err = open_log(inv, &audit->log, &audit->tail)) != DW_OK ||
        (err = open_before(audit, inv)) != DW_OK)
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
    struct stat st;

    if (audit->log < 0 || open_log(inv, &log, &tail) != DW_OK)
        return -1;
    /* A file in which there is nothing is followed by none. */
    if (fstat(audit->log, &st) == 0 && st.st_size > 0)
        (void)dup3(audit->tail, audit->before,
                   O_CLOEXEC); /* fails for nothing but open descriptors of ours */
    if (dup3(log, audit->log, O_CLOEXEC) >= 0 && dup3(tail, audit->tail, O_CLOEXEC) >= 0)
        copy = fcntl(log, F_DUPFD_CLOEXEC, 0);
    close_fd(&log);
    close_fd(&tail);
    return copy;
}

/* Whether the file at `path` is the one that is written: nobody has put another there. */
static bool is_in_place(const struct audit_plan *audit, const char *path)
{
    struct stat there, ours;

    return stat(path, &there) == 0 && fstat(audit->log, &ours) == 0 && S_ISREG(ours.st_mode) &&
           there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

/* Whether the file is full: what the writer says of it is not what counts. */
static bool is_full(const struct audit_plan *audit, const struct config *config,
                    const struct audit_files *files, int64_t now_ms)
{
    const struct audit_bounds bounds = {config->audit_max_size, config->audit_max_age_ms};
    int64_t begun_ms = 0;
    struct stat st;

    if (files->n > 0 &&
        !dw__audit_stamp_read((dw_text){files->stamps[files->n - 1].text, DW__AUDIT_STAMP}, &begun_ms))
        return false;
    return fstat(audit->log, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
           dw__audit_file_is_full(&bounds, (uint64_t)st.st_size, begun_ms, now_ms);
}

static bool turn_over(const struct audit_plan *audit, const struct config *config, const char *path,
                      struct log *log, int64_t now_ms)
{
    struct audit_files files;
    dw_err err = dw__audit_files_list(path, &files);
    bool full = false;

    if (err == DW_OK) {
        full = is_full(audit, config, &files, now_ms);
        /* Where it was moved already, or a turn ended half way, there is only another to be opened. */
        if (full && is_in_place(audit, path))
            err = dw__audit_files_turn(path, &files, now_ms);
        dw__audit_files_release(&files);
    }
    if (err != DW_OK)
        DW__EVENT(log, NULL, DW_LOG_LEVEL_ERROR, "audit.not_rotated",
                  dw_x_kv_cstr("why", strerrordesc_np(errno)));
    return err == DW_OK && full;
}

int dw__audit_plan_next(struct audit_plan *audit, const struct invocation *inv, struct log *log,
                        int64_t now_ms)
{
    const struct config *config = inv->config;
    const struct audit_keep keep = {config->audit_keep, config->audit_keep_for_ms};
    char path[PATH_SIZE];
    int fd;

    log_path(inv, path);
    if (audit->log < 0 || !turn_over(audit, config, path, log, now_ms))
        return -1;
    fd = dw__audit_plan_reopen(audit, inv);
    if (fd < 0)
        DW__EVENT(log, NULL, DW_LOG_LEVEL_ERROR, "audit.not_rotated",
                  dw_x_kv_cstr("why", "the next file cannot be opened"));
    else
        dw__audit_files_prune(path, &keep, now_ms, log);
    return fd;
}

void dw__audit_plan_share(struct audit_plan *audit, const struct audit_plan *before)
{
    audit->log = before->log;
    audit->tail = before->tail;
    audit->before = before->before;
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
    audit->fds[n++] = audit->before;
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
