/* app/role_database.c -- see role_database.h. */
#include "app/role_database.h"

#include <stdio.h>

#include "app/database.h"
#include "base/text.h"

/* Opens the database for reading, and the ring for writing. */
static dw_err open_sqlite(struct role_database *d, struct role_start *start, const struct runtime *runtime)
{
    char path[4096];
    dw_err err;

    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(start->config.database_path));
    if ((err = dw__sql_open(&d->handle, path, SQL_READ_ONLY, &start->why)) != DW_OK ||
        (err = dw__sql_prepare_all(d->handle, start->image->inventory, &start->why)) != DW_OK ||
        (err = dw__ring_end_new(&d->ring, true, CLIENT_FD_RING, CLIENT_FD_WAKE_ME, CLIENT_FD_WAKE_STORE)) !=
            DW_OK)
        return err;
    return dw__sql_client_remote(&d->services->sql, d->handle, start->image->inventory, d->ring,
                                 runtime->loop);
}

/* As the store does of SQLite: a process that takes the place of another may find the database ahead. */
static dw_err migrate(const struct role_start *start, struct database *db, bool again,
                      struct migration_state *state, struct buf *why)
{
    const dw_migration *migrations = start->image->app->migrations;
    int applied;
    dw_err err = DW_OK;

    if (again)
        return dw__database_state_again(db, migrations, state, why);
    if (start->config.migrate)
        err = dw__database_up(db, migrations, true, &applied, why);
    return err == DW_OK ? dw__database_state(db, migrations, state, why) : err;
}

/* Sees that the database is up to date, and has the server look at every statement. */
static dw_err check_postgres(struct role_start *start, struct database *db, bool again)
{
    struct migration_state state;
    dw_err err = migrate(start, db, again, &state, &start->why);

    if (err != DW_OK)
        return err;
    if (state.applied != state.known) {
        dw__buf_format(&start->why, "the database is not up to date (%d of %d migrations): run %s migrate\n",
                       state.applied, state.known, start->image->app->name);
        return DW_CONFLICT;
    }
    return dw__database_prepare(db, start->image->inventory, &start->why);
}

/* A server that is away is no reason not to start: requests are answered 503 until it is back. */
static dw_err open_postgres(struct role_database *d, struct role_start *start, const struct runtime *runtime,
                            bool again)
{
    const struct pg_client_config config = {.target = dw__database_target(&start->config),
                                            .inv = start->image->inventory,
                                            .loop = runtime->loop,
                                            .log = runtime->log,
                                            .pool = start->config.database_pool};
    struct database db;
    dw_err err = dw__database_open(&db, &start->config, SQL_READ_ONLY, &start->why);

    if (err == DW_OK)
        err = check_postgres(start, &db, again);
    dw__database_close(&db);
    d->away = err == DW_UNAVAILABLE;
    if (d->away)
        DW__EVENT(runtime->log, NULL, DW_LOG_LEVEL_ERROR, "database.unchecked",
                  DW_KV(why, dw__text_trim((dw_text){start->why.p, start->why.n})));
    else if (err != DW_OK)
        return err;
    return dw__sql_client_pg(&d->services->sql, &config);
}

dw_err dw__role_database_open(struct role_database *d, struct role_start *start, struct runtime *runtime,
                              bool again)
{
    dw_err err = DW_OK;

    *d = (struct role_database){.services = &runtime->services};
    if (start->image->inventory != NULL)
        err =
            start->config.postgres ? open_postgres(d, start, runtime, again) : open_sqlite(d, start, runtime);
    dw__config_forget_secrets(&start->config);
    return err;
}

void dw__role_database_close(struct role_database *d)
{
    if (d->services == NULL)
        return;
    dw__sql_client_free(d->services->sql);
    dw__ring_end_free(d->ring);
    dw__sql_close(d->handle);
}

void dw__role_database_down(struct role_database *d)
{
    if (d->ring != NULL)
        dw__sql_client_store_down(d->services->sql);
}

void dw__role_database_up(struct role_database *d)
{
    if (d->ring != NULL)
        dw__sql_client_store_up(d->services->sql);
}
