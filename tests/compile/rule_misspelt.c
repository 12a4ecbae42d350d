// A rule that there is not.
// expect: optionl
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_text, title, .optionl = true));
