// An error is looked at.
// expect: warn_unused_result|unused-result
// werror: yes
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(note_by_id, note_key, note_out, "SELECT id, title FROM notes WHERE id = :id");

void find(dw_ctx *ctx, const note_key *in, note_out *out)
{
    DW_ONE(ctx, note_by_id, in, out);
}
