/* app/database.c -- SQLite or PostgreSQL, as DATABASE_URL says. */
#include "app/database.h"

#include <stdio.h>

struct pg_target dw__database_target(const struct config *config)
{
    return (struct pg_target){config->database_path, config->database_password};
}

dw_err dw__database_open(struct database *db, const struct config *config, enum sql_mode mode,
                         struct buf *why)
{
    struct pg_target target = dw__database_target(config);
    char path[4096];

    *db = (struct database){0};
    if (config->postgres)
        return dw__pg_link_open(&db->link, &target, why);
    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(config->database_path));
    return dw__sql_open(&db->h, path, mode, why);
}

void dw__database_close(struct database *db)
{
    dw__sql_close(db->h);
    dw__pg_link_close(db->link);
    *db = (struct database){0};
}

dw_err dw__database_state(struct database *db, const dw_migration *list, struct migration_state *state,
                          struct buf *why)
{
    return db->link ? dw__pg_migrate_state(db->link, list, false, state, why)
                    : dw__migrate_state(db->h, list, state, why);
}

dw_err dw__database_state_again(struct database *db, const dw_migration *list, struct migration_state *state,
                                struct buf *why)
{
    return db->link ? dw__pg_migrate_state(db->link, list, true, state, why)
                    : dw__migrate_state_again(db->h, list, state, why);
}

dw_err dw__database_up(struct database *db, const dw_migration *list, bool waits, int *applied,
                       struct buf *why)
{
    return db->link ? dw__pg_migrate_up(db->link, list, waits, applied, why)
                    : dw__migrate_up(db->h, list, applied, why);
}

dw_err dw__database_prepare(struct database *db, const struct sql_inventory *inv, struct buf *why)
{
    return db->link ? dw__pg_prepare_all(db->link, inv, why) : dw__sql_prepare_all(db->h, inv, why);
}
