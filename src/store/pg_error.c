/* store/pg_error.c -- what PostgreSQL's five letters mean to a handler (PostgreSQL 15, appendix A). */
#include <stdio.h>
#include <string.h>

#include "store/pg_inside.h"

static bool is(const char *sqlstate, const char *code)
{
    return strcmp(sqlstate, code) == 0;
}

static bool of_class(const char *sqlstate, const char *class)
{
    return strncmp(sqlstate, class, 2) == 0;
}

dw_err dw__pg_err(const char *sqlstate)
{
    static const char *const away[] = {"08", "25", "40", "53", "55", "57", "58", "XX"};

    if (!sqlstate || !sqlstate[0])
        return DW_UNAVAILABLE;
    if (of_class(sqlstate, "23"))
        return DW_CONFLICT; /* whatever constraint */
    if (is(sqlstate, "57014"))
        return DW_TIMEOUT; /* statement_timeout */
    if (is(sqlstate, "25006"))
        return DW_INTERNAL; /* it writes, and a GET or HEAD handler only reads */
    if (of_class(sqlstate, "54"))
        return DW_TOO_LARGE;
    for (size_t i = 0; i < sizeof away / sizeof *away; i++)
        if (of_class(sqlstate, away[i]))
            return DW_UNAVAILABLE;
    return DW_INTERNAL;
}

bool dw__pg_again(const char *sqlstate)
{
    /* Serialization failure, deadlock, and a transaction that was idle for too long. */
    return sqlstate && (is(sqlstate, "40001") || is(sqlstate, "40P01") || is(sqlstate, "25P03"));
}

/* One line, cut. */
static void put_line(char trouble[static DW__PG_TROUBLE], const char *text)
{
    size_t n = 0;

    for (; *text && n + 1 < DW__PG_TROUBLE; text++)
        trouble[n++] = *text == '\n' || *text == '\t' ? ' ' : *text;
    while (n > 0 && trouble[n - 1] == ' ')
        n--;
    trouble[n] = '\0';
}

void dw__pg_say(const PGresult *result, char trouble[static DW__PG_TROUBLE])
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    char line[DW__PG_TROUBLE];

    if (!state) {
        put_line(trouble, "the connection broke");
        return;
    }
    /* What is said about data repeats it, and what a function of the application's says may. */
    if (of_class(state, "22") || of_class(state, "23") || of_class(state, "P0"))
        text = name ? name : "see the server's log";
    (void)snprintf(line, sizeof line, "%s (%s)", text ? text : "?", state);
    put_line(trouble, line);
}

void dw__pg_say_conn(PGconn *pg, char trouble[static DW__PG_TROUBLE])
{
    put_line(trouble, pg ? PQerrorMessage(pg) : "no memory");
}

bool dw__pg_mistrusted(const char *said)
{
    static const char *const words[] = {"certificate", "does not support SSL",
                                        "SSL error: ", "private key file"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(said, words[i]))
            return true;
    return false;
}

const char *dw__pg_server_fault(PGconn *pg)
{
    const char *encoding = PQparameterStatus(pg, "server_encoding");

    if (!encoding || !is(encoding, "UTF8"))
        return "the database does not hold text as UTF-8; create it with ENCODING 'UTF8'";
    return PQserverVersion(pg) < 150000 ? "the server is older than PostgreSQL 15" : NULL;
}
