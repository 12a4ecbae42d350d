/* store/pg_inside.h -- what the files that use libpq share. */
#ifndef DW_STORE_PG_INSIDE_H
#define DW_STORE_PG_INSIDE_H

#include <libpq-fe.h>

#include "store/pg.h"
#include "store/pg_value.h"
#include "store/row.h"

#define DW__PG_TROUBLE 200u

/* How long a statement may run where its request says nothing shorter; the server itself sees to it. */
#define DW__PG_STATEMENT_MS 5000u

/* ---- pg_url.c: whom to connect to, and how ---- */

/* Keywords and values for PQconnectStartParams, ended by NULL. */
struct pg_params {
    const char *keys[24], *values[24];
    size_t n;
    PQconninfoOption *parsed;
    char *password;
    const char *host; /* whose address is to be found first; NULL: a path, an address, or hostaddr is given */
    const char *port;
};
enum pg_use { PG_ADMIN, PG_READ, PG_WRITE };
/* DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__pg_params_init(struct pg_params *p, const struct pg_target *target, enum pg_use use);
/* Wipes the password. */
void dw__pg_params_release(struct pg_params *p);
/* Takes PG… out of the environment, so that only the settings say where to connect. */
void dw__pg_forget_environment(void);

/* ---- pg_error.c ---- */

/* What a handler may see of an error. `sqlstate` may be NULL: the connection broke. */
dw_err dw__pg_err(const char *sqlstate);
/* Whether the same statement may succeed at once: nothing of it was done, and the reason has passed. */
bool dw__pg_again(const char *sqlstate);
/* One line of what `result` says, without any value of a row or a parameter. */
void dw__pg_say(const PGresult *result, char trouble[static DW__PG_TROUBLE]);
/* One line of what the connection says. */
void dw__pg_say_conn(PGconn *pg, char trouble[static DW__PG_TROUBLE]);
/* Whether what libpq says of a connection that did not come to be means that who answers cannot be trusted, or is not as the URL says:
 * waiting will not help. Its words are not translated, since we never set a locale. */
bool dw__pg_mistrusted(const char *said);
/* NULL when the server holds text as we do, else a phrase. */
const char *dw__pg_server_fault(PGconn *pg);

/* ---- pg_statement.c: the statements as PostgreSQL takes them ---- */

struct pg_statement {
    const struct sql_statement *st;
    char *sql;     /* with $1, $2 … */
    Oid *types;    /* that the parameters are declared as */
    size_t first;  /* of all statements' parameters, the number of its first */
    char name[24]; /* of the prepared statement */
    bool selects;  /* it begins with SELECT or VALUES */
    bool changes;  /* it begins with INSERT, UPDATE, DELETE or MERGE */
    bool asks;     /* some of `types` are PG_ASKED */
};
struct pg_statements {
    struct arena arena;
    struct pg_statement *all;
    size_t n, n_params; /* of all of them together */
};
DW_MUST dw_err dw__pg_statements_init(struct pg_statements *s, const struct sql_inventory *inv);
void dw__pg_statements_release(struct pg_statements *s);

/* Where field i of the output is among the columns of a result: DW__PG_NO_COLUMN, or its number. A phrase when a column is unknown, doubled, of
 * another type or missing, and then *name is whose. */
#define DW__PG_NO_COLUMN UINT16_MAX
const char *dw__pg_columns(const struct sql_statement *st, const PGresult *result, uint16_t *column,
                           const char **name);

#endif
