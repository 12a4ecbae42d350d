/* app/role_database.h -- the database as a client of the store has it: workers, and who runs jobs.
 *
 * On SQLite it reads by itself and has the store write; on PostgreSQL it has connections of its own. */
#ifndef DW_APP_ROLE_DATABASE_H
#define DW_APP_ROLE_DATABASE_H

#include "app/role.h"
#include "app/runtime.h"

struct role_database {
    struct services *services;
    struct sql_handle *handle;
    struct ring_end *ring;
    bool away; /* PostgreSQL was, when it was opened */
};

/* Makes services.sql of `runtime`, when the application has a database, and drops the secrets of the settings. `again`: this process takes the place of
 * another. Lines in start->why on failure; to be closed in any case. */
DW_MUST dw_err dw__role_database_open(struct role_database *d, struct role_start *start,
                                      struct runtime *runtime, bool again);
void dw__role_database_close(struct role_database *d);
/* The store died; there is one again. */
void dw__role_database_down(struct role_database *d);
void dw__role_database_up(struct role_database *d);

#endif
