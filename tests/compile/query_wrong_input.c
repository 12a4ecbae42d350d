// A statement takes its own input.
// expect: note_by_id_in|_Generic|compatible
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(note_by_id, note_key, note_out, "SELECT id, title FROM notes WHERE id = :id");

dw_err find(dw_ctx *ctx, const other *in, note_out *out)
{
    return DW_ONE(ctx, note_by_id, in, out);
}
