/* app/audit_read.c -- files are read in pieces, however long their lines are; a log that is being turned over has its files in the order of their names. */
#define _GNU_SOURCE
#include "app/audit_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/audit_files.h"
#include "base/text.h"
#include "crypto/compare.h"

bool dw__audit_open(struct audit_reading *r, const struct invocation *inv, const char *path)
{
    r->path = path;
    r->n = r->at = r->line_n = 0;
    r->error = 0;
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (r->fd < 0)
        (void)fprintf(stderr, "%s: %s: %s\n", inv->app->name, path, strerror(errno));
    return r->fd >= 0;
}

bool dw__audit_close(struct audit_reading *r, const struct invocation *inv)
{
    (void)close(r->fd);
    if (r->error != 0)
        (void)fprintf(stderr, "%s: %s cannot be read: %s\n", inv->app->name, r->path, strerror(r->error));
    return r->error == 0;
}

size_t dw__audit_chunk(struct audit_reading *r, size_t keep)
{
    ssize_t got;

    do
        got = read(r->fd, r->chunk + keep, sizeof r->chunk - keep);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        r->error = errno;
    return got > 0 ? (size_t)got : 0;
}

/* One byte, or -1 at the end, or when it cannot be read. */
static int next_byte(struct audit_reading *r)
{
    if (r->at == r->n) {
        r->at = 0;
        r->n = dw__audit_chunk(r, 0);
        if (r->n == 0)
            return -1;
    }
    return (unsigned char)r->chunk[r->at++];
}

bool dw__audit_next_line(struct audit_reading *r, dw_text *line)
{
    int c;

    r->line_n = 0;
    while ((c = next_byte(r)) >= 0 && c != '\n') {
        if (r->line_n < sizeof r->line)
            r->line[r->line_n] = (char)c;
        r->line_n++;
    }
    /* One that is too long is no line, whatever of it is looked at. */
    *line = (dw_text){r->line, r->line_n < sizeof r->line ? r->line_n : sizeof r->line};
    return c == '\n';
}

/* ---- the keys ---- */

bool dw__audit_begin_verify(const struct invocation *inv, struct audit_verify *v)
{
    uint8_t roots[DW__KEYRING_MAX][DW__AUDIT_KEY];
    char command[128], why[512];
    struct keyring *ring;
    size_t n;
    bool ok = true;

    (void)snprintf(command, sizeof command, "%s secret", inv->app->name);
    if (dw__keyring_parse(&ring, inv->config->data_keys, "DATA_KEYS", command, why, sizeof why) != DW_OK) {
        (void)fprintf(stderr, "%s: %s\n", inv->app->name, why);
        return false;
    }
    n = dw__keyring_count(ring);
    for (size_t i = 0; i < n; i++)
        ok = dw__keyring_derive(ring, i, KEY_AUDIT, roots[i], DW__AUDIT_KEY) == DW_OK && ok;
    dw__keyring_free(ring);
    dw__audit_verify_init(v, (const uint8_t(*)[DW__AUDIT_KEY])roots, n, 0);
    dw__wipe(roots, sizeof roots);
    return ok;
}

/* ---- which files ---- */

static bool no_memory(const struct invocation *inv)
{
    (void)fprintf(stderr, "%s: there is no memory\n", inv->app->name);
    return false;
}

static bool add(struct audit_paths *paths, const struct invocation *inv, const char *path)
{
    char **more = reallocarray(paths->paths, paths->n + 1, sizeof *more);

    if (more == NULL)
        return no_memory(inv);
    paths->paths = more;
    more[paths->n] = strdup(path);
    if (more[paths->n] == NULL)
        return no_memory(inv);
    paths->n++;
    return true;
}

/* Those that are full, then the one that is written, where they are there. */
static bool add_log(struct audit_paths *paths, const struct invocation *inv, const char *log)
{
    char path[4096 + 1 + DW__AUDIT_STAMP];
    struct audit_files files;
    bool ok = true;

    if (dw__audit_files_list(log, &files) != DW_OK) {
        (void)fprintf(stderr, "%s: the directory of %s cannot be read: %s\n", inv->app->name, log,
                      strerror(errno));
        return false;
    }
    for (size_t i = 0; i < files.n && ok; i++)
        ok = dw__audit_files_path(log, &files.stamps[i], path, sizeof path) && add(paths, inv, path);
    if (ok && (files.n == 0 || access(log, F_OK) == 0))
        ok = add(paths, inv, log);
    dw__audit_files_release(&files);
    return ok;
}

bool dw__audit_paths_add(struct audit_paths *paths, const struct invocation *inv, const char *name)
{
    dw_text log = inv->config->audit_log;
    const char *slash = log.n > 0 ? memrchr(log.p, '/', log.n) : NULL;
    dw_text base = slash != NULL ? (dw_text){slash + 1, log.n - (size_t)(slash + 1 - log.p)} : log;
    char path[4096];
    struct stat st;

    if (stat(name, &st) != 0 || !S_ISDIR(st.st_mode))
        return add(paths, inv, name); /* what it is, opening it says */
    if (base.n == 0) {
        (void)fprintf(stderr,
                      "%s: AUDIT_LOG is not set, so nothing says which files of %s are a log; name them, the "
                      "oldest first\n",
                      inv->app->name, name);
        return false;
    }
    if ((size_t)snprintf(path, sizeof path, "%s/%.*s", name, DW_FMT(base)) >= sizeof path)
        return add(paths, inv, name);
    return add_log(paths, inv, path);
}

bool dw__audit_paths_default(struct audit_paths *paths, const struct invocation *inv)
{
    char path[4096];

    if (paths->n > 0)
        return true;
    if (inv->config->audit_log.n == 0) {
        (void)fprintf(stderr, "%s: AUDIT_LOG is not set; name the files, the oldest first\n", inv->app->name);
        return false;
    }
    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(inv->config->audit_log));
    return add_log(paths, inv, path);
}

void dw__audit_paths_release(struct audit_paths *paths)
{
    for (size_t i = 0; i < paths->n; i++)
        free(paths->paths[i]);
    free(paths->paths);
    *paths = (struct audit_paths){0};
}
