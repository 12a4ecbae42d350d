// A length is no rule of an integer.
// expect: len_min
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (int64_t, priority, DW_LEN(1, 5)));
