// A field is for roles: what everybody is shown says nothing.
// expect: why
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_text, title, .visible_to = DW_PUBLIC("everybody may read it")));
