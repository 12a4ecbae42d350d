/* store/sqlite_judge.c -- what a statement that fails may leave behind.
 *
 * SQLite undoes a statement that a constraint refuses, so that it needs no savepoint of its own in a transaction of many; but for one
 * that says OR FAIL, or comes upon a trigger or a constraint that says so.  Who finds the word anywhere, in the statement or
 * in the schema, believes nothing: a column of that name costs a savepoint.  A schema can change below a store that runs,
 * when the store of the next version migrates, so that it is looked at in the transaction in which it is relied upon. */
#include "store/sqlite_handle.h"

#include <string.h>

static bool schema_says_fail(struct sql_handle *h)
{
    sqlite3_stmt *stmt = NULL;
    bool says = true;

    if (sqlite3_prepare_v2(h->db, "SELECT 1 FROM sqlite_schema WHERE sql LIKE '%fail%'", -1, &stmt, NULL) ==
        SQLITE_OK)
        says = sqlite3_step(stmt) != SQLITE_DONE;
    (void)sqlite3_finalize(stmt);
    return says;
}

static void judge(struct sql_handle *h)
{
    bool all = schema_says_fail(h);

    for (size_t i = 0; i < dw__sql_inventory_count(h->inv); i++)
        h->prepared[i].may_leave =
            all || sqlite3_strlike("%fail%", dw__sql_statement(h->inv, i)->query->sql, 0) == 0;
}

void dw__sqlite_judge(struct sql_handle *h)
{
    sqlite3_stmt *stmt = h->schema_version;
    int version = 0;

    if (sqlite3_step(stmt) == SQLITE_ROW)
        version = sqlite3_column_int(stmt, 0);
    (void)sqlite3_reset(stmt);
    if (version == 0 || version != h->judged_version)
        judge(h);
    h->judged_version = version;
}
