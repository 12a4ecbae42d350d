/* app/cmd_check.c -- `check`: everything that would stop a start, and every opening with its reason.
 *
 * The image has been made already: routes, schemas and policies hold.  Here: what the settings come to, what each guard's audit
 * says, and whether every statement prepares against the migrated database (of SQLite a fresh one in memory, so that `check` works
 * before there is any). */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/database.h"
#include "app/issuers.h"
#include "app/job_words.h"
#include "app/own_settings.h"
#include "app/secrets.h"
#include "auth/session_values.h"
#include "base/text.h"

#define FINDINGS_MAX 64

static void check_settings(const struct invocation *inv, bool deploy, struct audit *audit)
{
    struct config_finding findings[FINDINGS_MAX];
    size_t n = dw__config_findings(inv->config, inv->app, deploy, findings, FINDINGS_MAX);

    for (size_t i = 0; i < n; i++)
        dw__audit_say(audit, findings[i].level, "settings", "%s", findings[i].sentence);
}

/* Each line of `why` is an error of its own. */
static void say_lines(struct audit *audit, const char *part, const struct buf *why)
{
    dw_text lines = {why->p, why->n};

    while (lines.n > 0) {
        dw_text line = dw__text_cut(&lines, '\n');

        dw__audit_say(audit, FINDING_ERROR, part, "%.*s", DW_FMT(line));
    }
}

static bool own_settings_hold(const struct invocation *inv, struct buf *why)
{
    return dw__own_settings_hold(&inv->config->own, inv->app, why);
}

static bool issuers_hold(const struct invocation *inv, struct buf *why)
{
    return dw__app_issuers_hold(inv->app, inv->config, why);
}

static bool session_values_hold(const struct invocation *inv, struct buf *why)
{
    struct session_values *values = NULL;
    dw_err err = inv->app->session_values != NULL
                     ? dw__session_values_new(&values, inv->app->session_values, why)
                     : DW_OK;

    dw__session_values_free(values);
    return err == DW_OK;
}

static bool docs_hold(const struct invocation *inv, struct buf *why)
{
    return dw__api_docs_hold(inv->image, inv->config, why);
}

/* What `hold` has to say, as errors of `part`. */
static void check_lines(const struct invocation *inv, const char *part,
                        bool (*hold)(const struct invocation *inv, struct buf *why), struct audit *audit)
{
    struct arena arena;
    struct buf why;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 16);
    (void)hold(inv, &why);
    say_lines(audit, part, &why);
    dw__arena_release(&arena);
}

/* Prepares every statement against the database of the settings, as it is or would be after `migrate`, which is undone. */
static dw_err prepare_on_server(const struct invocation *inv, int *applied, struct buf *why)
{
    struct database db;
    dw_err err = dw__database_open(&db, inv->config, SQL_READ_ONLY, why);

    if (err == DW_OK)
        err = dw__pg_rehearse(db.link, inv->app->migrations, inv->image->inventory, applied, why);
    dw__database_close(&db);
    return err;
}

/* Migrates a database in memory and prepares every statement against it; how many migrations there are. */
static dw_err prepare_statements(const struct invocation *inv, int *applied, struct buf *why)
{
    struct sql_handle *h;
    dw_err err;

    if (inv->config->postgres)
        return prepare_on_server(inv, applied, why);
    err = dw__sql_open(&h, "", SQL_MEMORY, why);

    if (err != DW_OK)
        return err;
    err = dw__migrate_up(h, inv->app->migrations, applied, why);
    if (err == DW_OK)
        err = dw__sql_prepare_all(h, inv->image->inventory, why);
    dw__sql_close(h);
    return err;
}

/* Every statement that may see what is not the caller's, with its reason. */
static void tell_not_owned(const struct sql_inventory *inv, struct audit *audit)
{
    for (size_t i = 0; i < dw__sql_inventory_count(inv); i++) {
        const dw_query *q = dw__sql_inventory_at(inv, i);

        if (q->not_owned)
            dw__audit_say(audit, FINDING_NOTE, "statements", "%s is not held to the caller: \"%s\"", q->name,
                          q->not_owned);
    }
}

static void check_statements(const struct invocation *inv, struct audit *audit)
{
    struct arena arena;
    struct buf why;
    int applied = 0;

    if (inv->image->inventory == NULL)
        return;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 19);
    if (prepare_statements(inv, &applied, &why) == DW_OK)
        dw__audit_say(audit, FINDING_NOTE, "statements", "%zu prepared against %d migrations",
                      dw__sql_inventory_count(inv->image->inventory), applied);
    else
        say_lines(audit, "statements", &why);
    tell_not_owned(inv->image->inventory, audit);
    dw__arena_release(&arena);
}

static void tell_jobs(const struct job_table *table, struct audit *audit)
{
    char line[512];
    struct buf out;

    for (size_t i = 0; table != NULL && i < table->n; i++) {
        dw__buf_init_fixed(&out, line, sizeof line);
        dw__job_describe(&table->kinds[i], &out);
        dw__audit_say(audit, FINDING_NOTE, "jobs", "%.*s", (int)out.n, out.p);
    }
}

/* They were checked with the tables; here it is said that there are any, so that who meant to have some sees it. */
static void tell_errors(const struct invocation *inv, struct audit *audit)
{
    if (inv->build->n_errors > 0)
        dw__audit_say(audit, FINDING_NOTE, "errors", "%zu of the application's own", inv->build->n_errors);
}

/* As of the framework's own secrets (config_check.c). */
static void tell_secrets_in_code(const struct invocation *inv, struct audit *audit)
{
    const struct own_settings *own = &inv->config->own;

    for (size_t i = 0; i < own->n; i++)
        if (own->source[i] == SOURCE_PROFILE && dw__own_setting_is_secret(own, i))
            dw__audit_say(
                audit, FINDING_WARNING, "settings",
                "%.*s is a secret that comes from a profile, so everyone who has the program has it",
                DW_FMT(own->name[i]));
}

/* Here only, and last: it takes the database of the settings, and for its files the user of the settings. */
static void check_data_keys(const struct invocation *inv, struct audit *audit)
{
    struct arena arena;
    struct buf missing, why;
    dw_err err = DW_DENIED;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&missing, &arena, (size_t)1 << 16);
    dw__buf_init(&why, &arena, (size_t)1 << 16);
    if (dw__become_user(inv) == DW_OK)
        err = dw__data_keys_missing(inv, &missing, &why);
    say_lines(audit, "keys", &missing);
    if (err != DW_OK)
        dw__audit_say(audit, FINDING_NOTE, "keys", "DATA_KEYS was not compared with the database: %.*s",
                      (int)(why.n > 0 ? why.n - 1 : 0), why.p);
    dw__arena_release(&arena);
}

int dw__cmd_check(const struct invocation *inv)
{
    struct arena arena;
    struct buf out;
    struct audit audit = {.out = &out};
    bool deploy = inv->argc == 1 && strcmp(inv->argv[0], "--deploy") == 0;

    if (inv->argc > (deploy ? 1 : 0)) {
        (void)fprintf(stderr, "%s: usage: %s check [--deploy]\n", inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, (size_t)4 << 20);
    dw__buf_init(&out, &arena, (size_t)1 << 20);
    check_statements(inv, &audit);
    tell_jobs(inv->image->jobs, &audit);
    tell_errors(inv, &audit);
    check_settings(inv, deploy, &audit);
    check_lines(inv, "settings", own_settings_hold, &audit);
    tell_secrets_in_code(inv, &audit);
    check_lines(inv, "secrets", dw__secrets_hold, &audit);
    check_lines(inv, "issuers", issuers_hold, &audit);
    check_lines(inv, "sessions", session_values_hold, &audit);
    check_lines(inv, "docs", docs_hold, &audit);
    dw__guards_audit(&inv->image->env, &audit);
    if (deploy)
        check_data_keys(inv, &audit);
    (void)fwrite(out.p, 1, out.n, stdout);
    printf("%u errors, %u warnings, %u notes\n", audit.errors, audit.warnings, audit.notes);
    dw__arena_release(&arena);
    return audit.errors > 0 ? EXIT_BAD_CONFIG : EXIT_DONE;
}
