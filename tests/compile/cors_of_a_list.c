// A rule is a dw_cors, with its reason; a list of origins is none.
// expect: incompatible
// werror: yes
#include <dw/dw.h>

enum { role_viewer, role_editor };
DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
static dw_err show(dw_req *req, const note_key *in, note_out *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(show, note_key, note_out);

const dw_route routes[] = {DW_GET("/{id}", show, DW_ANY_USER, .cors = DW_ORIGINS("https://shop.example"))};
