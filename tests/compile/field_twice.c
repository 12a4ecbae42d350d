// Two fields of one name.
// expect: duplicate member|redefinition
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_text, title), (dw_text, title));
