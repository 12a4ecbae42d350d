/* The application that the tests of <dw/test.h> try: notes, and handlers that do what handlers should not. */
#ifndef TRIAL_H
#define TRIAL_H

#include <dw/dw.h>
#include <dw/test.h>

DW_SCHEMA(trial_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));
DW_SCHEMA(trial_note, (dw_text, title, DW_LEN(1, 20)));
DW_SCHEMA(trial_out, (int64_t, id, .read_only = true), (dw_text, title), (dw_text, made_at), (dw_text, memo, .optional = true));
DW_LIST(trial_list, trial_out);
DW_SCHEMA(trial_page, (trial_list, items));
DW_SCHEMA(trial_person, (int64_t, id), (dw_text, uid), (int64_t, roles));
DW_SCHEMA(trial_stream, (int64_t, pieces, DW_RANGE(0, 100000)));
DW_SCHEMA(trial_size, (int64_t, bytes));

enum { role_keeper };
static const char *const trial_roles[] = {"keeper", NULL};

DW_QUERY(person_of, dw_principal_key, dw_principal_row, "SELECT id, uid, uid AS name, roles FROM people WHERE uid = :uid");
DW_QUERY(person_put, trial_person, dw_nothing,
         "INSERT INTO people (id, uid, roles) VALUES (:id, :uid, :roles) ON CONFLICT DO UPDATE SET roles = :roles");
DW_QUERY(note_put, trial_note, trial_out,
         "INSERT INTO notes (owner, title, made_at) VALUES (:me, :title, :now) RETURNING id, title, made_at, NULL AS memo");
DW_QUERY(note_of, trial_key, trial_out,
         "SELECT id, title, made_at, NULL AS memo FROM notes WHERE id = :id AND owner = :me");
DW_QUERY(note_all, dw_nothing, trial_out, "SELECT id, title, made_at, 'x' AS memo FROM notes WHERE owner = :me ORDER BY id");

static dw_err make_note(dw_req *req, const trial_note *in, trial_out *out)
{
    DW_LOG_INFO(dw_req_ctx(req), "note.made", DW_KV(title, in->title));
    return DW_ONE(dw_req_ctx(req), note_put, in, out);
}
DW_HANDLER(make_note, trial_note, trial_out);

static dw_err show_note(dw_req *req, const trial_key *in, trial_out *out)
{
    return DW_ONE(dw_req_ctx(req), note_of, in, out);
}
DW_HANDLER(show_note, trial_key, trial_out);

static dw_err list_notes(dw_req *req, const dw_nothing *in, trial_page *out)
{
    return DW_ALL(dw_req_ctx(req), note_all, in, &out->items);
}
DW_HANDLER(list_notes, dw_nothing, trial_page);

static dw_err forget(dw_req *req, const dw_nothing *in, trial_out *out)
{
    (void)req, (void)in;
    out->id = 1;
    out->made_at = DW_TEXT("never");
    return DW_OK; /* and nothing of the title */
}
DW_HANDLER(forget, dw_nothing, trial_out);

/* Waits in the middle of it, in the loop and in a thread. */
static void add_one(void *n)
{
    ++*(int64_t *)n;
}
static dw_err wait_a_moment(dw_req *req, const dw_nothing *in, trial_key *out)
{
    (void)in;
    out->id = 41;
    dw_err err = dw_sleep(dw_req_ctx(req), 5);
    return err != DW_OK ? err : dw_blocking(dw_req_ctx(req), add_one, &out->id, sizeof out->id);
}
DW_HANDLER(wait_a_moment, dw_nothing, trial_key);

static dw_err stream(dw_req *req, const trial_stream *in)
{
    dw_err err = dw_reply_begin(req, 200, DW_TEXT("text/plain"), -1);

    for (int64_t i = 0; err == DW_OK && i < in->pieces; i++)
        err = dw_reply_write(req, "0123456789", 10);
    return err != DW_OK ? err : dw_reply_end(req);
}
DW_RAW(stream, trial_stream);

static dw_err swallow(dw_req *req, const dw_nothing *in)
{
    char piece[8192];
    size_t got, all = 0;
    dw_err err;

    (void)in;
    do {
        err = dw_req_read(req, piece, sizeof piece, &got);
        all += got;
    } while (err == DW_OK && got > 0);
    return err != DW_OK ? err : dw_reply_json(req, 200, dw_format(dw_req_ctx(req), "{\"bytes\":%zu}", all));
}
DW_RAW(swallow, dw_nothing);

static dw_err echo(dw_req *req, const dw_nothing *in)
{
    dw_text said = dw_req_header(req, "x-said");

    (void)in;
    return dw_reply_json(req, 200, dw_format(dw_req_ctx(req), "\"%.*s\"", DW_FMT(said)));
}
DW_RAW(echo, dw_nothing);

static const dw_route trial_routes[] = {
    DW_POST("/notes", make_note, DW_ANY_USER),
    DW_GET("/notes/{id}", show_note, DW_ANY_USER),
    DW_GET("/notes", list_notes, DW_ROLES(keeper)),
    DW_GET("/forget", forget, DW_PUBLIC("for the test")),
    DW_GET("/wait", wait_a_moment, DW_PUBLIC("for the test")),
    DW_GET("/stream", stream, DW_PUBLIC("for the test")),
    DW_PUT("/swallow", swallow, DW_PUBLIC("for the test"), .raw = "takes what comes", .max_body = 16 << 20),
    DW_GET("/echo", echo, DW_PUBLIC("for the test")),
};
static const dw_blueprint trial_v1 = DW_BLUEPRINT("/v1", trial_routes);

static const char trial_sql[] =
    "CREATE TABLE people (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, roles INTEGER NOT NULL) STRICT;"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES people (id),"
    " title TEXT NOT NULL, made_at TEXT NOT NULL) STRICT;"
    "INSERT INTO people VALUES (1, 'ann', 0), (2, 'ben', 1)";
static const dw_migration trial_migrations[] = {{1, "notes", trial_sql, sizeof trial_sql - 1, NULL, 0}, {0}};

static const dw_app trial_app = {
    .name = "trial",
    .version = "1",
    .roles = trial_roles,
    .migrations = trial_migrations,
    .owned = (const dw_owned[]){DW_OWNED(notes, owner), {0}},
    .principal = &person_of,
    .blueprints = (const dw_blueprint *const[]){&trial_v1, NULL},
};

#endif
