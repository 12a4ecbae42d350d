// A real number is nothing to look for: equal is not what it looks like.
// expect: a collection is asked for texts
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars), (double, weight));
DW_SCHEMA(other, (dw_text, title));
DW_COLLECTION(notes, note, title, weight);
