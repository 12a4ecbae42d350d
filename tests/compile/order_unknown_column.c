// An order is one of the fields of the output.
// expect: no member named .*created
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, id), (dw_text, title));
DW_SCHEMA(page_in, (int64_t, after_id), (dw_text, after_created), (int64_t, n));
DW_ORDERED(notes, page_in, note, "SELECT id, title FROM notes WHERE 1", id, created);

int main(void)
{
    return notes.n == 0;
}
