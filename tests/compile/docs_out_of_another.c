// What comes out of a collection is one of its documents.
// expect: not compatible with any
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars), (double, weight));
DW_SCHEMA(other, (dw_text, title));
DW_COLLECTION(notes, note, title, stars);
DW_COLLECTION(others, other, title);

dw_err get(dw_ctx *ctx, others_doc *out);
dw_err get(dw_ctx *ctx, others_doc *out)
{
    return DW_DOC_GET(ctx, notes, DW_TEXT("a"), out);
}
