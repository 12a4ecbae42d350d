/* store/sqlite_prepare.c -- every statement of the program against the migrated database, at start-up.
 *
 * What a request would trip over is found here: a table or column that is not there, a column without a field or of a type that its
 * field cannot take, a field without a column, a second statement behind a semicolon, anything but reading and writing rows.  SQLite's list of parameters must be
 * the inventory's, name by name. */
#include "store/sqlite_handle.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "store/columns.h"
#include "store/docs.h"
#include "store/sql_scan.h"

struct findings {
    const char *name;
    struct buf *why;
    bool any;
};

#define FINDING(f, fmt, ...)                                                           \
    do {                                                                               \
        dw__buf_format((f)->why, "statement %s: " fmt "\n", (f)->name, ##__VA_ARGS__); \
        (f)->any = true;                                                               \
    } while (0)

static bool is_blank(const char *tail)
{
    return tail[strspn(tail, " \t\r\n;")] == '\0';
}

static void check_params(struct findings *f, sqlite3_stmt *stmt, const struct sql_statement *st)
{
    if ((size_t)sqlite3_bind_parameter_count(stmt) != st->n_params) {
        FINDING(f, "SQLite counts %d parameters where %zu were found", sqlite3_bind_parameter_count(stmt),
                st->n_params);
        return;
    }
    for (size_t i = 0; i < st->n_params; i++) {
        const char *name = sqlite3_bind_parameter_name(stmt, (int)i + 1);

        if (!name || name[0] != ':' || !dw__text_eq(dw__text_of(name + 1), st->params[i].name))
            FINDING(f, "SQLite's parameter %zu is `%s`, not `:%.*s`", i + 1, name ? name : "?",
                    DW_FMT(st->params[i].name));
    }
}

/* What a field wants of a column that was declared as `type`, by the rules that SQLite goes by (datatype3.html §3.1); NULL: it may fit.
 * A declaration that says neither text nor number (DATE, ANY) promises nothing, and each row is looked at. */
static const char *wants(const struct sql_field *field, const char *type)
{
    bool integer = sqlite3_strlike("%int%", type, 0) == 0;
    bool text =
        !integer && (sqlite3_strlike("%char%", type, 0) == 0 || sqlite3_strlike("%clob%", type, 0) == 0 ||
                     sqlite3_strlike("%text%", type, 0) == 0);
    bool blob = !integer && !text && sqlite3_strlike("%blob%", type, 0) == 0;
    bool real = !integer && !text && !blob &&
                (sqlite3_strlike("%real%", type, 0) == 0 || sqlite3_strlike("%floa%", type, 0) == 0 ||
                 sqlite3_strlike("%doub%", type, 0) == 0);

    switch (field->type->kind) {
    case DW_KIND_INT64:
    case DW_KIND_BOOL: return text || blob || real ? "INTEGER" : NULL;
    case DW_KIND_DECIMAL: return text || blob || real ? "INTEGER, the units of the decimal" : NULL;
    case DW_KIND_DOUBLE: return text || blob ? "REAL or INTEGER" : NULL;
    default: return integer || blob || real ? "TEXT" : NULL;
    }
}

/* SQLite knows the type of a column of a table, not of an expression. */
static void check_type(struct column_match *m, sqlite3_stmt *stmt, int c, const struct sql_field *field)
{
    const char *type = sqlite3_column_decltype(stmt, c), *wanted = wants(field, type ? type : "");

    if (wanted)
        dw__columns_misfit(m, field, type, wanted);
}

static void check_columns(struct findings *f, sqlite3_stmt *stmt, const struct sql_statement *st,
                          uint16_t *column)
{
    int n = sqlite3_column_count(stmt);
    struct column_match m;

    dw__columns_begin(&m, st, column, f->why);
    for (int c = 0; c < n && c < UINT16_MAX; c++) {
        const char *name = sqlite3_column_name(stmt, c);
        const struct sql_field *field = name ? dw__columns_add(&m, name, (uint16_t)c) : NULL;

        if (!name)
            FINDING(f, "no memory");
        if (field)
            check_type(&m, stmt, c, field);
    }
    f->any = !dw__columns_end(&m) || f->any;
}

/* Whether the time or the caller is among the values. */
static bool depends_on_request(const struct sql_statement *st)
{
    for (size_t i = 0; i < st->n_params; i++)
        if (st->params[i].source != SQL_FROM_FIELD)
            return true;
    return false;
}

/* What the text of a statement does not show: a view or a trigger that uses an owned table. SQLite has told of it. */
static void check_owned(struct findings *f, const struct sql_handle *h, const struct sql_statement *st)
{
    if (h->owned_seen && !st->query->not_owned)
        FINDING(f,
                "it uses `%s` through `%s`, which nothing holds to the caller; say DW_OWNED of a view that "
                "has the owner among its "
                "columns, or .not_owned = \"reason\"",
                h->owned_seen, h->owned_through);
}

/* Prepares one; false after a finding. */
static bool prepare_one(struct sql_handle *h, const struct sql_statement *st, struct sql_prepared *p,
                        struct buf *why)
{
    struct findings f = {st->query->name, why, false};
    const char *tail = "";
    int rc;

    h->guard = SQL_GUARD_STATEMENT;
    h->volatile_seen = false;
    h->owned_seen = NULL;
    h->owning = h->inv;
    rc = sqlite3_prepare_v3(h->db, st->query->sql, -1, SQLITE_PREPARE_PERSISTENT, &p->stmt, &tail);
    h->owning = NULL;
    h->guard = SQL_GUARD_OURS;
    if (rc == SQLITE_AUTH)
        FINDING(&f, "it may read and write rows, nothing else");
    else if (rc != SQLITE_OK)
        FINDING(&f, "%s", sqlite3_errmsg(h->db));
    else if (!p->stmt)
        FINDING(&f, "it is empty");
    else if (!is_blank(tail))
        FINDING(&f, "there is something behind its end: one statement each");
    if (f.any)
        return false;
    p->writes = !sqlite3_stmt_readonly(p->stmt);
    p->stable = !p->writes && !h->volatile_seen && !depends_on_request(st);
    check_owned(&f, h, st);
    check_params(&f, p->stmt, st);
    check_columns(&f, p->stmt, st, p->column);
    if (p->writes && h->mode == SQL_READ_ONLY) {
        (void)sqlite3_finalize(p->stmt);
        p->stmt = NULL;
    }
    return !f.any;
}

/* Looks for the column of an owned table: SQLITE_ROW, and whether whole numbers fit in it; SQLITE_DONE, there is none; or why nobody knows. */
static int find_owned_column(struct sql_handle *h, const dw_owned *owned, bool *fits)
{
    static const char sql[] = "SELECT type FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE";
    sqlite3_stmt *stmt = NULL;
    const char *type;
    int rc = sqlite3_prepare_v2(h->db, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, owned->table, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 2, owned->column, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    type = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    *fits = type != NULL && (sqlite3_strlike("%int%", type, 0) == 0 || *type == '\0');
    (void)sqlite3_finalize(stmt);
    return rc;
}

/* An owned table has its column, and whole numbers in it, as :me is one. */
static bool check_owned_table(struct sql_handle *h, const dw_owned *owned, struct buf *why)
{
    bool fits;
    int rc = find_owned_column(h, owned, &fits);

    for (unsigned i = 0; rc != SQLITE_ROW && rc != SQLITE_DONE && dw__sqlite_tries_again(h, rc, i); i++)
        rc = find_owned_column(h, owned, &fits);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        dw__buf_format(why, "DW_OWNED(%s, %s): the table cannot be looked at: %s\n", owned->table,
                       owned->column, sqlite3_errstr(rc));
    else if (rc == SQLITE_DONE)
        dw__buf_format(
            why, "DW_OWNED(%s, %s): there is no such column; correct the name, or add it in a migration\n",
            owned->table, owned->column);
    else if (!fits)
        dw__buf_format(why, "DW_OWNED(%s, %s): the column must be INTEGER, since :me is\n", owned->table,
                       owned->column);
    return rc == SQLITE_ROW && fits;
}

dw_err dw__sql_prepare_all(struct sql_handle *h, const struct sql_inventory *inv, struct buf *why)
{
    size_t n = dw__sql_inventory_count(inv), n_fields = 1, used = 0;
    uint64_t broken;
    bool ok;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    DW__CHECK(n > 0);
    dw__sqlite_unprepare(h);
    for (size_t i = 0; i < n; i++)
        n_fields += dw__sql_statement(inv, i)->n_fields;
    h->inv = inv;
    h->prepared = calloc(n, sizeof *h->prepared);
    h->columns = calloc(n_fields, sizeof *h->columns);
    if (!h->prepared || !h->columns) {
        dw__sqlite_unprepare(h);
        dw__buf_lit(why, "no memory for the statements\n");
        return DW_UNAVAILABLE;
    }
    broken = dw__sqlite_docs(h, inv, why);
    ok = broken == 0;
    for (size_t i = 0; i < n; i++) {
        const struct sql_statement *st = dw__sql_statement(inv, i);

        if (dw__docs_is_of(inv, st, broken))
            continue;
        h->prepared[i].column = h->columns + used;
        used += st->n_fields;
        ok = prepare_one(h, st, &h->prepared[i], why) && ok;
    }
    for (const dw_owned *owned = dw__sql_owned(inv); owned->table; owned++)
        ok = check_owned_table(h, owned, why) && ok;
    h->volatile_seen = false; /* until here it was the above; from here on it is a statement compiled anew */
    if (ok)
        return DW_OK;
    dw__sqlite_unprepare(h);
    return DW_INVALID;
}

void dw__sqlite_unprepare(struct sql_handle *h)
{
    for (size_t i = 0; h->prepared && i < dw__sql_inventory_count(h->inv); i++)
        (void)sqlite3_finalize(h->prepared[i].stmt), (void)sqlite3_finalize(h->prepared[i].brief),
            (void)sqlite3_finalize(h->prepared[i].look);
    free(h->prepared);
    free(h->columns);
    h->prepared = NULL;
    h->judged_version = 0;
    h->columns = NULL;
}

bool dw__sql_writes(const struct sql_handle *h, size_t i)
{
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    DW__CHECK(h->prepared && i < dw__sql_inventory_count(h->inv));
    return h->prepared[i].writes;
}
