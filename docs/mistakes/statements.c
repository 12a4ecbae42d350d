/* statements.c -- an application whose statements are wrong in every way that compiles: the guide shows what start-up says. */
#include <dw/dw.h>

DW_SCHEMA(key, (int64_t, id));
DW_SCHEMA(row, (int64_t, id), (dw_text, title));

/* What start-up refuses of statements. */
DW_QUERY(no_table, key, row, "SELECT id, title FROM bocks WHERE id = :id");
DW_QUERY(no_column, key, row, "SELECT id, titel AS title FROM books WHERE id = :id");
DW_QUERY(too_few, key, row, "SELECT id FROM books WHERE id = :id");
DW_QUERY(too_many, key, row, "SELECT id, title, isbn FROM books WHERE id = :id");
DW_QUERY(wrong_type, key, row, "SELECT id, id AS title FROM books WHERE id = :id");
DW_QUERY(two_at_once, key, row, "SELECT id, title FROM books WHERE id = :id; DELETE FROM books");
DW_QUERY(not_rows, key, dw_nothing, "DROP TABLE books");

static dw_err show(dw_req *req, const key *in, row *out)
{
    return DW_ONE(dw_req_ctx(req), no_table, in, out);
}
DW_HANDLER(show, key, row);

static const dw_route routes[] = {
    DW_GET("/{id}", show, DW_PUBLIC("a mistake to look at")),
};
static const dw_blueprint all = DW_BLUEPRINT("", routes);

#define SQL "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL, isbn TEXT NOT NULL) STRICT;"

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){
        .name = "statements",
        .migrations = (const dw_migration[]){{.number = 1, .name = "start", .sql = SQL, .size = sizeof SQL - 1}, {0}},
        .blueprints = (const dw_blueprint *const[]){&all, NULL},
    });
}
