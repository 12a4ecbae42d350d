/* workshop.c -- what docs/guide/loaders.c and docs/guide/own-guards.c need to run: people, teams, cards, and a way in without passwords. */
#define DW_APP_ERRORS(X)                                     \
    X(CLOSED, 1000, 503, "closed", "Closed for maintenance") \
    X(TOO_OLD, 1001, 403, "client_too_old", "This version of the application is too old")
#include <dw/dw.h>

extern const dw_blueprint cards, old_routes;
extern const dw_guard client_version;

DW_QUERY(person_by_uid, dw_principal_key, dw_principal_row, "SELECT id, uid, name, roles FROM people WHERE uid = :uid");
DW_REPEATS(repeats);

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

/* Ann made the card and Ben leads the team; Cy is a member of it; Dee is in another. */
static const char tables[] =
    "CREATE TABLE people (id bigint PRIMARY KEY, uid text NOT NULL UNIQUE, name text NOT NULL, roles bigint "
    "NOT NULL);"
    "INSERT INTO people VALUES (1, 'ann', 'Ann', 0), (2, 'ben', 'Ben', 0), (3, 'cy', 'Cy', 0), (4, 'dee', "
    "'Dee', 0);"
    "CREATE TABLE teams (id bigint PRIMARY KEY, name text NOT NULL);"
    "INSERT INTO teams VALUES (1, 'Lamps'), (2, 'Tables');"
    "CREATE TABLE members (team_id bigint NOT NULL, person bigint NOT NULL, leads bigint NOT NULL, PRIMARY "
    "KEY (team_id, person));"
    "INSERT INTO members VALUES (1, 1, 0), (1, 2, 1), (1, 3, 0), (2, 4, 1);"
    "CREATE TABLE cards (id bigint PRIMARY KEY, team_id bigint NOT NULL, maker bigint NOT NULL, title text "
    "NOT NULL);"
    "INSERT INTO cards VALUES (1, 1, 1, 'Bulbs'), (2, 2, 4, 'Legs'), (3, 1, 1, 'Wires');"
    "CREATE TABLE switches (name text PRIMARY KEY, closed bigint NOT NULL);"
    "INSERT INTO switches VALUES ('all', 0);"
    "CREATE TABLE dw_repeats (caller bigint NOT NULL, key text NOT NULL, digest text NOT NULL, outcome text "
    "NOT NULL,"
    " made_at bigint NOT NULL, PRIMARY KEY (caller, key));"
    "CREATE INDEX dw_repeats_by_age ON dw_repeats (made_at);";
static const dw_migration migrations[] = {
    {.number = 1, .name = "workshop", .sql = tables, .size = sizeof tables - 1}, {0}};

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "workshop",
                       .version = "1",
                       .migrations = migrations,
                       .principal = &person_by_uid,
                       .repeats = &repeats,
                       .guards = DW_GUARDS(client_version),
                       .blueprints = (const dw_blueprint *const[]){&doors, &cards, &old_routes, NULL},
                   });
}
