/* app/cmd_serve.c -- `serve`: refuses what must not run, then becomes the monitor.
 *
 * Everything that can be found wrong is found here, in the foreground, before a socket is bound: settings, secrets, what the
 * guards' audits say.  After that the monitor only starts, watches and ends processes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/secrets.h"
#include "app/serve.h"
#include "app/user.h"
#include "base/log.h"
#include "os/file.h"
#include "os/sandbox.h"

#define FINDINGS_MAX 64

struct serve {
    const struct invocation *inv;
    struct loop *loop;
    struct log *log;
    int log_fd; /* the monitor's own copy, which children inherit */
};

/* Prints every error of the settings. */
static bool settings_hold(const struct invocation *inv)
{
    struct config_finding findings[FINDINGS_MAX];
    size_t n = dw__config_findings(inv->config, inv->app, false, findings, FINDINGS_MAX);
    bool hold = true;

    for (size_t i = 0; i < n; i++) {
        if (findings[i].level == FINDING_ERROR)
            hold = false;
        if (findings[i].level != FINDING_NOTE)
            (void)fprintf(stderr, "%s: %s\n", inv->app->name, findings[i].sentence);
    }
    return hold;
}

static bool secrets_hold(const struct invocation *inv)
{
    struct arena arena;
    struct buf why;
    bool hold;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 16);
    hold = dw__secrets_hold(inv, &why);
    dw__print_findings(inv->app, &why);
    dw__arena_release(&arena);
    return hold;
}

static bool guards_hold(const struct invocation *inv)
{
    struct arena arena;
    struct buf out;
    struct audit audit = {.out = &out};
    bool hold;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&out, &arena, (size_t)1 << 19);
    dw__guards_audit(&inv->image->env, &audit);
    hold = audit.errors == 0;
    if (!hold)
        (void)fprintf(stderr, "%s: the guards refuse this configuration; see %s check\n%.*s", inv->app->name,
                      inv->app->name, (int)out.n, out.p);
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

static int log_fd(void *self)
{
    return ((struct serve *)self)->log_fd;
}

static void say_ready(void *self)
{
    const struct serve *s = self;
    const struct config *config = s->inv->config;

    for (size_t i = 0; i < config->n_listen; i++)
        (void)fprintf(stderr, "%s: listening on %s%.*s with %u worker%s%s\n", s->inv->app->name,
                      config->listen[i].path.n ? "" : "http://", DW_FMT(config->listen[i].text),
                      config->workers, config->workers == 1 ? "" : "s",
                      config->development ? ", in development" : "");
}

static int run_monitor(struct serve *s, const struct server_plan *plan)
{
    struct monitor_config monitor = {
        .loop = s->loop,
        .log = s->log,
        .children = plan->children,
        .n_children = plan->n_children,
        .drain_ms = (unsigned)s->inv->config->drain_timeout_ms,
        .open_log = reopen_log,
        .log_fd = log_fd,
        .ready = say_ready,
        .self = s,
    };

    monitor.drop = geteuid() == 0;
    if (monitor.drop && dw__user_find(s->inv, &monitor.uid, &monitor.gid) != DW_OK)
        return EXIT_BAD_CONFIG;
    return dw__monitor_run(&monitor);
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
    static struct server_plan plan; /* large */
    struct serve s = {.inv = inv};
    int status = EXIT_BAD_CONFIG;
    bool hold;
    int fd;

    if (inv->argc > 0) {
        (void)fprintf(stderr, "%s: serve takes no arguments; settings are flags before or behind it\n",
                      inv->app->name);
        return EXIT_BAD_USAGE;
    }
    hold = settings_hold(inv);
    hold = secrets_hold(inv) && hold;
    hold = guards_hold(inv) && hold;
    if (!hold)
        return EXIT_BAD_CONFIG;
    if (!seal_monitor(inv))
        return EXIT_FAILED;
    s.log_fd = open_log(&s);
    if (s.log_fd < 0 || dw__server_plan_make(&plan, inv) != DW_OK)
        return EXIT_NO_SERVICE;
    fd = dup(s.log_fd);
    if (fd >= 0 && dw__loop_new(&s.loop) == DW_OK &&
        dw__log_new(&s.log, fd, (dw_log_level)inv->config->log_level, "monitor") == DW_OK)
        status = run_monitor(&s, &plan);
    dw__log_free(s.log);
    dw__loop_free(s.loop);
    return status;
}
