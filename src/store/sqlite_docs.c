/* store/sqlite_docs.c -- what SQLite's catalogue says about the tables of collections. */
#include "store/docs.h"
#include "store/sqlite_handle.h"

#include "base/list.h"

struct sqlite_look {
    struct docs_look look;
    sqlite3 *db;
};

/* Whether `sql` gives a row for these two texts. */
static bool any(struct docs_look *look, const char *sql, const char *a, const char *b)
{
    struct sqlite_look *self = DW__LIST_ENTRY(look, struct sqlite_look, look);
    sqlite3_stmt *stmt = NULL;
    bool found = sqlite3_prepare_v2(self->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                 sqlite3_bind_text(stmt, 1, a, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_bind_text(stmt, 2, b, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_step(stmt) == SQLITE_ROW;

    (void)sqlite3_finalize(stmt);
    return found;
}

static bool has_table(struct docs_look *look, const char *table)
{
    return any(look, "SELECT 1 FROM pragma_table_xinfo(?1) WHERE ?2 = ''", table, "");
}

/* Hidden columns of kind 2 and 3 are generated ones (pragma.html#pragma_table_xinfo). */
static bool has_column(struct docs_look *look, const char *table, const char *column, bool generated)
{
    return any(look,
               generated ? "SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 AND hidden IN (2, 3)"
                         : "SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 AND hidden = 0",
               table, column);
}

static bool has_index(struct docs_look *look, const char *table, const char *columns)
{
    static const char sql[] =
        "SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.partial = 0 AND substr((SELECT "
        "group_concat(coalesce(i.name, '?'), ',') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY "
        "seqno) AS "
        "i) || ',', 1, length(?2)) = ?2";

    return any(look, sql, table, columns);
}

uint64_t dw__sqlite_docs(struct sql_handle *h, const struct sql_inventory *inv, struct buf *why)
{
    struct sqlite_look look = {{has_table, has_column, has_index}, h->db};

    return dw__docs_check_tables(inv, SQL_SQLITE, &look.look, why);
}
