/* app/cmd_check.c -- `check`: everything that would stop a start, and every opening with its reason.
 *
 * The image has been made already: routes, schemas and policies hold.  Here: what the settings come to, what each guard's audit
 * says, and whether every statement prepares against the migrated database (a fresh one in memory, so that `check` works
 * before there is any). */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/secrets.h"
#include "base/text.h"

#define FINDINGS_MAX 64

static void check_settings(const struct invocation *inv, bool deploy, struct audit *audit)
{
    struct config_finding findings[FINDINGS_MAX];
    size_t n = dw__config_findings(inv->config, inv->app, deploy, findings, FINDINGS_MAX);

    for (size_t i = 0; i < n; i++)
        dw__audit_say(audit, findings[i].level, dw__setting_row(findings[i].setting)->name, "%s",
                      findings[i].sentence);
}

static void check_secrets(const struct invocation *inv, struct audit *audit)
{
    struct arena arena;
    struct buf why;
    dw_text lines, line;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 16);
    (void)dw__secrets_hold(inv, &why);
    lines = (dw_text){why.p, why.n};
    while (lines.n > 0) {
        line = dw__text_cut(&lines, '\n');
        dw__audit_say(audit, FINDING_ERROR, "secrets", "%.*s", DW_FMT(line));
    }
    dw__arena_release(&arena);
}

/* Migrates a database in memory and prepares every statement against it. */
static void check_statements(const struct invocation *inv, struct audit *audit)
{
    struct sql_handle *h;
    size_t before = audit->out->n;
    int applied = 0;

    if (inv->image->inventory == NULL)
        return;
    if (dw__sql_open(&h, "", SQL_MEMORY, audit->out) == DW_OK) {
        if (dw__migrate_up(h, inv->app->migrations, &applied, audit->out) == DW_OK &&
            dw__sql_prepare_all(h, inv->image->inventory, audit->out) == DW_OK)
            dw__audit_say(audit, FINDING_NOTE, "statements", "%zu prepared against %d migrations",
                          dw__sql_inventory_count(inv->image->inventory), applied);
        dw__sql_close(h);
    }
    if (audit->notes == 0 && audit->out->n != before)
        audit->errors++;
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
    check_settings(inv, deploy, &audit);
    check_secrets(inv, &audit);
    dw__guards_audit(&inv->image->env, &audit);
    (void)fwrite(out.p, 1, out.n, stdout);
    printf("%u errors, %u warnings, %u notes\n", audit.errors, audit.warnings, audit.notes);
    dw__arena_release(&arena);
    return audit.errors > 0 ? EXIT_BAD_CONFIG : EXIT_DONE;
}
