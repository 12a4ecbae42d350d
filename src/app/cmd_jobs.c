/* app/cmd_jobs.c -- `jobs`: which there are, how they fare, and what becomes of those that came to nothing.
 *
 * It looks at the table and changes a row of it beside a running server: on SQLite in a turn between two of the store's (store/lock.h). */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/job_words.h"
#include "base/text.h"
#include "codec/utf8.h"

DW_LIST(count_list, dw_job_count);
DW_LIST(letter_list, dw_job_letter);

void dw__job_describe(const struct job_kind *kind, struct buf *out)
{
    const dw_schedule *s = &kind->job->schedule;

    dw__buf_format(out, "%s(%s): %u attempt%s, %u at once, deadline %u ms", kind->job->name,
                   kind->job->args->name, kind->attempts, kind->attempts == 1 ? "" : "s", kind->at_once,
                   kind->deadline_ms);
    if (s->every_s != 0)
        dw__buf_format(out, ", every %u s", s->every_s);
    else if (s->at != NULL)
        dw__buf_format(out, ", daily at %s UTC", s->at);
}

static const dw_jobs *statements_of(const dw_ctx *ctx)
{
    return ctx->services->jobs->statements;
}

/* ---- the list ---- */

/* "    2 waiting, 1 dead" of one kind; nothing when there is nothing. */
static void print_counts(const count_list *counts, dw_text kind)
{
    const char *before = "    ";

    for (size_t i = 0; i < counts->n; i++)
        if (dw__text_eq(counts->v[i].kind, kind)) {
            printf("%s%lld %.*s", before, (long long)counts->v[i].n, DW_FMT(counts->v[i].state));
            before = ", ";
        }
    if (before[0] == ',')
        putchar('\n');
}

static bool is_declared(const struct job_table *table, dw_text name)
{
    for (size_t i = 0; i < table->n; i++)
        if (dw__text_eq(dw__text_of(table->kinds[i].job->name), name))
            return true;
    return false;
}

static void print_kinds(const struct job_table *table, const count_list *counts)
{
    char line[512];
    struct buf out;

    for (size_t i = 0; i < table->n; i++) {
        dw__buf_init_fixed(&out, line, sizeof line);
        dw__job_describe(&table->kinds[i], &out);
        printf("%.*s\n", (int)out.n, out.p);
        print_counts(counts, dw__text_of(table->kinds[i].job->name));
    }
    for (size_t i = 0; i < counts->n; i++)
        if (!is_declared(table, counts->v[i].kind) &&
            (i == 0 || !dw__text_eq(counts->v[i - 1].kind, counts->v[i].kind))) {
            printf("%.*s: no job of this program\n", DW_FMT(counts->v[i].kind));
            print_counts(counts, counts->v[i].kind);
        }
}

static void print_letters(const letter_list *letters)
{
    for (size_t i = 0; i < letters->n; i++) {
        const dw_job_letter *l = &letters->v[i];

        printf("%.*s  %.*s  %s after %lld attempt%s: %.*s\n", DW_FMT(l->id), DW_FMT(l->kind),
               dw_text_is(l->state, "dead") ? "dead" : "waiting", (long long)l->attempt,
               l->attempt == 1 ? "" : "s", DW_FMT(l->error));
    }
}

static dw_err list(dw_ctx *ctx, int argc, char **argv)
{
    const dw_nothing nothing = {0};
    count_list counts;
    letter_list letters;
    dw_err err = dw_x_all(ctx, statements_of(ctx)->counts, &nothing, (dw_any_list *)(void *)&counts);

    (void)argc;
    (void)argv;
    if (err == DW_OK)
        err = dw_x_all(ctx, statements_of(ctx)->dead, &nothing, (dw_any_list *)(void *)&letters);
    if (err != DW_OK)
        return err;
    print_kinds(ctx->services->jobs, &counts);
    print_letters(&letters);
    return DW_OK;
}

/* ---- one of them ---- */

static dw_err no_such(const char *what, const char *id)
{
    (void)fprintf(stderr, "there is no job %s that %s\n", id, what);
    return DW_NOT_FOUND;
}

static dw_err retry(dw_ctx *ctx, int argc, char **argv)
{
    const dw_job_again in = {.id = dw__text_of(argv[argc - 1]), .now_ms = ctx->clock->unix_ms};
    int64_t changes;
    dw_err err = dw_x_exec(ctx, statements_of(ctx)->retry, &in, &changes);

    if (err == DW_OK && changes == 0)
        err = no_such("is dead or waits", argv[argc - 1]);
    if (err == DW_OK)
        printf("%s waits again\n", argv[argc - 1]);
    return err;
}

static dw_err drop(dw_ctx *ctx, int argc, char **argv)
{
    const dw_job_id in = {.id = dw__text_of(argv[argc - 1])};
    int64_t changes;
    dw_err err = dw_x_exec(ctx, statements_of(ctx)->drop, &in, &changes);

    if (err == DW_OK && changes == 0)
        err = no_such("does not run", argv[argc - 1]);
    if (err == DW_OK)
        printf("%s is dropped\n", argv[argc - 1]);
    return err;
}

int dw__cmd_jobs(const struct invocation *inv)
{
    static const dw_command commands[] = {
        {"jobs", list, ""}, {"jobs retry", retry, ""}, {"jobs drop", drop, ""}};
    const dw_command *command = NULL;

    if (inv->argc == 0)
        command = &commands[0];
    else if (inv->argc == 2 && strcmp(inv->argv[0], "retry") == 0)
        command = &commands[1];
    else if (inv->argc == 2 && strcmp(inv->argv[0], "drop") == 0)
        command = &commands[2];
    if (command == NULL ||
        (command != &commands[0] && !dw__utf8_valid_text(inv->argv[1], strlen(inv->argv[1])))) {
        (void)fprintf(stderr, "%s: usage: %s jobs | jobs retry ID | jobs drop ID\n", inv->app->name,
                      inv->app->name);
        return EXIT_BAD_USAGE;
    }
    if (inv->image->jobs == NULL) {
        (void)fprintf(stderr, "%s: it has no jobs (DW_JOB)\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    return dw__cmd_on_database(inv, command, SQL_VISITOR);
}
