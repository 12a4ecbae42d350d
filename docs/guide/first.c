/* first.c -- a first application: notes, which people keep for themselves. */
#include <stdio.h>

#include <dw/dw.h>

/* Schemas: what comes in and what goes out. A field that is not here is refused, and cannot leak. */
DW_SCHEMA(note_in, (dw_text, title, DW_LEN(1, 100), .doc = "What it is about"), (bool, done, DW_DEFAULT(false)));
DW_SCHEMA(note_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title), (bool, done), (dw_text, made_at));
DW_LIST(notes_out, note_out);
DW_SCHEMA(note_list, (notes_out, notes));

/* Statements: prepared at start-up, against the migrated database. :me is the caller, :now the time. */
DW_QUERY(note_insert, note_in, note_out,
    "INSERT INTO notes (owner, title, done, made_at) VALUES (:me, :title, :done, :now) RETURNING id, title, done, made_at");
DW_QUERY(note_by_id, note_key, note_out, "SELECT id, title, done, made_at FROM notes WHERE id = :id AND owner = :me");
DW_QUERY(note_all, dw_nothing, note_out, "SELECT id, title, done, made_at FROM notes WHERE owner = :me ORDER BY id LIMIT 100");

/* Handlers: straight-line C. What they return but DW_OK is the reply: nothing found is 404, a database that is away 503. */
static dw_err make_note(dw_req *req, const note_in *in, note_out *out)
{
    return DW_ONE(dw_req_ctx(req), note_insert, in, out);
}
DW_HANDLER(make_note, note_in, note_out);

static dw_err show_note(dw_req *req, const note_key *in, note_out *out)
{
    return DW_ONE(dw_req_ctx(req), note_by_id, in, out);
}
DW_HANDLER(show_note, note_key, note_out);

static dw_err list_notes(dw_req *req, const dw_nothing *in, note_list *out)
{
    return DW_ALL(dw_req_ctx(req), note_all, in, &out->notes);
}
DW_HANDLER(list_notes, dw_nothing, note_list);

/* Routes: who may do what. One without a policy does not compile. */
static const dw_route routes[] = {
    DW_POST("/notes", make_note, DW_ANY_USER, .doc = "Write a note"),
    DW_GET("/notes/{id}", show_note, DW_ANY_USER, .doc = "Read one of my notes"),
    DW_GET("/notes", list_notes, DW_ANY_USER, .doc = "Read my notes"),
};
static const dw_blueprint v1 = DW_BLUEPRINT("/v1", routes);

/* People: how the owner of a token is found, and `first join NAME`, which makes one and prints a token. */
DW_SCHEMA(person, (dw_text, uid), (dw_text, name));
DW_QUERY(person_by_uid, dw_principal_key, dw_principal_row, "SELECT id, uid, name, 0 AS roles FROM people WHERE uid = :uid");
DW_QUERY(person_insert, person, dw_nothing, "INSERT INTO people (uid, name) VALUES (:uid, :name)");

static dw_err join(dw_ctx *ctx, int argc, char **argv)
{
    person who = {.uid = dw_uuid_text(ctx, dw_uuid_new()), .name = dw_format(ctx, "%s", argc == 1 ? argv[0] : "")};
    dw_text token;
    int64_t seconds;
    dw_err err = who.name.n > 0 ? DW_EXEC(ctx, person_insert, &who, NULL) : DW_BAD_REQUEST;

    if (err == DW_OK && (err = dw_token_issue(ctx, who.uid, &token, &seconds)) == DW_OK)
        printf("%.*s\n", DW_FMT(token));
    return err;
}

DW_MIGRATIONS(first);

const dw_app first = {
    .name = "first",
    .version = "1",
    .migrations = first_migrations,
    .owned = (const dw_owned[]){DW_OWNED(notes, owner), {0}}, /* a statement that forgets whose they are stops the start */
    .principal = &person_by_uid,
    .blueprints = (const dw_blueprint *const[]){&v1, NULL},
    .commands = (const dw_command[]){{"join", join, "make a person and print a token"}, {0}},
};

int main(int argc, char **argv)
{
    return dw_main(argc, argv, &first);
}
