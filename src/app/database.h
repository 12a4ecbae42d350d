/* app/database.h -- the database of the settings, whichever it is: for start-up and commands. Those who serve have a client. */
#ifndef DW_APP_DATABASE_H
#define DW_APP_DATABASE_H

#include "app/config.h"
#include "store/pg.h"

/* One that is open; both are NULL before and after. */
struct database {
    struct sql_handle *h; /* SQLite */
    struct pg_link *link; /* PostgreSQL */
};

/* `mode` is for SQLite. As dw__sql_open and dw__pg_link_open. */
DW_MUST dw_err dw__database_open(struct database *db, const struct config *config, enum sql_mode mode,
                                 struct buf *why);
void dw__database_close(struct database *db);
/* dw__migrate_state, dw__migrate_up and dw__sql_prepare_all of either. */
DW_MUST dw_err dw__database_state(struct database *db, const dw_migration *list,
                                  struct migration_state *state, struct buf *why);
/* Where another process is at it already, `waits` says whether to wait for that one; else it is DW_CONFLICT and a line of `why`. */
DW_MUST dw_err dw__database_up(struct database *db, const dw_migration *list, bool waits, int *applied,
                               struct buf *why);
DW_MUST dw_err dw__database_prepare(struct database *db, const struct sql_inventory *inv, struct buf *why);

/* dw__migrate_state_again: for a process that takes the place of another. */
DW_MUST dw_err dw__database_state_again(struct database *db, const dw_migration *list,
                                        struct migration_state *state, struct buf *why);

/* Where PostgreSQL is; points into config. */
struct pg_target dw__database_target(const struct config *config);

#endif
