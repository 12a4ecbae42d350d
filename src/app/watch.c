/* app/watch.c -- inotify over the folders of the sources, and one build at a time.
 *
 * An editor saves in several steps, and often several files: a build begins when nothing more was saved for a moment.  What is saved
 * while one runs is built when it has ended.  Folders that are made later are watched as well; hidden ones, and those that builds and
 * servers write to, are not, since a build would then begin the next. */
#include "app/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"
#include "os/process.h"

#define QUIET_NS ((uint64_t)100 * 1000 * 1000)
#define FOLDERS_MAX 4096u
#define DEPTH_MAX 16u
#define CHANGES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_CREATE)

extern char **environ;

struct watch {
    struct watch_config config;
    struct io changed; /* inotify */
    struct timer quiet;
    struct process build;
    struct io built; /* the pidfd; fd -1: no build runs */
    bool again;      /* something was saved while one ran */
    size_t n_folders;
    char *folders[FOLDERS_MAX]; /* by watch descriptor; NULL: not watched */
    char command[4096];
};

static void say(const struct watch *w, const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", w->config.name, what);
}

/* ---- what counts ---- */

static bool is_source(const char *name)
{
    static const char *const ends[] = {".c",   ".h",    ".S",     ".cc",  ".cpp", ".hpp",
                                       ".sql", ".html", ".cmake", ".txt", ".json"};
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t m = strlen(ends[i]);

        if (name[0] != '.' && n > m && strcmp(name + n - m, ends[i]) == 0)
            return true;
    }
    return false;
}

static bool is_passed_over(const char *name)
{
    static const char *const names[] = {"build", "var", "node_modules", "__pycache__"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return name[0] == '.';
}

/* ---- folders ---- */

static void watch_folder(struct watch *w, const char *path, unsigned depth);

static void watch_below(struct watch *w, const char *path, unsigned depth)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char below[PATH_MAX];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        struct stat st;
        int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);

        if (n > 0 && (size_t)n < sizeof below && !is_passed_over(entry->d_name) && lstat(below, &st) == 0 &&
            S_ISDIR(st.st_mode))
            watch_folder(w, below, depth + 1);
    }
    if (folder != NULL)
        (void)closedir(folder);
}

static void watch_folder(struct watch *w, const char *path, unsigned depth)
{
    int number = inotify_add_watch(w->changed.fd, path, CHANGES | IN_ONLYDIR | IN_DONT_FOLLOW);

    if (number < 0 || (size_t)number >= FOLDERS_MAX || depth > DEPTH_MAX)
        return;
    if (w->folders[number] == NULL)
        w->n_folders++;
    free(w->folders[number]);
    w->folders[number] = strdup(path);
    watch_below(w, path, depth);
}

/* ---- builds ---- */

static void begin_build(struct watch *w)
{
    const char *const argv[] = {"sh", "-c", w->command, NULL};
    const struct process_fd fds[] = {{STDERR_FILENO, STDOUT_FILENO}};
    union {
        char **in;
        const char *const *out;
    } environment = {environ};
    struct process_spawn what = {.argv = argv, .envp = environment.out, .fds = fds, .n_fds = 1};
    int shell = open("/bin/sh", O_PATH | O_CLOEXEC);
    dw_err err = DW_UNAVAILABLE;

    w->again = false;
    what.executable = shell;
    if (shell >= 0) {
        err = dw__process_spawn(&what, &w->build);
        (void)close(shell);
    }
    if (err != DW_OK) {
        say(w, "the build cannot be started");
        return;
    }
    (void)fprintf(stderr, "%s: saved; building: %s\n", w->config.name, w->command);
    w->built.fd = w->build.pidfd;
    if (dw__loop_watch(w->config.loop, &w->built, EPOLLIN) != DW_OK)
        dw__process_signal(&w->build, SIGKILL);
}

static void stop_watching(struct watch *w, struct io *io)
{
    dw_err removed = dw__loop_watch(w->config.loop, io, 0);

    (void)removed; /* removing never fails */
}

static void on_built(struct io *io, uint32_t events)
{
    struct watch *w = DW__LIST_ENTRY(io, struct watch, built);
    int status = 0;

    (void)events;
    stop_watching(w, io); /* before reaping, which closes it */
    if (!dw__process_reap(&w->build, &status)) {
        if (dw__loop_watch(w->config.loop, io, EPOLLIN) != DW_OK)
            say(w, "the build cannot be watched");
        return;
    }
    io->fd = -1;
    if (w->again) {
        begin_build(w);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        say(w, "built; the new program takes over");
        w->config.built(w->config.self);
    } else {
        say(w, "the build failed; what ran before goes on serving");
    }
}

static void on_quiet(struct timer *timer)
{
    struct watch *w = DW__LIST_ENTRY(timer, struct watch, quiet);

    if (w->built.fd >= 0)
        w->again = true;
    else
        begin_build(w);
}

/* ---- changes ---- */

/* Whether the change is one of a source; a folder that was made is watched from now on. */
static bool take(struct watch *w, const struct inotify_event *event)
{
    char path[PATH_MAX];
    bool known = event->wd >= 0 && (size_t)event->wd < FOLDERS_MAX && w->folders[event->wd] != NULL;

    if ((event->mask & IN_Q_OVERFLOW) != 0)
        return true;
    if (!known || event->len == 0)
        return false;
    if ((event->mask & IN_ISDIR) == 0)
        return is_source(event->name) && (event->mask & IN_CREATE) == 0;
    if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !is_passed_over(event->name) &&
        (size_t)snprintf(path, sizeof path, "%s/%s", w->folders[event->wd], event->name) < sizeof path)
        watch_folder(w, path, 1);
    return false;
}

static void on_changed(struct io *io, uint32_t events)
{
    struct watch *w = DW__LIST_ENTRY(io, struct watch, changed);
    _Alignas(struct inotify_event) char bytes[8192];
    bool saved = false;
    ssize_t n;

    (void)events;
    while ((n = read(io->fd, bytes, sizeof bytes)) > 0) {
        size_t at = 0;

        while (at + sizeof(struct inotify_event) <= (size_t)n) {
            const struct inotify_event *event = (const void *)(bytes + at);

            saved = take(w, event) || saved;
            at += sizeof *event + event->len;
        }
    }
    if (saved &&
        dw__timer_set(w->config.loop, &w->quiet, dw__loop_clock(w->config.loop)->mono_ns + QUIET_NS) != DW_OK)
        say(w, "no memory to wait for the end of a save");
}

/* ---- life ---- */

static dw_err begin(struct watch *w)
{
    char path[PATH_MAX];

    w->changed = (struct io){.fn = on_changed, .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (w->changed.fd < 0 ||
        (size_t)snprintf(path, sizeof path, "%.*s", DW_FMT(w->config.directory)) >= sizeof path)
        return DW_UNAVAILABLE;
    watch_folder(w, path, 0);
    return w->n_folders == 0 ? DW_UNAVAILABLE : dw__loop_watch(w->config.loop, &w->changed, EPOLLIN);
}

dw_err dw__watch_new(struct watch **out, const struct watch_config *config)
{
    struct watch *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL)
        return DW_UNAVAILABLE;
    w->config = *config;
    w->quiet.fn = on_quiet;
    w->build = (struct process){.pid = -1, .pidfd = -1};
    w->built = (struct io){.fn = on_built, .fd = -1};
    (void)snprintf(w->command, sizeof w->command, "%.*s", DW_FMT(config->command));
    if (begin(w) != DW_OK) {
        (void)fprintf(stderr, "%s: WATCH_DIRECTORY %.*s cannot be watched: %s\n", config->name,
                      DW_FMT(config->directory), strerror(errno));
        dw__watch_free(w);
        return DW_UNAVAILABLE;
    }
    (void)fprintf(stderr, "%s: watching %zu folders below %.*s\n", config->name, w->n_folders,
                  DW_FMT(config->directory));
    *out = w;
    return DW_OK;
}

bool dw__watch_knows(const struct watch *w, pid_t pid)
{
    return w != NULL && w->built.fd >= 0 && w->build.pid == pid;
}

void dw__watch_free(struct watch *w)
{
    if (w == NULL)
        return;
    dw__timer_clear(w->config.loop, &w->quiet);
    if (w->built.fd >= 0) {
        stop_watching(w, &w->built);
        dw__process_signal(&w->build, SIGKILL);
        (void)close(w->build.pidfd);
    }
    if (w->changed.fd >= 0) {
        stop_watching(w, &w->changed);
        (void)close(w->changed.fd);
    }
    for (size_t i = 0; i < FOLDERS_MAX; i++)
        free(w->folders[i]);
    free(w);
}
