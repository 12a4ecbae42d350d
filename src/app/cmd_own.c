/* app/cmd_own.c -- the application's own commands: `coffer seed`.
 *
 * A command has what a request has: a context on a fiber, so that the same helpers serve both.  Its statements run in this
 * process, on a database that nobody else writes meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command.h"
#include "app/database.h"
#include "app/own_settings.h"
#include "app/work.h"

/* Opens and checks the database; nothing when the application has none. */
static dw_err open_database(const struct invocation *inv, enum sql_mode mode, struct database *db,
                            struct buf *why)
{
    struct migration_state state;
    dw_err err;

    if (inv->image->inventory == NULL)
        return DW_OK;
    if ((err = dw__database_open(db, inv->config, mode, why)) != DW_OK ||
        (err = dw__database_state(db, inv->app->migrations, &state, why)) != DW_OK)
        return err;
    if (state.applied != state.known) {
        dw__buf_format(why, "the database is not up to date: run %s migrate\n", inv->app->name);
        return DW_CONFLICT;
    }
    return dw__database_prepare(db, inv->image->inventory, why);
}

static dw_err open_client(const struct invocation *inv, const struct database *db, struct runtime *p)
{
    const struct pg_client_config config = {.target = dw__database_target(inv->config),
                                            .inv = inv->image->inventory,
                                            .loop = p->loop,
                                            .log = p->log,
                                            .pool = 1};

    if (inv->image->inventory == NULL)
        return DW_OK;
    return db->link ? dw__sql_client_pg(&p->services.sql, &config)
                    : dw__sql_client_direct(&p->services.sql, db->h, inv->image->inventory);
}

dw_err dw__on_database(const struct invocation *inv, enum sql_mode mode, const struct database_work *work,
                       struct buf *why)
{
    struct database db = {0};
    struct runtime p;
    dw_err err = dw__runtime_init(&p, inv->config, inv->app, dup(STDERR_FILENO), work->name, 16, why);

    if (err != DW_OK)
        return err;
    p.services.jobs = inv->image->jobs;
    if ((err = open_database(inv, mode, &db, why)) == DW_OK && (err = open_client(inv, &db, &p)) == DW_OK)
        err = dw__work_run(work, &p);
    dw__sql_client_free(p.services.sql);
    dw__database_close(&db);
    dw__runtime_release(&p);
    return err;
}

struct command_line {
    const dw_command *command;
    int argc;
    char **argv;
};

static dw_err run_command(dw_ctx *ctx, void *arg)
{
    const struct command_line *line = arg;
    dw_err err = line->command->run(ctx, line->argc, line->argv);

    if (err != DW_OK)
        (void)fprintf(stderr, "%s: %s failed: %s\n", ctx->services->name, line->command->name,
                      dw_err_text(err));
    return err;
}

int dw__cmd_on_database(const struct invocation *inv, const dw_command *command, enum sql_mode mode)
{
    struct command_line line = {command, inv->argc, inv->argv};
    struct arena arena;
    struct buf why;
    bool done;

    if (dw__become_user(inv) != DW_OK)
        return EXIT_BAD_CONFIG;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 18);
    done =
        dw__own_settings_hold(&inv->config->own, inv->app, &why) &&
        dw__on_database(inv, mode, &(struct database_work){command->name, run_command, &line}, &why) == DW_OK;
    dw__print_findings(inv->app, &why);
    dw__arena_release(&arena);
    return done ? EXIT_DONE : EXIT_FAILED;
}

int dw__cmd_own(const struct invocation *inv, const dw_command *command)
{
    return dw__cmd_on_database(inv, command, SQL_READ_WRITE);
}
