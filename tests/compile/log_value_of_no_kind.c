// A log value is a number, a text or a secret: not any pointer.
// expect: _Generic|compatible
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));

void say(dw_ctx *ctx, const note_key *key)
{
    DW_LOG_INFO(ctx, "note.seen", DW_KV(key, key));
}
