// What goes into a collection is of its schema.
// expect: not compatible with any
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars), (double, weight));
DW_SCHEMA(other, (dw_text, title));
DW_COLLECTION(notes, note, title, stars);

dw_err set(dw_ctx *ctx, const other *value, notes_doc *out);
dw_err set(dw_ctx *ctx, const other *value, notes_doc *out)
{
    return DW_DOC_SET(ctx, notes, DW_TEXT("a"), value, out);
}
