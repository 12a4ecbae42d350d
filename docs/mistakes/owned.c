/* owned.c -- an application whose statements forget whose a row is: the guide shows what start-up says. */
#include <dw/dw.h>

DW_SCHEMA(key, (int64_t, id));
DW_SCHEMA(letter, (int64_t, id), (dw_text, body));

/* What start-up refuses of statements on an owned table. */
DW_QUERY(anybodys, key, letter, "SELECT id, body FROM letters WHERE id = :id");
DW_QUERY(either, key, letter, "SELECT id, body FROM letters WHERE id = :id AND member = :me OR id = 1");
DW_QUERY(nobodys, letter, dw_nothing, "INSERT INTO letters (id, body) VALUES (:id, :body)");
DW_QUERY(given_away, key, dw_nothing, "UPDATE letters SET member = :id WHERE member = :me");
DW_QUERY(too_clever, letter, dw_nothing, "REPLACE INTO letters (id, member, body) VALUES (:id, :me, :body)");
/* What it does not. */
DW_QUERY(mine, key, letter, "SELECT id, body FROM letters WHERE id = :id AND member = :me");
DW_QUERY(count_all, dw_nothing, key, "SELECT count(*) AS id FROM letters", .not_owned = "a number that everybody may know");

static dw_err show(dw_req *req, const key *in, letter *out)
{
    return DW_ONE(dw_req_ctx(req), mine, in, out);
}
DW_HANDLER(show, key, letter);

static const dw_route routes[] = {
    DW_GET("/{id}", show, DW_PUBLIC("a mistake to look at")),
};
static const dw_blueprint all = DW_BLUEPRINT("", routes);

#define SQL "CREATE TABLE letters (id INTEGER PRIMARY KEY, member INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &(const dw_app){
        .name = "owned",
        .migrations = (const dw_migration[]){{.number = 1, .name = "start", .sql = SQL, .size = sizeof SQL - 1}, {0}},
        .owned = (const dw_owned[]){DW_OWNED(letters, member), {0}},
        .blueprints = (const dw_blueprint *const[]){&all, NULL},
    });
}
