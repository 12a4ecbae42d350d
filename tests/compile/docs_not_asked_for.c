// Documents are found by the fields that the collection names, which have an index.
// expect: asked_for_body
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars), (double, weight));
DW_SCHEMA(other, (dw_text, title));
DW_COLLECTION(notes, note, title, stars);

dw_err find(dw_ctx *ctx, notes_page *out);
dw_err find(dw_ctx *ctx, notes_page *out)
{
    return DW_DOCS_FIND(ctx, notes, body, DW_TEXT("x"), DW_TEXT(""), 10, out);
}
