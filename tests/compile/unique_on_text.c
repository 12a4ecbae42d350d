// Only elements of a list can be unique.
// expect: unique
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, .unique = true));
