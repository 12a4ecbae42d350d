/* app/cmd_audit.c -- `audit`: whether the audit log is what was written; `audit list` is next door.
 *
 * `verify` reads files from the oldest to the newest, in memory that does not grow; the keys are those of the settings.  What it has to say is one
 * line: that all holds, or what does not, where. */
#include <stdio.h>
#include <string.h>

#include "app/audit_read.h"
#include "base/text.h"

/* ---- verify ---- */

struct verification {
    const struct invocation *inv;
    struct audit_verify verify;
    struct audit_reading reading;
    struct audit_paths paths;
    const char *heads;
    bool may_begin_late;
    char heads_path[4096];
};

/* Not line by line: one that is too long, or has no end, would hide the head behind it. */
static bool read_heads(struct verification *v)
{
    struct audit_reading *r = &v->reading;
    size_t got, kept = 0;

    if (v->heads == NULL)
        return true;
    if (!dw__audit_open(r, v->inv, v->heads))
        return false;
    while ((got = dw__audit_chunk(r, kept)) > 0) {
        size_t n = kept + got;

        dw__audit_verify_heads(&v->verify, (dw_text){r->chunk, n});
        kept = n < DW__AUDIT_HEAD ? n : DW__AUDIT_HEAD;
        memmove(r->chunk, r->chunk + n - kept, kept);
    }
    return dw__audit_close(r, v->inv);
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
    dw_err err = DW_OK;
    dw_text line;

    for (size_t i = 0; i < v->paths.n && err == DW_OK; i++) {
        bool first = true;

        if (!dw__audit_open(&v->reading, v->inv, v->paths.paths[i]))
            return EXIT_NO_SERVICE;
        while (err == DW_OK && dw__audit_next_line(&v->reading, &line)) {
            err = dw__audit_verify_line(&v->verify, line, first);
            first = false;
        }
        if (!dw__audit_close(&v->reading, v->inv))
            return EXIT_NO_SERVICE;
        if (err == DW_OK && i + 1 < v->paths.n)
            dw__audit_verify_file_end(&v->verify, v->reading.line_n);
    }
    if (err == DW_OK)
        err = dw__audit_verify_end(&v->verify, v->reading.line_n);
    return err == DW_OK ? say_good(v) : say_bad(v);
}

static void default_heads(struct verification *v)
{
    const struct config *config = v->inv->config;
    dw_text heads = config->audit_heads.n > 0 ? config->audit_heads : config->log;

    if (v->heads != NULL || dw__text_is(heads, "stderr"))
        return;
    (void)snprintf(v->heads_path, sizeof v->heads_path, "%.*s", DW_FMT(heads));
    v->heads = v->heads_path;
}

static int usage(const struct invocation *inv)
{
    (void)fprintf(stderr,
                  "%s: usage: %s audit verify [--heads FILE] [--begins-late] [FILE|DIRECTORY…]\n"
                  "%s: usage: %s audit list [--since TIME] [--until TIME] [--event NAME] [--account ID] "
                  "[--request ID] [--json] [FILE|DIRECTORY…]\n",
                  inv->app->name, inv->app->name, inv->app->name, inv->app->name);
    return EXIT_BAD_USAGE;
}

/* 0, or a status. */
static int read_arguments(struct verification *v)
{
    const struct invocation *inv = v->inv;

    for (int i = 1; i < inv->argc; i++) {
        if (strcmp(inv->argv[i], "--heads") == 0 && i + 1 < inv->argc)
            v->heads = inv->argv[++i];
        else if (strcmp(inv->argv[i], "--begins-late") == 0)
            v->may_begin_late = true;
        else if (inv->argv[i][0] == '-')
            return usage(inv);
        else if (!dw__audit_paths_add(&v->paths, inv, inv->argv[i]))
            return EXIT_BAD_USAGE;
    }
    return dw__audit_paths_default(&v->paths, inv) ? 0 : EXIT_BAD_USAGE;
}

static int verify(const struct invocation *inv)
{
    static struct verification v; /* large */
    int status;

    v.inv = inv;
    status = read_arguments(&v);
    default_heads(&v);
    if (status == 0 && !dw__audit_begin_verify(inv, &v.verify))
        status = EXIT_BAD_CONFIG;
    if (status == 0)
        status = read_heads(&v) ? verify_files(&v) : EXIT_NO_SERVICE;
    dw__audit_verify_release(&v.verify);
    dw__audit_paths_release(&v.paths);
    return status;
}

int dw__cmd_audit(const struct invocation *inv)
{
    int status = 0;

    if (inv->argc >= 1 && strcmp(inv->argv[0], "verify") == 0)
        return verify(inv);
    if (inv->argc >= 1 && strcmp(inv->argv[0], "list") == 0 && (status = dw__cmd_audit_list(inv)) >= 0)
        return status;
    return usage(inv);
}
