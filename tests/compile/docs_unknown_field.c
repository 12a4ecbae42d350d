// Documents are found by fields that their schema has.
// expect: no member named .*colour
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_LEN(1, 80)), (dw_text, body, DW_LEN(0, 4000)), (int64_t, stars), (double, weight));
DW_SCHEMA(other, (dw_text, title));
DW_COLLECTION(notes, note, title, colour);
