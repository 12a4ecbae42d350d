/* app/upgrade.c -- one probe: started, heard, judged when it has ended.
 *
 * Nothing is decided before the probe is no more: then all that it will ever say waits in the socket.  It has ten seconds.  A
 * probe that says something else than a probe may, leaves something out, or ends with another status than 0, is a refusal. */
#include "app/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "os/memfd.h"
#include "os/process.h"
#include "os/socket.h"
#include "proc/msg.h"

#define PROBE_NS ((uint64_t)10 * 1000 * 1000 * 1000)
#define WAIT_MAX_MS 3600000u

enum { PARTS = ROLE_KEEPER + 1 }; /* 0: the monitor's */

struct upgrade {
    struct upgrade_config config;
    char path[PATH_MAX]; /* of the program; empty: not known */
    struct process process;
    struct io ended; /* fd -1: no probe */
    struct timer timer;
    int control, executable, parts[PARTS];
    bool ready, refused, late;
};

static void say(const struct upgrade *u, const char *why)
{
    DW__EVENT(u->config.log, NULL, DW_LOG_LEVEL_ERROR, "reload.finding", dw_x_kv_cstr("why", why));
}

/* ---- the program ---- */

/* The path by which this program was started, links in it not followed: the next version may lie behind another link. */
static void find_path(struct upgrade *u)
{
    union {
        unsigned long in;
        const char *out;
    } name = {getauxval(AT_EXECFN)};
    char cwd[PATH_MAX] = "";
    struct stat by_path, self;
    int n;

    if (name.in == 0 || (name.out[0] != '/' && getcwd(cwd, sizeof cwd) == NULL))
        return;
    n = snprintf(u->path, sizeof u->path, "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "", name.out);
    if (n < 0 || (size_t)n >= sizeof u->path || stat(u->path, &by_path) != 0 ||
        stat("/proc/self/exe", &self) != 0 || by_path.st_dev != self.st_dev || by_path.st_ino != self.st_ino)
        u->path[0] = '\0';
}

static dw_err open_program(struct upgrade *u)
{
    char why[PATH_MAX + 128];
    struct stat st;

    if (u->path[0] == '\0') {
        say(u, "it is not known where the program was started from; an upgrade needs a restart");
        return DW_UNAVAILABLE;
    }
    u->executable = open(u->path, O_PATH | O_CLOEXEC);
    if (u->executable < 0 || fstat(u->executable, &st) != 0) {
        (void)snprintf(why, sizeof why, "%s: %s", u->path, strerror(errno));
    } else if (!S_ISREG(st.st_mode) || faccessat(u->executable, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) != 0) {
        (void)snprintf(why, sizeof why, "%s: it is not a file that may be executed", u->path);
    } else {
        return DW_OK;
    }
    say(u, why);
    return DW_INVALID;
}

/* ---- the probe ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* As before a probe, when none runs. */
static void clean_up(struct upgrade *u)
{
    dw__timer_clear(u->config.loop, &u->timer);
    close_fd(&u->control);
    close_fd(&u->executable);
    for (size_t i = 0; i < PARTS; i++)
        close_fd(&u->parts[i]);
    u->ready = u->refused = u->late = false;
}

static dw_err spawn(struct upgrade *u, int control)
{
    char who[64];
    const char *argv[] = {who, "(1 descriptors)", NULL};
    const struct process_fd fds[] = {
        {control, CHILD_FD_CONTROL},
        {u->config.pinned, CHILD_FD_BLOB},
        {u->config.log_fd(u->config.self), CHILD_FD_LOG},
        {u->config.command_line, CHILD_FD_FIRST},
    };
    const struct process_spawn what = {
        .executable = u->executable, .argv = argv, .fds = fds, .n_fds = sizeof fds / sizeof fds[0]};

    (void)snprintf(who, sizeof who, "%.32s: probe", u->config.name);
    return dw__process_spawn(&what, &u->process);
}

static dw_err start(struct upgrade *u)
{
    uint64_t until = dw__loop_clock(u->config.loop)->mono_ns + PROBE_NS;
    char why[PATH_MAX + 128];
    int pair[2];
    dw_err err = dw__socket_pair(pair);

    if (err == DW_OK) {
        u->control = pair[0];
        err = spawn(u, pair[1]);
        (void)close(pair[1]);
    }
    if (err != DW_OK) {
        (void)snprintf(why, sizeof why, "%s cannot be started: %s", u->path, strerror(errno));
        say(u, why);
        return err;
    }
    u->ended.fd = u->process.pidfd;
    err = dw__loop_watch(u->config.loop, &u->ended, EPOLLIN);
    if (err == DW_OK)
        err = dw__timer_set(u->config.loop, &u->timer, until);
    return err;
}

/* ---- what it said ---- */

/* Takes all messages. False: one that a probe may not send, or that it sent before. */
static bool listen_to_all(struct upgrade *u)
{
    struct msg msg;
    const char *why;
    int fd = -1;
    dw_err err;

    while ((err = dw__msg_receive(u->control, SENT_BY_PROBE, &msg, &fd, &why)) == DW_OK) {
        if (msg.type == MSG_READY && !u->ready) {
            u->ready = true;
        } else if (msg.type == MSG_REFUSED) {
            u->refused = true;
        } else if (msg.type == MSG_SETTINGS && msg.number < PARTS && u->parts[msg.number] < 0) {
            u->parts[msg.number] = fd;
        } else {
            close_fd(&fd);
            return false;
        }
    }
    return err == DW_NOT_FOUND || err == DW_CANCELED;
}

static bool read_part(int fd, struct upgrade_answer *answer)
{
    struct monitor_part part;
    dw_bytes bytes;
    bool ok;

    if (dw__memfd_map(fd, sizeof part, &bytes) != DW_OK)
        return false;
    ok = bytes.n == sizeof part && memcmp(bytes.p, DW__MONITOR_PART, sizeof part.magic) == 0;
    if (ok) {
        memcpy(&part, bytes.p, sizeof part);
        ok = part.drain_ms <= WAIT_MAX_MS && part.idle_ms <= WAIT_MAX_MS &&
             part.store_ready_ms <= WAIT_MAX_MS && part.has_jobs <= 1 && part.has_keeper <= 1;
        answer->drain_ms = part.drain_ms;
        answer->idle_ms = part.idle_ms;
        answer->store_ready_ms = part.store_ready_ms;
        answer->has_jobs = part.has_jobs == 1;
        answer->has_keeper = part.has_keeper == 1;
    }
    dw__memfd_unmap(bytes);
    return ok;
}

/* NULL when all is there that an upgrade needs; else why not. */
static const char *judge(struct upgrade *u, int status, struct upgrade_answer *answer)
{
    bool heard = listen_to_all(u);

    if (u->late)
        return "the program at our path did not answer in time";
    if (!heard)
        return "the program at our path does not say what one of ours would";
    if (status != 0 || !u->ready || u->refused)
        return "the program at our path cannot take over";
    for (size_t i = 0; i < PARTS; i++)
        if (u->parts[i] < 0)
            return "the program at our path left something out";
    *answer = (struct upgrade_answer){.executable = u->executable,
                                      .blob_store = u->parts[ROLE_STORE],
                                      .blob_worker = u->parts[ROLE_WORKER],
                                      .blob_jobs = u->parts[ROLE_JOBS],
                                      .blob_audit = u->parts[ROLE_AUDIT],
                                      .blob_keeper = u->parts[ROLE_KEEPER]};
    return read_part(u->parts[0], answer) ? NULL : "the program at our path wants other numbers";
}

static void stop_watching(struct upgrade *u)
{
    dw_err removed = dw__loop_watch(u->config.loop, &u->ended, 0);

    (void)removed; /* removing never fails */
}

static void on_ended(struct io *io, uint32_t events)
{
    struct upgrade *u = DW__LIST_ENTRY(io, struct upgrade, ended);
    struct upgrade_answer answer;
    const char *why;
    int status = 0;

    (void)events;
    stop_watching(u); /* before reaping, which closes it */
    if (!dw__process_reap(&u->process, &status)) {
        if (dw__loop_watch(u->config.loop, &u->ended, EPOLLIN) != DW_OK)
            say(u, "the probe cannot be watched");
        return;
    }
    u->ended.fd = -1;
    why = judge(u, status, &answer);
    if (why != NULL && !u->refused)
        say(u, why);
    u->config.done(u->config.self, why == NULL ? &answer : NULL);
    clean_up(u);
}

static void on_timer(struct timer *timer)
{
    struct upgrade *u = DW__LIST_ENTRY(timer, struct upgrade, timer);

    u->late = true;
    dw__process_signal(&u->process, SIGKILL);
}

/* ---- life ---- */

dw_err dw__upgrade_new(struct upgrade **out, const struct upgrade_config *config)
{
    struct upgrade *u = calloc(1, sizeof *u);

    *out = NULL;
    if (u == NULL)
        return DW_UNAVAILABLE;
    u->config = *config;
    u->process = (struct process){.pid = -1, .pidfd = -1};
    u->ended = (struct io){.fn = on_ended, .fd = -1};
    u->timer.fn = on_timer;
    u->control = u->executable = -1;
    for (size_t i = 0; i < PARTS; i++)
        u->parts[i] = -1;
    find_path(u);
    *out = u;
    return DW_OK;
}

dw_err dw__upgrade_begin(struct upgrade *u)
{
    dw_err err;

    if (u->config.command_line < 0 || u->config.pinned < 0) {
        say(u, "the command line could not be kept; an upgrade needs a restart");
        return DW_UNAVAILABLE;
    }
    err = open_program(u);
    if (err == DW_OK)
        err = start(u);
    if (err == DW_OK || u->ended.fd >= 0) {
        if (err != DW_OK) /* it runs, but not for long */
            dw__process_signal(&u->process, SIGKILL);
        return DW_OK;
    }
    clean_up(u);
    return err;
}

bool dw__upgrade_knows(const struct upgrade *u, pid_t pid)
{
    return u->process.pid == pid;
}

void dw__upgrade_free(struct upgrade *u)
{
    if (u == NULL)
        return;
    if (u->ended.fd >= 0) {
        stop_watching(u);
        dw__process_signal(&u->process, SIGKILL);
        (void)close(u->process.pidfd);
    }
    clean_up(u);
    free(u);
}
