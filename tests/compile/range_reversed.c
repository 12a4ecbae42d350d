// A range goes upward.
// expect: the_bounds_are_reversed
#include <dw/dw.h>

enum { role_viewer, role_editor };

DW_SCHEMA(note, (int64_t, priority, DW_RANGE(5, 1)));
