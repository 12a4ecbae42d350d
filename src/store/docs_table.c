/* store/docs_table.c -- the table of a collection: as a migration makes it, and whether it is there.
 *
 * Fields that documents are found by are columns, and the indexes are on these, since neither database lets an index on an expression of the
 * document be used here.  On PostgreSQL a policy of row-level security keeps the planner from it: `->>` is not known to leak nothing of the rows that the
 * policy hides, and comparing a column is; there the columns are generated.  SQLite refuses JSON functions in a schema that is not trusted, and
 * ours is not, also in a generated column; there the statement that stores the document stores its fields beside it. */
#include "store/docs.h"

#include <string.h>

#include "base/text.h"

/* ---- as SQL ---- */

static bool is_number(const struct plan_type *type)
{
    return type->kind == DW_KIND_INT64;
}

static const char *column_type(const struct plan_type *type, enum sql_dialect dialect)
{
    bool pg = dialect == SQL_POSTGRES;

    if (is_number(type))
        return pg ? "bigint" : "INTEGER";
    if (type->kind == DW_KIND_BOOL)
        return pg ? "boolean" : "INTEGER";
    return pg ? "text" : "TEXT";
}

/* `"title" TEXT`. The names hold no quotes (docs_plan.c). */
static void put_column(const struct plan_field *f, enum sql_dialect dialect, struct buf *out)
{
    const char *type = column_type(&f->type, dialect);

    if (dialect == SQL_SQLITE)
        dw__buf_format(out, "\"%s\" %s", f->c_name, type);
    else
        dw__buf_format(out, "\"%s\" %s GENERATED ALWAYS AS ((doc ->> '%.*s')::%s) STORED", f->c_name, type,
                       DW_FMT(f->name), type);
}

static void put_index(const struct sql_collection *sc, size_t i, struct buf *out)
{
    const char *table = sc->c->name, *field = sc->c->fields[i]->name;

    dw__buf_format(out, "CREATE INDEX %s_by_%s ON %s (%s\"%s\", id)", table, field, table,
                   sc->c->shared ? "" : "owner, ", field);
}

static void put_walls(const char *table, struct buf *out)
{
    dw__buf_format(out,
                   "ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n"
                   "CREATE POLICY %s_owned ON %s\n"
                   "    USING (owner::text = current_setting('dewar.me', true) OR "
                   "current_setting('dewar.me', true) = '*');\n",
                   table, table, table);
}

void dw__docs_table_sql(const struct sql_collection *sc, enum sql_dialect dialect, struct buf *out)
{
    bool pg = dialect == SQL_POSTGRES, owned = !sc->c->shared;
    const char *number = pg ? "bigint" : "INTEGER", *text = pg ? "text" : "TEXT";

    dw__buf_format(out, "CREATE TABLE %s (\n", sc->c->name);
    if (owned)
        dw__buf_format(out, "    owner %s NOT NULL,\n", number);
    dw__buf_format(out, "    id %s NOT NULL,\n    version %s NOT NULL,\n    doc %s NOT NULL,\n", text, number,
                   pg ? "jsonb" : "TEXT");
    for (size_t i = 0; i < sc->c->n_fields; i++) {
        dw__buf_lit(out, "    ");
        put_column(sc->fields[i], dialect, out);
        dw__buf_lit(out, ",\n");
    }
    dw__buf_format(out, "    PRIMARY KEY (%sid)\n)%s;\n", owned ? "owner, " : "", pg ? "" : " STRICT");
    for (size_t i = 0; i < sc->c->n_fields; i++) {
        put_index(sc, i, out);
        dw__buf_lit(out, ";\n");
    }
    if (pg && owned)
        put_walls(sc->c->name, out);
}

/* ---- whether it is there ---- */

static bool has_own_columns(const struct sql_collection *sc, struct docs_look *look)
{
    static const char *const ours[] = {"id", "version", "doc", "owner"};
    size_t n = sizeof ours / sizeof ours[0] - (sc->c->shared ? 1 : 0);

    for (size_t i = 0; i < n; i++)
        if (!look->has_column(look, sc->c->name, ours[i], false))
            return false;
    return true;
}

/* What brings a table up to date to which field i is new. */
static void put_addition(const struct sql_collection *sc, size_t i, enum sql_dialect dialect, struct buf *out)
{
    const struct plan_field *f = sc->fields[i];

    dw__buf_format(out, "ALTER TABLE %s ADD COLUMN ", sc->c->name);
    put_column(f, dialect, out);
    if (dialect == SQL_SQLITE)
        dw__buf_format(out, "; UPDATE %s SET \"%s\" = json_extract(doc, '$.\"%.*s\"')", sc->c->name,
                       f->c_name, DW_FMT(f->name));
    dw__buf_lit(out, "; ");
    put_index(sc, i, out);
}

static bool check_field(const struct sql_collection *sc, size_t i, enum sql_dialect dialect,
                        struct docs_look *look, struct buf *why)
{
    const char *table = sc->c->name, *field = sc->c->fields[i]->name;
    char columns[256];
    struct buf b;

    if (!look->has_column(look, table, field, dialect == SQL_POSTGRES)) {
        dw__buf_format(why, "collection %s: the table has no %scolumn `%s`; in a migration: ", table,
                       dialect == SQL_POSTGRES ? "generated " : "", field);
        put_addition(sc, i, dialect, why);
        dw__buf_putc(why, '\n');
        return false;
    }
    dw__buf_init_fixed(&b, columns, sizeof columns);
    dw__buf_format(&b, "%s%s,id,", sc->c->shared ? "" : "owner,", field);
    dw__buf_putc(&b, '\0');
    if (!b.failed && look->has_index(look, table, columns))
        return true;
    dw__buf_format(why, "collection %s: finding by `%s` has no index; in a migration: ", table, field);
    put_index(sc, i, why);
    dw__buf_putc(why, '\n');
    return false;
}

static bool check_table(const struct sql_collection *sc, enum sql_dialect dialect, struct docs_look *look,
                        struct buf *why)
{
    const char *name = sc->c->name;
    bool ok = true;

    if (!look->has_table(look, name)) {
        dw__buf_format(why,
                       "collection %s: there is no table `%s`; the command `db collections` prints the "
                       "migration that makes it\n",
                       name, name);
        return false;
    }
    if (!has_own_columns(sc, look)) {
        dw__buf_format(why,
                       "collection %s: table `%s` is not one of documents; the command `db collections` "
                       "prints what it must be\n",
                       name, name);
        return false;
    }
    for (size_t i = 0; i < sc->c->n_fields; i++)
        ok = check_field(sc, i, dialect, look, why) && ok;
    return ok;
}

uint64_t dw__docs_check_tables(const struct sql_inventory *inv, enum sql_dialect dialect,
                               struct docs_look *look, struct buf *why)
{
    uint64_t broken = 0;

    for (size_t i = 0; i < dw__docs_count(inv); i++)
        if (!check_table(dw__docs_at(inv, i), dialect, look, why))
            broken |= UINT64_C(1) << i;
    return broken;
}

bool dw__docs_is_of(const struct sql_inventory *inv, const struct sql_statement *st, uint64_t set)
{
    for (size_t i = 0; set != 0 && i < dw__docs_count(inv); i++)
        if (dw__docs_at(inv, i)->c == st->query->collection)
            return set >> i & 1;
    return false;
}
