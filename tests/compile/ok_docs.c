// Documents, each call of them, and every kind of field that they are found by.
#include <dw/dw.h>
DW_ENUM(color, red, green);
DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars), (bool, pinned), (color, hue), (dw_date, due, .optional = true));
DW_PARTIAL(note_part, note);
DW_COLLECTION(notes, note, title, stars, pinned, hue, due);
DW_SHARED_COLLECTION(prices, note, title);
dw_err a(dw_ctx *ctx, dw_req *req, dw_text id, const note *v, const note_part *p, notes_doc *out, notes_page *page);
dw_err a(dw_ctx *ctx, dw_req *req, dw_text id, const note *v, const note_part *p, notes_doc *out, notes_page *page)
{
    const dw_err all[] = {
        DW_DOC_GET(ctx, notes, id, out),
        DW_DOC_ADD(ctx, notes, id, v, out),
        DW_DOC_SET(ctx, notes, id, v, out),
        DW_DOC_SET_AT(ctx, notes, id, 3, v, out),
        DW_DOC_MERGE(ctx, notes, id, p, out),
        DW_DOC_MERGE_AT(ctx, notes, id, out->version, p, out),
        DW_DOC_DELETE(ctx, notes, id),
        DW_DOC_DELETE_AT(ctx, notes, id, 4),
        DW_DOCS_FIND(ctx, notes, title, v->title, DW_TEXT(""), 10, page),
        DW_DOCS_FIND(ctx, notes, title, DW_TEXT("x"), DW_TEXT(""), 10, page),
        DW_DOCS_FIND(ctx, notes, stars, 5, DW_TEXT(""), 10, page),
        DW_DOCS_FIND(ctx, notes, stars, v->stars, DW_TEXT(""), 10, page),
        DW_DOCS_FIND(ctx, notes, pinned, true, DW_TEXT(""), 10, page),
        DW_DOCS_FIND(ctx, notes, hue, color_red, DW_TEXT(""), 10, page),
        DW_DOCS_FIND(ctx, notes, due, v->due, DW_TEXT(""), 10, page),
        DW_DOCS_LIST(ctx, notes, id, id, 10, page),
        DW_DOCS_EACH(ctx, notes, id, NULL, NULL),
        DW_REPLY_DOCS(req, notes, id),
        DW_REPLY_DOCS_WHERE(req, notes, title, v->title),
    };

    return all[0];
}
