// A type that there is not.
// expect: dw_txt|int32_t
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (dw_txt, title));
