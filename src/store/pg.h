/* store/pg.h -- PostgreSQL, for the rooms above: a blocking link for start-up and commands, and a client for those who serve.
 *
 * There is no store process for it: the server is the writer, and each worker talks to it itself. */
#ifndef DW_STORE_PG_H
#define DW_STORE_PG_H

#include "store/sql.h"

/* Where the server is; both are the caller's while a call lasts. */
struct pg_target {
    dw_text url;        /* postgresql://user@host:port/database?sslmode=… */
    dw_secret password; /* or empty */
};

/* A phrase about what is wrong with `url` as a setting ("has a password in it; …"), static; NULL when nothing is. */
const char *dw__pg_url_fault(dw_text url);
/* Whether it names another machine whose certificate may be for any name (sslmode=verify-ca). */
bool dw__pg_url_takes_any_name(dw_text url);

/* ---- a link: one connection that blocks ---- */

struct pg_link;

/* Connects within five seconds. DW_UNAVAILABLE when nobody answers or the server is about to start or end; DW_DENIED when it answers and
 * refuses us; DW_INVALID when it is set up in a way that we cannot use. `why` has a line then. */
DW_MUST dw_err dw__pg_link_open(struct pg_link **out, const struct pg_target *target, struct buf *why);
void dw__pg_link_close(struct pg_link *link);

/* As dw__migrate_state (or, where later ones may be, dw__migrate_state_again) and dw__migrate_up.  One at a time brings a database up to
 * date: others wait, or are DW_CONFLICT when `waits` is false. */
DW_MUST dw_err dw__pg_migrate_state(struct pg_link *link, const dw_migration *list, bool later_may_be,
                                    struct migration_state *state, struct buf *why);
DW_MUST dw_err dw__pg_migrate_up(struct pg_link *link, const dw_migration *list, bool waits, int *applied,
                                 struct buf *why);
/* DW_CONFLICT, and a line of `why` each, for indexes that are not valid and constraints that were never looked at. */
DW_MUST dw_err dw__pg_sound(struct pg_link *link, struct buf *why);
/* Has the server prepare every statement of inv, and compares parameters and columns with the schemas, by name and type. All findings go
 * into `why`, one line each. */
DW_MUST dw_err dw__pg_prepare_all(struct pg_link *link, const struct sql_inventory *inv, struct buf *why);
/* For `check`: the same as if what is missing had been applied, in a transaction that is undone; *known is how many migrations there
 * are. Waits two seconds at most for a table that is in use. */
DW_MUST dw_err dw__pg_rehearse(struct pg_link *link, const dw_migration *list,
                               const struct sql_inventory *inv, int *known, struct buf *why);

/* ---- a client ---- */

struct pg_client_config {
    struct pg_target target; /* copied */
    const struct sql_inventory *inv;
    struct loop *loop;
    struct log *log;
    unsigned pool; /* connections for reading, and as many for writing: 1 to 64 */
};

/* Connects when the first statement comes, on its fiber; a server that is away is a client whose statements are DW_UNAVAILABLE
 * until it is back. Takes variables that libpq would obey (PG…) out of the environment. */
DW_MUST dw_err dw__sql_client_pg(struct sql_client **out, const struct pg_client_config *config);

#endif
