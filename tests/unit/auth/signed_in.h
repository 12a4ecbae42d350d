/* signed_in.h -- an application with sessions, for tests of what becomes of them: its tables, and a browser's cookie. */
#ifndef TESTS_SIGNED_IN_H
#define TESTS_SIGNED_IN_H

#include <string.h>

#include <dw/dw.h>
#include <dw/test.h>

#define NOON INT64_C(1800000000)

/* The words of <dw/session.h> and <dw/session_values.h>, as SQLite wants them; and three people. */
static const char signed_in_sql[] =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, word TEXT NOT NULL) STRICT;"
    "INSERT INTO users (uid, word) VALUES ('ann', 'old'), ('bob', 'old'), ('eve', 'old');"
    "CREATE TABLE dw_sessions (digest TEXT NOT NULL PRIMARY KEY, uid TEXT NOT NULL UNIQUE, account TEXT NOT "
    "NULL,"
    " made_at INTEGER NOT NULL, auth_time INTEGER NOT NULL, seen_at INTEGER NOT NULL, amr INTEGER NOT NULL,"
    " agent TEXT NOT NULL) STRICT;"
    "CREATE TABLE dw_session_values (session TEXT NOT NULL REFERENCES dw_sessions (uid) ON DELETE CASCADE,"
    " name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (session, name)) STRICT;";
static const dw_migration signed_in_migrations[] = {
    {1, "sessions", signed_in_sql, sizeof signed_in_sql - 1, NULL, 0}, {0}};

DW_QUERY(signed_in_account, dw_principal_key, dw_principal_row,
         "SELECT id, uid, uid AS name, 0 AS roles FROM users WHERE uid = :uid");

/* What the reply has the browser keep as the session's id, in the test's memory; "" when it is to forget it, NULL when nothing is said of it. */
static inline const char *signed_in_cookie(dw_test *t, const dw_test_reply *reply)
{
    static const char name[] = "__Host-trial=";
    dw_text line = dw_test_header(reply, "set-cookie");

    if (line.n < sizeof name || memcmp(line.p, name, sizeof name - 1) != 0)
        return NULL;
    line = (dw_text){line.p + sizeof name - 1, line.n - sizeof name + 1};
    return dw_test_format(t, "%.*s", (int)strcspn(line.p, ";"), line.p);
}

/* A request of the browser that has that id; NULL: none. */
static inline const dw_test_reply *signed_in_ask(dw_test *t, const char *id, const char *method,
                                                 const char *path, const char *json)
{
    if (id != NULL)
        dw_test_with(t, "Cookie", dw_test_format(t, "__Host-trial=%s", id));
    return DW_TEST_SEND(t, method, path, ((dw_text){json, json != NULL ? strlen(json) : 0}));
}

#endif
