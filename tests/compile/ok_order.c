// Lists in a declared order, and a statement with a reason.
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, id), (dw_text, title));
DW_PAGE(note_page, note);
DW_SCHEMA(page_in, (int64_t, after_id), (dw_text, after_title), (int64_t, n));
DW_ORDERED(notes, page_in, note, "SELECT id, title FROM notes WHERE owner = :me", id, title);
DW_QUERY(note_count, dw_nothing, note, "SELECT count(*) AS id, '' AS title FROM notes", .not_owned = "a number for all");
const dw_owned owned[] = {DW_OWNED(notes, owner), {0}};

dw_err list(dw_ctx *ctx, dw_text sort, dw_text cursor, note_page *out)
{
    page_in in = {.n = 10};

    return DW_PAGE_OF(ctx, notes, sort, cursor, &in, out);
}
dw_err count(dw_ctx *ctx, note *out)
{
    return DW_ONE(ctx, note_count, &(dw_nothing){0}, out);
}
