// The column that a page begins behind has the type of the column that it is ordered by.
// expect: after_title of the input has the type of title of the output
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, id), (dw_text, title));
DW_SCHEMA(page_in, (int64_t, after_id), (int64_t, after_title), (int64_t, n));
DW_ORDERED(notes, page_in, note, "SELECT id, title FROM notes WHERE 1", id, title);

int main(void)
{
    return notes.n == 0;
}
