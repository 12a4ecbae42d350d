/* store/pg_owned.c -- owned tables on PostgreSQL: the second wall behind the statements.
 *
 * Each transaction carries who asks in the setting dewar.me, and a policy of the table, made by a migration, compares the owner with it: so what
 * a statement, a view or a function forgets gives no row of anybody else.  A statement that says why it is not held to the caller has '*' there.
 * Whether the walls stand is looked at when the statements are prepared: the table has the column, row-level security is on, also for the
 * table's owner, each policy asks for dewar.me, and our role is none that is let through. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/owned.h"
#include "store/pg_link.h"

/* What is known of one table. */
static const char about_sql[] =
    "SELECT c.relkind::text, c.relrowsecurity::text, (c.relforcerowsecurity OR c.relowner <> r.oid)::text,"
    " coalesce((SELECT format_type(a.atttypid, NULL) FROM pg_attribute a"
    "  WHERE a.attrelid = c.oid AND a.attname = lower($2) AND NOT a.attisdropped AND a.attnum > 0), ''),"
    " (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'"
    "  AND pg_get_expr(p.polqual, p.polrelid) LIKE '%dewar.me%')::text,"
    " (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive"
    "  AND (coalesce(pg_get_expr(p.polqual, p.polrelid), 'dewar.me') NOT LIKE '%dewar.me%'"
    "   OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'dewar.me') NOT LIKE '%dewar.me%'))::text,"
    " (r.rolsuper OR r.rolbypassrls)::text"
    " FROM pg_class c, pg_roles r WHERE c.oid = to_regclass($1) AND r.rolname = current_user";

enum { KIND, ROWS, FORCED, COLUMN_TYPE, POLICIES, OTHER_POLICIES, LET_THROUGH };

/* Views that are made of a table, at any remove. */
static const char views_sql[] =
    "WITH RECURSIVE v (oid) AS (SELECT to_regclass($1)::oid UNION SELECT r.ev_class FROM v"
    " JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid AND d.classid = "
    "'pg_rewrite'::regclass"
    " JOIN pg_rewrite r ON r.oid = d.objid)"
    " SELECT c.relname::text FROM v JOIN pg_class c ON c.oid = v.oid WHERE c.oid <> to_regclass($1)";

struct findings {
    const dw_owned *owned;
    struct buf *why;
    bool any;
};

#define FINDING(f, fmt, ...)                                                                           \
    do {                                                                                               \
        dw__buf_format((f)->why, "DW_OWNED(%s, %s): " fmt "\n", (f)->owned->table, (f)->owned->column, \
                       ##__VA_ARGS__);                                                                 \
        (f)->any = true;                                                                               \
    } while (0)

static bool is_true(const char *text)
{
    return strcmp(text, "true") == 0;
}

static void check_wall(struct findings *f, const char *const *is)
{
    const char *table = f->owned->table;

    if (is_true(is[LET_THROUGH]))
        FINDING(f, "the role of DATABASE_URL is a superuser or has BYPASSRLS, whom row-level security lets "
                   "through; use another");
    if (!is_true(is[ROWS]) || !is_true(is[FORCED]))
        FINDING(f,
                "row-level security is not on for it; in a migration: ALTER TABLE %s ENABLE ROW LEVEL "
                "SECURITY, FORCE ROW LEVEL SECURITY",
                table);
    if (strcmp(is[POLICIES], "0") == 0)
        FINDING(f,
                "it has no policy for all commands that asks for dewar.me; in a migration: CREATE POLICY "
                "%s_owned ON %s USING "
                "(%s::text = current_setting('dewar.me', true) OR current_setting('dewar.me', true) = '*')",
                table, table, f->owned->column);
    if (strcmp(is[OTHER_POLICIES], "0") != 0)
        FINDING(f,
                "it has a permissive policy that does not ask for dewar.me; drop it, or make it restrictive");
}

static void check_about(struct findings *f, const char *const *is)
{
    const char *type = is[COLUMN_TYPE];

    if (!*type)
        FINDING(f, "there is no such column; correct the name, or add it in a migration");
    else if (strcmp(type, "bigint") != 0 && strcmp(type, "integer") != 0 && strcmp(type, "smallint") != 0)
        FINDING(f, "the column must be bigint, integer or smallint, since :me is");
    if (strcmp(is[KIND], "v") != 0 && strcmp(is[KIND], "m") != 0)
        check_wall(f, is);
}

static dw_err check_table(struct findings *f, struct pg_link *link, char trouble[static DW__PG_TROUBLE])
{
    const char *const words[] = {f->owned->table, f->owned->column};
    const char *is[LET_THROUGH + 1] = {0};
    PGresult *result;
    dw_err err = dw__pg_query(link, about_sql, words, 2, &result, trouble);

    if (err != DW_OK)
        return err;
    if (PQntuples(result) == 1) {
        for (int i = 0; i <= LET_THROUGH; i++)
            is[i] = PQgetvalue(result, 0, i);
        check_about(f, is);
    } else
        FINDING(f, "there is no such table; correct the name, or add it in a migration");
    PQclear(result);
    return DW_OK;
}

static void check_view(struct findings *f, const struct sql_inventory *inv, const char *view)
{
    if (dw__sql_owned_named(inv, view))
        return;
    for (size_t i = 0; i < dw__sql_inventory_count(inv); i++) {
        const struct sql_statement *st = dw__sql_statement(inv, i);

        if (st->query->not_owned || !dw__owned_names(SQL_POSTGRES, dw__text_of(st->sql), view))
            continue;
        dw__buf_format(f->why,
                       "statement %s: it uses `%s` through `%s`, which nothing holds to the caller; say "
                       "DW_OWNED of a view that has "
                       "the owner among its columns, or .not_owned = \"reason\"\n",
                       st->query->name, f->owned->table, view);
        f->any = true;
    }
}

static dw_err check_views(struct findings *f, struct pg_link *link, const struct sql_inventory *inv,
                          char trouble[static DW__PG_TROUBLE])
{
    const char *const words[] = {f->owned->table};
    PGresult *result;
    dw_err err = dw__pg_query(link, views_sql, words, 1, &result, trouble);

    if (err != DW_OK)
        return err;
    for (int i = 0; i < PQntuples(result); i++)
        check_view(f, inv, PQgetvalue(result, i, 0));
    PQclear(result);
    return DW_OK;
}

dw_err dw__pg_check_owned(struct pg_link *link, const struct sql_inventory *inv, bool *ok, struct buf *why)
{
    char trouble[DW__PG_TROUBLE] = "";
    dw_err err = DW_OK;

    for (const dw_owned *owned = dw__sql_owned(inv); owned->table && err == DW_OK; owned++) {
        struct findings f = {owned, why, false};

        err = check_table(&f, link, trouble);
        if (err == DW_OK)
            err = check_views(&f, link, inv, trouble);
        *ok = *ok && !f.any;
    }
    if (err != DW_OK)
        dw__buf_format(why, "PostgreSQL: %s\n", trouble);
    return err;
}
