/* store/pg_link.c -- one connection that blocks: for start-up and commands, never on a loop. */
#include "store/pg_link.h"

#include <stdlib.h>

#define COLUMNS_MAX 8

static void on_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

/* What became of a connection that did not come to be. A server that accepts others, and not us, has refused us. */
static dw_err judge(struct pg_link *link, const struct pg_params *params, struct buf *why)
{
    char trouble[DW__PG_TROUBLE];

    if (PQstatus(link->pg) == CONNECTION_OK) {
        const char *fault = dw__pg_server_fault(link->pg);

        if (fault)
            dw__buf_format(why, "%s\n", fault);
        return fault ? DW_INVALID : DW_OK;
    }
    dw__pg_say_conn(link->pg, trouble);
    dw__buf_format(why, "PostgreSQL cannot be used: %s\n", trouble);
    if (dw__pg_mistrusted(trouble))
        return DW_DENIED;
    return PQpingParams(params->keys, params->values, 0) == PQPING_OK ? DW_DENIED : DW_UNAVAILABLE;
}

dw_err dw__pg_link_open(struct pg_link **out, const struct pg_target *target, struct buf *why)
{
    struct pg_link *link = calloc(1, sizeof *link);
    struct pg_params params;
    dw_err err;

    *out = NULL;
    if (!link)
        return DW_UNAVAILABLE;
    dw__pg_forget_environment();
    err = dw__pg_params_init(&params, target, PG_ADMIN);
    if (err != DW_OK)
        goto err0;
    link->pg = PQconnectdbParams(params.keys, params.values, 0);
    err = judge(link, &params, why);
    dw__pg_params_release(&params);
    if (err != DW_OK)
        goto err0;
    (void)PQsetNoticeReceiver(link->pg, on_notice, NULL);
    *out = link;
    return DW_OK;
err0:
    dw__pg_link_close(link);
    return err;
}

void dw__pg_link_close(struct pg_link *link)
{
    if (!link)
        return;
    PQfinish(link->pg);
    free(link);
}

/* ---- statements of ours ---- */

static dw_err judge_result(PGresult *result, char trouble[static DW__PG_TROUBLE])
{
    ExecStatusType status = PQresultStatus(result);

    trouble[0] = '\0';
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return DW_OK;
    dw__pg_say(result, trouble);
    return dw__pg_err(PQresultErrorField(result, PG_DIAG_SQLSTATE));
}

dw_err dw__pg_exec(struct pg_link *link, const char *sql, char trouble[static DW__PG_TROUBLE])
{
    PGresult *result = PQexec(link->pg, sql);
    dw_err err = judge_result(result, trouble);

    PQclear(result);
    return err;
}

dw_err dw__pg_query(struct pg_link *link, const char *sql, const char *const *texts, int n, PGresult **result,
                    char trouble[static DW__PG_TROUBLE])
{
    dw_err err;

    *result = PQexecParams(link->pg, sql, n, NULL, texts, NULL, NULL, 0);
    err = judge_result(*result, trouble);
    if (err != DW_OK) {
        PQclear(*result);
        *result = NULL;
    }
    return err;
}

dw_err dw__pg_each(struct pg_link *link, const char *sql, void *self,
                   dw_err (*row)(void *self, const char *const *texts, size_t n),
                   char trouble[static DW__PG_TROUBLE])
{
    PGresult *result;
    dw_err err = dw__pg_query(link, sql, NULL, 0, &result, trouble);
    const char *texts[COLUMNS_MAX];
    int n;

    if (err != DW_OK)
        return err;
    n = PQnfields(result) < COLUMNS_MAX ? PQnfields(result) : COLUMNS_MAX;
    for (int r = 0; r < PQntuples(result) && err == DW_OK; r++) {
        for (int c = 0; c < n; c++)
            texts[c] = PQgetisnull(result, r, c) ? NULL : PQgetvalue(result, r, c);
        err = row(self, texts, (size_t)n);
    }
    PQclear(result);
    return err;
}
