// A length goes upward.
// expect: the_bounds_are_reversed
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_text, title, DW_LEN(5, 1)));
