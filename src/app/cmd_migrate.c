/* app/cmd_migrate.c -- `migrate` and `db up`: applies what is missing, in order, each in its transaction. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/database.h"

static int say_status(const struct invocation *inv, struct database *db, struct buf *why)
{
    struct migration_state state;

    if (dw__database_state(db, inv->app->migrations, &state, why) != DW_OK)
        return EXIT_FAILED;
    printf("%d of %d migrations applied\n", state.applied, state.known);
    return state.applied == state.known ? EXIT_DONE : EXIT_FAILED;
}

static int migrate(const struct invocation *inv, struct database *db, struct buf *why)
{
    int applied = 0, known = 0;

    while (inv->app->migrations[known].sql)
        known++;
    if (dw__database_up(db, inv->app->migrations, false, &applied, why) != DW_OK)
        return EXIT_FAILED;
    if (dw__database_prepare(db, inv->image->inventory, why) != DW_OK)
        return EXIT_BAD_CONFIG;
    printf("%d migrations applied, %d in all\n", applied, known);
    return EXIT_DONE;
}

int dw__migrate_to_date(const struct invocation *inv, struct buf *why)
{
    struct database db;
    int status = EXIT_FAILED;

    if (dw__database_open(&db, inv->config, SQL_READ_WRITE, why) == DW_OK)
        status = migrate(inv, &db, why);
    dw__database_close(&db);
    return status;
}

int dw__cmd_migrate(const struct invocation *inv)
{
    bool only_status = inv->argc == 1 && strcmp(inv->argv[0], "--status") == 0;
    struct arena arena;
    struct buf why;
    struct database db;
    int status = EXIT_FAILED;

    if (inv->argc > (only_status ? 1 : 0)) {
        (void)fprintf(stderr, "%s: usage: %s migrate [--status]\n", inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    if (inv->image->inventory == NULL) {
        (void)fprintf(stderr, "%s: this application has no database\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    if (dw__become_user(inv) != DW_OK)
        return EXIT_BAD_CONFIG;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 18);
    if (dw__database_open(&db, inv->config, SQL_READ_WRITE, &why) == DW_OK)
        status = only_status ? say_status(inv, &db, &why) : migrate(inv, &db, &why);
    dw__database_close(&db);
    dw__print_findings(inv->app, &why);
    dw__arena_release(&arena);
    return status;
}
