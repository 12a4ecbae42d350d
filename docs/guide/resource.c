/* resource.c -- notes, a whole resource: listed, made, read, changed and deleted, each only by the one whose it is. */
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 100), .doc = "What it is about"), (dw_text, body, DW_LEN(1, 5000)));
DW_SCHEMA(note_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));
DW_PARTIAL(note_part, note);
DW_SCHEMA(note_change, (note_key, key, .flat = true), (note_part, set, .flat = true));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title), (dw_text, body), (dw_text, changed_at));
DW_PAGE(note_page, note_out);
DW_SCHEMA(note_list,
    (int64_t, limit,  DW_RANGE(1, 100), .optional = true, .doc = "Notes in a page; 20 when absent"),
    (dw_text, cursor, DW_LEN(1, 700),   .optional = true, .doc = "The `next` of the page before"),
    (dw_text, sort,   DW_LEN(1, 20),    .optional = true, .doc = "id or title; -id or -title for the other way round"));
DW_SCHEMA(page_in, (int64_t, n), (int64_t, after_id), (dw_text, after_title));

#define COLUMNS "id, title, body, changed_at"
DW_ORDERED(note_rows, page_in, note_out, "SELECT " COLUMNS " FROM notes WHERE owner = :me", id, title);
DW_QUERY(note_insert, note, note_out,
    "INSERT INTO notes (owner, title, body, changed_at) VALUES (:me, :title, :body, :now) RETURNING " COLUMNS);
DW_QUERY(note_by_id, note_key, note_out, "SELECT " COLUMNS " FROM notes WHERE id = :id AND owner = :me");
DW_QUERY(note_update, note_change, note_out,
    "UPDATE notes SET title = coalesce(:title, title), body = coalesce(:body, body), changed_at = :now"
    " WHERE id = :id AND owner = :me RETURNING " COLUMNS);
DW_QUERY(note_delete, note_key, note_key, "DELETE FROM notes WHERE id = :id AND owner = :me RETURNING id");

static dw_err list_notes(dw_req *req, const note_list *in, note_page *out) {
    page_in page = {.n = in->has.limit ? in->limit : 20};
    return DW_PAGE_OF(dw_req_ctx(req), note_rows, in->sort, in->cursor, &page, out);
}
DW_HANDLER(list_notes, note_list, note_page);

static dw_err make_note(dw_req *req, const note *in, note_out *out) { return DW_ONE(dw_req_ctx(req), note_insert, in, out); }
DW_HANDLER(make_note, note, note_out);

static dw_err read_note(dw_req *req, const note_key *in, note_out *out) { return DW_ONE(dw_req_ctx(req), note_by_id, in, out); }
DW_HANDLER(read_note, note_key, note_out);

static dw_err change_note(dw_req *req, const note_change *in, note_out *out) { return DW_ONE(dw_req_ctx(req), note_update, in, out); }
DW_HANDLER(change_note, note_change, note_out);

static dw_err delete_note(dw_req *req, const note_key *in, dw_nothing *out) {
    note_key gone;
    (void)out;
    return DW_ONE(dw_req_ctx(req), note_delete, in, &gone); /* DW_NOT_FOUND when there is none of mine */
}
DW_HANDLER(delete_note, note_key, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/notes", list_notes, DW_ANY_USER, .doc = "My notes, page by page"),
    DW_POST("/notes", make_note, DW_ANY_USER, .doc = "A new note"),
    DW_GET("/notes/{id}", read_note, DW_ANY_USER, .doc = "One of my notes"),
    DW_PATCH("/notes/{id}", change_note, DW_ANY_USER, .doc = "Change what is sent of my note"),
    DW_DELETE("/notes/{id}", delete_note, DW_ANY_USER, .doc = "Delete my note"),
};
const dw_blueprint notes = DW_BLUEPRINT("/api", routes, .doc = "What people write down for themselves");
