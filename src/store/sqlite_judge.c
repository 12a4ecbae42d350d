/* store/sqlite_judge.c -- what a statement that writes does to the schema it meets.
 *
 * *What it may leave behind.*  SQLite undoes a statement that a constraint refuses, so that it needs no savepoint of its own in a
 * transaction of many; but for one that says OR FAIL, or comes upon a trigger or a constraint that says so.  Who finds the word
 * anywhere, in the statement or in the schema, believes nothing: a column of that name costs a savepoint.
 *
 * *Whether it only returns its row's number.*  For RETURNING, SQLite makes a table in memory, fills it and throws it away, which costs
 * as much as the rest of a small INSERT.  An INSERT of one row that returns its INTEGER PRIMARY KEY, and nothing else, into a table without
 * triggers, is therefore run without RETURNING: the number is what sqlite3_last_insert_rowid says.
 *
 * A schema can change below a store that runs, when the store of the next version migrates, so that it is looked at in
 * the transaction in which it is relied upon. */
#include "store/sqlite_handle.h"

#include <limits.h>
#include <string.h>

#include "store/sql_scan.h"

/* ---- what it may leave behind ---- */

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

/* ---- whether it only returns its row's number ---- */

/* A key that is another name of the row's number is the only kind that has no index of its own. */
static bool is_row_number(struct sql_handle *h, const struct sql_insert *insert)
{
    static const char sql[] = "SELECT 1 FROM pragma_table_xinfo(?1) WHERE pk = 1 AND name = ?2 COLLATE NOCASE"
                              " AND EXISTS (SELECT 1 FROM pragma_table_list"
                              "  WHERE schema = 'main' AND name = ?1 COLLATE NOCASE AND type = 'table')"
                              " AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')"
                              " AND NOT EXISTS (SELECT 1 FROM sqlite_schema"
                              "  WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE)";
    sqlite3_stmt *stmt = NULL;
    bool is = sqlite3_prepare_v2(h->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_bind_text64(stmt, 1, insert->table.p, insert->table.n, SQLITE_STATIC, SQLITE_UTF8) ==
                  SQLITE_OK &&
              sqlite3_bind_text64(stmt, 2, insert->column.p, insert->column.n, SQLITE_STATIC, SQLITE_UTF8) ==
                  SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW;

    (void)sqlite3_finalize(stmt);
    return is;
}

static void abridge(struct sql_handle *h, struct sql_prepared *p, const char *sql)
{
    struct sql_insert insert;
    size_t n = strlen(sql);

    (void)sqlite3_finalize(p->brief);
    p->brief = NULL;
    if (n > INT_MAX || !dw__sql_is_insert((dw_text){sql, n}, &insert) || !is_row_number(h, &insert))
        return;
    h->guard = SQL_GUARD_STATEMENT;
    if (sqlite3_prepare_v3(h->db, sql, (int)insert.n, SQLITE_PREPARE_PERSISTENT, &p->brief, NULL) !=
        SQLITE_OK)
        p->brief = NULL;
    h->guard = SQL_GUARD_OURS;
}

/* ---- both ---- */

static void judge(struct sql_handle *h)
{
    bool all = schema_says_fail(h);

    for (size_t i = 0; i < dw__sql_inventory_count(h->inv); i++) {
        const char *sql = dw__sql_statement(h->inv, i)->query->sql;

        h->prepared[i].may_leave = all || sqlite3_strlike("%fail%", sql, 0) == 0;
        abridge(h, &h->prepared[i], sql);
    }
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
