/* store/sqlite_judge.c -- what a statement that writes does to the schema it meets.
 *
 * *What it may leave behind.*  SQLite undoes a statement that a constraint refuses, so that it needs no savepoint of its own in a
 * transaction of many; but for one that says OR FAIL, or comes upon a trigger or a constraint that says so.  Who finds the word
 * anywhere, in the statement or in the schema, believes nothing: a column of that name costs a savepoint.
 *
 * *Whether its row can be read instead of returned.*  For RETURNING, SQLite makes a table in memory, fills it and throws it away, which
 * costs more than the rest of a small INSERT.  An INSERT of one row into a table without triggers whose INTEGER PRIMARY KEY is the row's number
 * is therefore run without RETURNING; sqlite3_last_insert_rowid says the number, and where more is wanted than that the row is
 * read by it, with the very words that stand behind RETURNING.
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

/* ---- whether its row can be read instead of returned ---- */

/* Puts the name of the table's column that is another name of the row's number: a key of which is the only kind that has no index. */
static bool key_of(struct sql_handle *h, dw_text table, struct buf *name)
{
    static const char sql[] = "SELECT name FROM pragma_table_xinfo(?1) WHERE pk = 1"
                              " AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')"
                              " AND NOT EXISTS (SELECT 1 FROM sqlite_schema"
                              "  WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE)";
    sqlite3_stmt *stmt = NULL;
    bool is = sqlite3_prepare_v2(h->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_bind_text64(stmt, 1, table.p, table.n, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW;

    if (is)
        dw__buf_format(name, "%s", (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    return is && !name->failed && memchr(name->p, '"', name->n) == NULL;
}

/* A statement of the application's words; NULL when it cannot be had. */
static sqlite3_stmt *prepare(struct sql_handle *h, const char *sql, size_t n)
{
    sqlite3_stmt *stmt = NULL;

    h->guard = SQL_GUARD_STATEMENT;
    if (n > INT_MAX ||
        sqlite3_prepare_v3(h->db, sql, (int)n, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
        stmt = NULL;
    h->guard = SQL_GUARD_OURS;
    return stmt;
}

/* Reads what an INSERT returns, of the row with the number ?1. */
static sqlite3_stmt *prepare_look(struct sql_handle *h, const struct sql_insert *insert,
                                  const struct buf *key)
{
    char bytes[4096];
    struct buf sql;

    dw__buf_init_fixed(&sql, bytes, sizeof bytes);
    dw__buf_lit(&sql, "SELECT ");
    dw__buf_text(&sql, insert->what);
    dw__buf_lit(&sql, " FROM ");
    dw__buf_text(&sql, insert->table);
    dw__buf_lit(&sql, " WHERE \"");
    dw__buf_put(&sql, key->p, key->n);
    dw__buf_lit(&sql, "\" = ?1");
    return sql.failed ? NULL : prepare(h, sql.p, sql.n);
}

static bool is_name(dw_text what, const struct buf *key)
{
    return what.n == key->n && sqlite3_strnicmp(what.p, key->p, (int)key->n) == 0;
}

static void abridge(struct sql_handle *h, struct sql_prepared *p, const char *sql)
{
    char bytes[256];
    struct buf key;
    struct sql_insert insert;

    (void)sqlite3_finalize(p->brief);
    (void)sqlite3_finalize(p->look);
    p->brief = p->look = NULL;
    dw__buf_init_fixed(&key, bytes, sizeof bytes);
    if (!dw__sql_is_insert((dw_text){sql, strlen(sql)}, &insert) || !key_of(h, insert.table, &key))
        return;
    if (!is_name(insert.what, &key)) {
        p->look = prepare_look(h, &insert, &key);
        if (!p->look || sqlite3_column_count(p->look) != sqlite3_column_count(p->stmt))
            return;
    }
    p->brief = prepare(h, sql, insert.n);
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
