/* store/pg_docs.c -- what PostgreSQL's catalogue says about the tables of collections. */
#include "base/list.h"
#include "store/docs.h"
#include "store/pg_link.h"

struct pg_look {
    struct docs_look look;
    struct pg_link *link;
    dw_err err; /* the catalogue could not be asked */
    char *trouble;
};

/* Whether `sql` gives a row for these texts. */
static bool any(struct docs_look *look, const char *sql, const char *a, const char *b)
{
    struct pg_look *self = DW__LIST_ENTRY(look, struct pg_look, look);
    const char *const words[] = {a, b};
    PGresult *result;
    bool found;

    if (self->err == DW_OK)
        self->err = dw__pg_query(self->link, sql, words, b ? 2 : 1, &result, self->trouble);
    if (self->err != DW_OK)
        return false;
    found = PQntuples(result) > 0;
    PQclear(result);
    return found;
}

static bool has_table(struct docs_look *look, const char *table)
{
    return any(look, "SELECT 1 WHERE to_regclass($1) IS NOT NULL", table, NULL);
}

static bool has_column(struct docs_look *look, const char *table, const char *column, bool generated)
{
    return any(look,
               generated ? "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND "
                           "attgenerated = 's' AND NOT attisdropped"
                         : "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND "
                           "attgenerated = '' AND NOT attisdropped",
               table, column);
}

static bool has_index(struct docs_look *look, const char *table, const char *columns)
{
    static const char sql[] = "SELECT 1 FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisvalid "
                              "AND i.indpred IS NULL AND "
                              "starts_with((SELECT string_agg(coalesce(a.attname, '?'), ',' ORDER BY "
                              "k.place) FROM unnest(i.indkey::int2[]) WITH "
                              "ORDINALITY AS k (number, place) LEFT JOIN pg_attribute a ON a.attrelid = "
                              "i.indrelid AND a.attnum = k.number) "
                              "|| ',', $2)";

    return any(look, sql, table, columns);
}

dw_err dw__pg_check_docs(struct pg_link *link, const struct sql_inventory *inv, uint64_t *broken,
                         struct buf *why)
{
    char trouble[DW__PG_TROUBLE] = "";
    struct pg_look look = {{has_table, has_column, has_index}, link, DW_OK, trouble};
    size_t before = why->n;

    *broken = dw__docs_check_tables(inv, SQL_POSTGRES, &look.look, why);
    if (look.err != DW_OK) {
        why->n = before;
        dw__buf_format(why, "PostgreSQL: %s\n", trouble);
    }
    return look.err;
}
