// SQL is a literal: a variable can hold what a client sent.
// expect: expected
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));

static const char sql[] = "SELECT 1";
DW_QUERY(note_by_id, note_key, note_out, sql);
