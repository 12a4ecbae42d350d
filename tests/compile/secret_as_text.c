// A secret is no text: it cannot be put into a reply by mistake.
// expect: incompatible|assigning
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));

void leak(const dw_secret *password, note_out *out)
{
    out->title = *password;
}
