// A range is no rule of a text.
// expect: int_min
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_text, title, DW_RANGE(1, 5)));
