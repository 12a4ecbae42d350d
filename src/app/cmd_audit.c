/* app/cmd_audit.c -- `audit`: whether the audit log is what was written, and what it says.
 *
 * `verify` reads files from the oldest to the newest, in memory that does not grow; the keys are those of the settings.  What it has to say is one
 * line: that all holds, or what does not, where. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "auth/audit_verify.h"
#include "base/text.h"
#include "crypto/compare.h"

#define CHUNK ((size_t)65536)
#define FILES_MAX 1024

struct reading {
    const char *path;
    int fd, error; /* error: an errno, when it could not be read to its end */
    size_t n, at;  /* of chunk */
    char chunk[CHUNK];
    size_t line_n; /* also of what does not fit */
    char line[DW__AUDIT_LINE + 1];
};

static bool open_file(struct reading *r, const struct invocation *inv, const char *path)
{
    r->path = path;
    r->n = r->at = r->line_n = 0;
    r->error = 0;
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (r->fd < 0)
        (void)fprintf(stderr, "%s: %s: %s\n", inv->app->name, path, strerror(errno));
    return r->fd >= 0;
}

/* False when it could not be read to its end, which was said. */
static bool close_file(struct reading *r, const struct invocation *inv)
{
    (void)close(r->fd);
    if (r->error != 0)
        (void)fprintf(stderr, "%s: %s cannot be read: %s\n", inv->app->name, r->path, strerror(r->error));
    return r->error == 0;
}

/* What comes next of the file, behind the first `keep` bytes of chunk; 0 at the end, and when it cannot be read. */
static size_t read_chunk(struct reading *r, size_t keep)
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
static int next_byte(struct reading *r)
{
    if (r->at == r->n) {
        r->at = 0;
        r->n = read_chunk(r, 0);
        if (r->n == 0)
            return -1;
    }
    return (unsigned char)r->chunk[r->at++];
}

/* The next line, without its '\n'. False at the end; then line_n bytes stand behind the last. */
static bool next_line(struct reading *r, dw_text *line)
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

static bool derive_roots(const struct invocation *inv, struct audit_verify *v)
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

/* ---- verify ---- */

struct verification {
    const struct invocation *inv;
    struct audit_verify verify;
    struct reading reading;
    const char *heads, *files[FILES_MAX];
    size_t n_files;
    bool may_begin_late;
    char path[4096], heads_path[4096];
};

/* Not line by line: one that is too long, or has no end, would hide the head behind it. */
static bool read_heads(struct verification *v)
{
    struct reading *r = &v->reading;
    size_t got, kept = 0;

    if (v->heads == NULL)
        return true;
    if (!open_file(r, v->inv, v->heads))
        return false;
    while ((got = read_chunk(r, kept)) > 0) {
        size_t n = kept + got;

        dw__audit_verify_heads(&v->verify, (dw_text){r->chunk, n});
        kept = n < DW__AUDIT_HEAD ? n : DW__AUDIT_HEAD;
        memmove(r->chunk, r->chunk + n - kept, kept);
    }
    return close_file(r, v->inv);
}

static int say_bad(const struct verification *v)
{
    const struct audit_verify *a = &v->verify;

    if (a->bad != 0)
        printf("%s:%llu: %.*s\n", v->reading.path, (unsigned long long)a->bad, (int)a->why.n, a->why.p);
    else
        printf("%s: %.*s\n", v->reading.path, (int)a->why.n, a->why.p);
    return EXIT_FAILED;
}

static void say_late(const struct audit_verify *a)
{
    if (a->lines > 0)
        printf("; begins at line %llu of chain %.*s", (unsigned long long)a->first_seq, DW__AUDIT_ID,
               a->first_chain);
    if (a->dismissed > 0)
        printf("; %llu head%s about chains before it", (unsigned long long)a->dismissed,
               a->dismissed == 1 ? " is" : "s are");
}

/* What there is holds; whether something was before it, or it is empty, who gave the files must know. */
static int say_good(const struct verification *v)
{
    const struct audit_verify *a = &v->verify;
    bool late = dw__audit_verify_begins_late(a), whole = !late || v->may_begin_late;

    printf("%s: %llu line%s", whole ? "ok" : "incomplete", (unsigned long long)a->lines,
           a->lines == 1 ? "" : "s");
    if (a->lines > 0)
        printf(", from %.*s to %.*s, in %zu chain%s", DW__AUDIT_TIME, a->first_time, DW__AUDIT_TIME,
               a->last_time, a->n_chains, a->n_chains == 1 ? "" : "s");
    if (a->n_heads > 0)
        printf(", as far as the heads in %s say", v->heads);
    if (late)
        say_late(a);
    putchar('\n');
    if (a->unclosed > 0)
        printf("%llu chain%s without an end: a process that still writes, or was killed\n",
               (unsigned long long)a->unclosed, a->unclosed == 1 ? " is" : "s are");
    if (a->torn > 0)
        printf("%llu line%s not finished, by a process that was killed\n", (unsigned long long)a->torn,
               a->torn == 1 ? " was" : "s were");
    if (a->n_heads == 0)
        printf("there is no head: a log whose end was cut off looks like this, too\n");
    if (!whole)
        printf("give older files too, or --begins-late when they are not kept\n");
    return whole ? EXIT_DONE : EXIT_FAILED;
}

static int verify_files(struct verification *v)
{
    dw_text line;
    dw_err err = DW_OK;

    for (size_t i = 0; i < v->n_files && err == DW_OK; i++) {
        bool first = true;

        if (!open_file(&v->reading, v->inv, v->files[i]))
            return EXIT_NO_SERVICE;
        while (err == DW_OK && next_line(&v->reading, &line)) {
            err = dw__audit_verify_line(&v->verify, line, first);
            first = false;
        }
        if (!close_file(&v->reading, v->inv))
            return EXIT_NO_SERVICE;
    }
    if (err == DW_OK)
        err = dw__audit_verify_end(&v->verify, v->reading.line_n);
    return err == DW_OK ? say_good(v) : say_bad(v);
}

static void default_paths(struct verification *v)
{
    const struct config *config = v->inv->config;
    dw_text heads = config->audit_heads.n > 0 ? config->audit_heads : config->log;

    if (v->n_files == 0 && config->audit_log.n > 0) {
        (void)snprintf(v->path, sizeof v->path, "%.*s", DW_FMT(config->audit_log));
        v->files[v->n_files++] = v->path;
    }
    if (v->heads == NULL && !dw__text_is(heads, "stderr")) {
        (void)snprintf(v->heads_path, sizeof v->heads_path, "%.*s", DW_FMT(heads));
        v->heads = v->heads_path;
    }
}

static int usage(const struct invocation *inv)
{
    (void)fprintf(stderr, "%s: usage: %s audit verify [--heads FILE] [--begins-late] [FILE…]\n",
                  inv->app->name, inv->app->name);
    return EXIT_BAD_USAGE;
}

static int verify(const struct invocation *inv)
{
    static struct verification v; /* large */
    int status = EXIT_NO_SERVICE;

    v.inv = inv;
    for (int i = 1; i < inv->argc; i++) {
        if (strcmp(inv->argv[i], "--heads") == 0 && i + 1 < inv->argc)
            v.heads = inv->argv[++i];
        else if (strcmp(inv->argv[i], "--begins-late") == 0)
            v.may_begin_late = true;
        else if (inv->argv[i][0] == '-' || v.n_files == FILES_MAX)
            return usage(inv);
        else
            v.files[v.n_files++] = inv->argv[i];
    }
    default_paths(&v);
    if (v.n_files == 0) {
        (void)fprintf(stderr, "%s: AUDIT_LOG is not set; name the files, the oldest first\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    if (!derive_roots(inv, &v.verify))
        return EXIT_BAD_CONFIG;
    if (read_heads(&v))
        status = verify_files(&v);
    dw__audit_verify_release(&v.verify);
    return status;
}

int dw__cmd_audit(const struct invocation *inv)
{
    if (inv->argc >= 1 && strcmp(inv->argv[0], "verify") == 0)
        return verify(inv);
    return usage(inv);
}
