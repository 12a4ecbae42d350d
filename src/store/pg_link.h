/* store/pg_link.h -- a blocking connection, for the files of this room that use one at start-up and in commands. */
#ifndef DW_STORE_PG_LINK_H
#define DW_STORE_PG_LINK_H

#include "store/pg_inside.h"

struct pg_link {
    PGconn *pg;
};

/* Runs statements of ours or of a migration; `trouble` has a line when it is not DW_OK. */
DW_MUST dw_err dw__pg_exec(struct pg_link *link, const char *sql, char trouble[static DW__PG_TROUBLE]);
/* Runs one with text parameters; *result is to be cleared by PQclear, and NULL on failure. */
DW_MUST dw_err dw__pg_query(struct pg_link *link, const char *sql, const char *const *texts, int n,
                            PGresult **result, char trouble[static DW__PG_TROUBLE]);
/* Calls row(self, texts) for each row of a statement of ours that has text columns. */
DW_MUST dw_err dw__pg_each(struct pg_link *link, const char *sql, void *self,
                           dw_err (*row)(void *self, const char *const *texts, size_t n),
                           char trouble[static DW__PG_TROUBLE]);

/* ---- pg_owned.c ---- */

/* Whether the owned tables are walled off by row-level security, and no statement goes round by a view; *ok becomes false after a finding, a
 * line of `why` each. Not DW_OK when it could not be asked. */
DW_MUST dw_err dw__pg_check_owned(struct pg_link *link, const struct sql_inventory *inv, bool *ok,
                                  struct buf *why);

/* ---- pg_docs.c ---- */

/* The collections whose tables are not what their statements need, as dw__docs_check_tables says. Not DW_OK when it could not be asked. */
DW_MUST dw_err dw__pg_check_docs(struct pg_link *link, const struct sql_inventory *inv, uint64_t *broken,
                                 struct buf *why);

/* ---- pg_migrate.c ---- */

/* Applies what is missing inside the transaction that is open; *known is how many migrations the program has. */
DW_MUST dw_err dw__pg_migrate_inside(struct pg_link *link, const dw_migration *list, int *known,
                                     struct buf *why);

#endif
