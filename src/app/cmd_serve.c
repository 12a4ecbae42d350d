/* app/cmd_serve.c -- `serve`: refuses what must not run, then becomes the monitor.
 *
 * Everything that can be found wrong is found here, in the foreground, before a socket is bound: settings, secrets, what the
 * guards' audits say (serve_check.c).  After that the monitor only starts, watches and ends processes.  On SIGHUP it has the program at
 * its path look at all of that again (upgrade.c), and gives new processes what that one answers: the same listeners, fresh rings. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/counters.h"
#include "app/limits_file.h"
#include "app/serve.h"
#include "app/upgrade.h"
#include "app/user.h"
#include "app/watch.h"
#include "base/audit.h"
#include "base/list.h"
#include "base/log.h"
#include "os/file.h"
#include "os/sandbox.h"

#define SLOW_NS ((uint64_t)1000 * 1000 * 1000) /* a start that takes longer is told of, again and again */
#define WATCH_MS 5000u /* not in development, where a worker may be stopped by a debugger */

struct serve {
    const struct invocation *inv;
    struct loop *loop;
    struct log *log;
    struct audit_link audit;         /* the monitor's own events */
    int log_fd;                      /* the monitor's own copy, which children inherit */
    int pinned;                      /* what upgrades cannot change, sealed; -1 */
    struct server_plan *plan, *next; /* in service; of an upgrade under way, or of what it has replaced */
    struct upgrade *upgrade;
    struct monitor *handle;
    struct watch *watch;             /* of sources, in development; or NULL */
    struct limits_file *limits_file; /* or NULL */
    enum limits_kept limits_kept;
    struct timer slow;
    uint64_t begun_ns;
    struct monitor_config monitor, before; /* before: as it was, should an upgrade fail */
};

/* Prints whatever there is to say. */
static bool holds(const struct invocation *inv)
{
    struct arena arena;
    struct buf why;
    bool hold;

    dw__arena_init(&arena, NULL, (size_t)2 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 20);
    hold = dw__serve_holds(inv, &why);
    dw__print_findings(inv->app, &why);
    dw__arena_release(&arena);
    return hold;
}

static int open_log(void *self)
{
    struct serve *s = self;
    char path[4096];
    int fd = -1;
    dw_err err;

    if (dw_text_is(s->inv->config->log, "stderr"))
        return dup(STDERR_FILENO);
    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(s->inv->config->log));
    err = dw__file_open_log(path, &fd);
    if (err != DW_OK)
        (void)fprintf(stderr, "%s: LOG: %s cannot be opened for appending: %s\n", s->inv->app->name, path,
                      err == DW_INVALID ? "it is neither a file nor a device" : strerror(errno));
    return fd;
}

static int reopen_log(void *self)
{
    struct serve *s = self;
    int fd = open_log(s);

    if (fd < 0)
        return -1;
    (void)close(s->log_fd);
    s->log_fd = fd;
    return dup(fd);
}

static int reopen_audit_log(void *self)
{
    struct serve *s = self;
    int fd = dw__audit_plan_reopen(&s->plan->audit, s->inv);

    if (fd < 0 && s->plan->audit.log >= 0)
        DW__EVENT(s->log, NULL, DW_LOG_LEVEL_ERROR, "log.not_opened");
    return fd;
}

static int next_audit_log(void *self)
{
    struct serve *s = self;

    return dw__audit_plan_next(&s->plan->audit, s->inv, s->log, dw__loop_clock(s->loop)->unix_ms);
}

static int log_fd(void *self)
{
    return ((struct serve *)self)->log_fd;
}

/* A server that is not READY yet says what it waits for, so that nobody takes it for dead. */
static void say_slow(struct timer *timer)
{
    struct serve *s = DW__LIST_ENTRY(timer, struct serve, slow);
    uint64_t now = dw__loop_clock(s->loop)->mono_ns;
    char name[24];
    const char *who = s->handle != NULL ? dw__monitor_waits_for(s->handle, name) : NULL;

    if (who == NULL)
        return;
    (void)fprintf(stderr, "%s: starting, %llu s: waiting for %s\n", s->inv->app->name,
                  (unsigned long long)((now - s->begun_ns) / SLOW_NS), who);
    if (dw__timer_set(s->loop, &s->slow, now + SLOW_NS) != DW_OK)
        return; /* then it says so no more */
}

static void tell_when_slow(struct serve *s)
{
    s->slow.fn = say_slow;
    s->begun_ns = dw__loop_clock(s->loop)->mono_ns;
    if (s->inv->config->development && dw__timer_set(s->loop, &s->slow, s->begun_ns + SLOW_NS) != DW_OK)
        return;
}

static void on_built(void *self)
{
    const struct serve *s = self;

    if (s->handle != NULL)
        dw__monitor_ask_reload(s->handle);
}

static void begin_watch(struct serve *s)
{
    const struct config *config = s->inv->config;
    const struct watch_config watch = {.loop = s->loop,
                                       .name = s->inv->app->name,
                                       .directory = config->watch_directory,
                                       .command = config->watch_command,
                                       .built = on_built,
                                       .self = s};

    if (config->watch != 0 && dw__watch_new(&s->watch, &watch) != DW_OK)
        s->watch = NULL; /* it has said why */
}

static void say_ready(void *self)
{
    struct serve *s = self;
    const struct config *config = s->inv->config;

    dw__timer_clear(s->loop, &s->slow);
    begin_watch(s);
    for (size_t i = 0; i < config->n_listen; i++)
        (void)fprintf(stderr, "%s: listening on %s%.*s with %u worker%s%s\n", s->inv->app->name,
                      config->listen[i].path.n ? "" : "http://", DW_FMT(config->listen[i].text),
                      config->workers, config->workers == 1 ? "" : "s",
                      config->development ? ", in development" : "");
}

/* ---- SIGHUP ---- */

/* Workers of either plan say it. */
static void say_limits(const struct serve *s)
{
    dw__counters_say_limits(s->plan->counters, s->limits_kept);
    dw__counters_say_limits(s->next->counters, s->limits_kept);
}

/* The answer comes from the probe. */
static dw_err reload(void *self, const struct child_spec **children, size_t *n)
{
    const struct serve *s = self;
    dw_err err = dw__upgrade_begin(s->upgrade);

    *children = NULL;
    *n = 0;
    return err == DW_OK ? DW_NOT_FOUND : DW_INVALID;
}

static void on_answer(void *self, const struct upgrade_answer *answer)
{
    struct serve *s = self;
    dw_err err = DW_INVALID;

    if (answer != NULL)
        err = dw__server_plan_next(s->next, s->plan, s->inv, answer);
    if (err != DW_OK) {
        dw__monitor_reload_end(s->handle, err, NULL, 0, -1);
        return;
    }
    say_limits(s);
    s->before = s->monitor;
    s->monitor.drain_ms = answer->drain_ms;
    s->monitor.idle_ms = answer->idle_ms;
    s->monitor.store_ready_ms = answer->store_ready_ms;
    dw__monitor_reload_end(s->handle, DW_OK, s->next->children, s->next->n_children, answer->executable);
}

/* One of the two plans is in service, the other has processes that drain. */
static void on_reloaded(void *self, bool in_service)
{
    struct serve *s = self;
    struct server_plan *over = s->plan;

    if (in_service) {
        s->plan = s->next;
        s->next = over;
    } else {
        s->monitor.drain_ms = s->before.drain_ms;
        s->monitor.idle_ms = s->before.idle_ms;
        s->monitor.store_ready_ms = s->before.store_ready_ms;
    }
}

static void on_retired(void *self)
{
    dw__server_plan_drop(((struct serve *)self)->next);
}

static bool knows(void *self, pid_t pid)
{
    const struct serve *s = self;

    return dw__upgrade_knows(s->upgrade, pid) || dw__watch_knows(s->watch, pid);
}

static dw_err prepare_upgrades(struct serve *s)
{
    if (dw__pinned_seal(s->inv, &s->pinned) != DW_OK)
        s->pinned = -1; /* said when it is asked for */
    return dw__upgrade_new(&s->upgrade, &(struct upgrade_config){.loop = s->loop,
                                                                 .log = s->log,
                                                                 .name = s->inv->app->name,
                                                                 .command_line = s->inv->command_line,
                                                                 .pinned = s->pinned,
                                                                 .log_fd = log_fd,
                                                                 .done = on_answer,
                                                                 .self = s});
}

/* ---- the monitor ---- */

static int run_monitor(struct serve *s)
{
    const struct config *config = s->inv->config;
    int status;

    s->monitor = (struct monitor_config){
        .loop = s->loop,
        .log = s->log,
        .watch_ms = config->development ? 0 : WATCH_MS,
        .children = s->plan->children,
        .n_children = s->plan->n_children,
        .drain_ms = (unsigned)config->drain_timeout_ms,
        .idle_ms = (unsigned)config->idle_timeout_ms,
        .store_ready_ms = config->migrate ? DW__MIGRATE_MS : 0,
        .open_log = reopen_log,
        .log_fd = log_fd,
        .open_audit_log = reopen_audit_log,
        .next_audit_log = next_audit_log,
        .ready = say_ready,
        .reload = reload,
        .reloaded = on_reloaded,
        .retired = on_retired,
        .knows = knows,
        .handle = &s->handle,
        .self = s,
    };
    s->monitor.drop = geteuid() == 0;
    if (s->monitor.drop && dw__user_find(s->inv, &s->monitor.uid, &s->monitor.gid) != DW_OK)
        return EXIT_BAD_CONFIG;
    if (prepare_upgrades(s) != DW_OK)
        return EXIT_FAILED;
    tell_when_slow(s);
    status = dw__monitor_run(&s->monitor);
    dw__timer_clear(s->loop, &s->slow);
    dw__watch_free(s->watch);
    dw__upgrade_free(s->upgrade);
    return status;
}

/* ---- counts of limits that outlive us ---- */

static void on_wrote_limits(void *self, bool kept)
{
    struct serve *s = self;

    s->limits_kept = kept ? LIMITS_KEPT : LIMITS_LOST;
    say_limits(s);
}

/* Before a worker counts. */
static dw_err restore_limits(struct serve *s)
{
    const struct config *config = s->inv->config;
    struct limits_file_config keep = {.path = config->rate_limit_file,
                                      .limits = s->plan->limits,
                                      .log = s->log,
                                      .loop = s->loop,
                                      .every_ms = config->rate_limit_file_every_ms,
                                      .wrote = on_wrote_limits,
                                      .self = s};
    struct keyring *ring;
    char why[512];
    dw_err err;

    if (config->rate_limit_file.n == 0)
        return DW_OK;
    err = dw__keyring_parse(&ring, config->data_keys, "DATA_KEYS", "secret", why, sizeof why);
    if (err != DW_OK)
        return err;
    keep.ring = ring;
    err = dw__limits_file_new(&s->limits_file, &keep);
    dw__keyring_free(ring);
    if (err != DW_OK)
        (void)fprintf(stderr, "%s: RATE_LIMIT_FILE: no memory for what it holds\n", s->inv->app->name);
    else
        on_wrote_limits(s, true); /* until it cannot be */
    return err;
}

/* The monitor, and around it what it knows nothing of. */
static int run_with_limits(struct serve *s)
{
    int status;

    if (restore_limits(s) != DW_OK)
        return EXIT_FAILED;
    status = run_monitor(s);
    if (s->limits_file != NULL)
        dw__limits_file_write(s->limits_file);
    dw__limits_file_free(s->limits_file);
    return status;
}

/* What the monitor says of its children is of the audit log. */
static int run_audited(struct serve *s)
{
    s->audit.fd = s->plan->audit.monitor.write;
    if (s->audit.fd >= 0)
        dw__log_audit_to(s->log, &s->audit);
    return run_with_limits(s);
}

/* The monitor holds every secret: where it is not root, its workers are of the same user and must not read them out of it. */
static bool seal_monitor(const struct invocation *inv)
{
    if (dw__sandbox_seal() == DW_OK)
        return true;
    (void)fprintf(stderr, "%s: this system cannot take privileges away for good (no_new_privs)\n",
                  inv->app->name);
    return false;
}

int dw__cmd_serve(const struct invocation *inv)
{
    static struct server_plan plans[2]; /* large */
    struct serve s = {.inv = inv, .plan = &plans[0], .next = &plans[1], .pinned = -1};
    int status = EXIT_BAD_CONFIG;
    int fd;

    if (inv->argc > 0) {
        (void)fprintf(stderr, "%s: serve takes no arguments; settings are flags before or behind it\n",
                      inv->app->name);
        return EXIT_BAD_USAGE;
    }
    if (!holds(inv))
        return EXIT_BAD_CONFIG;
    if (!seal_monitor(inv))
        return EXIT_FAILED;
    s.log_fd = open_log(&s);
    if (s.log_fd < 0 || dw__server_plan_make(s.plan, inv) != DW_OK)
        return EXIT_NO_SERVICE;
    fd = dup(s.log_fd);
    if (fd >= 0 && dw__loop_new(&s.loop) == DW_OK &&
        dw__log_new(&s.log, fd, (dw_log_level)inv->config->log_level, "monitor") == DW_OK)
        status = run_audited(&s);
    dw__log_free(s.log);
    dw__loop_free(s.loop);
    return status;
}
