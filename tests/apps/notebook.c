/* notebook.c -- what docs/guide/resource.c needs to run: people, and a way in without passwords. */
#include <dw/dw.h>

extern const dw_blueprint notes;

DW_QUERY(person_by_uid, dw_principal_key, dw_principal_row, "SELECT id, uid, name, roles FROM people WHERE uid = :uid");

DW_SCHEMA(entered, (dw_text, access_token), (int64_t, expires_in));

static dw_err enter(dw_req *req, const dw_principal_key *in, entered *out)
{
    return dw_token_issue(dw_req_ctx(req), in->uid, &out->access_token, &out->expires_in);
}
DW_HANDLER(enter, dw_principal_key, entered);

static const dw_route routes[] = {
    DW_POST("/enter", enter, DW_PUBLIC("a test has no passwords"), .status = 200),
};
static const dw_blueprint doors = DW_BLUEPRINT("", routes);

#define PEOPLE                                                                                         \
    "CREATE TABLE people (id bigint PRIMARY KEY, uid text NOT NULL UNIQUE, name text NOT NULL, roles " \
    "bigint NOT NULL);"                                                                                \
    "INSERT INTO people VALUES (1, 'ann', 'Ann', 0), (2, 'ben', 'Ben', 0);"
#define NOTES(serial)                                                                                       \
    "CREATE TABLE notes (id " serial ", owner bigint NOT NULL REFERENCES people (id), title text NOT NULL," \
    " body text NOT NULL, changed_at text NOT NULL); CREATE INDEX notes_title ON notes (owner, title, id)"
static const char sqlite[] = PEOPLE NOTES("INTEGER PRIMARY KEY AUTOINCREMENT");
static const char postgres[] = PEOPLE NOTES(
    "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY") ";"
                                                       "ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE "
                                                       "ROW LEVEL SECURITY;"
                                                       "CREATE POLICY notes_owned ON notes USING "
                                                       "(owner::text = current_setting('dewar.me', true)"
                                                       " OR current_setting('dewar.me', true) = '*')";
static const dw_migration migrations[] = {
    {1, "notes", sqlite, sizeof sqlite - 1, postgres, sizeof postgres - 1}, {0}};

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "notebook",
                       .version = "1",
                       .migrations = migrations,
                       .owned = (const dw_owned[]){DW_OWNED(notes, owner), {0}},
                       .principal = &person_by_uid,
                       .blueprints = (const dw_blueprint *const[]){&doors, &notes, NULL},
                   });
}
