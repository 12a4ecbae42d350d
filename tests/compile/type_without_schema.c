// A C type that has no schema.
// expect: int32_t_
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (int32_t, size));
