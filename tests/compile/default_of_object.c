// An object has no default.
// expect: no member named|no member 'def'|has no member|designator 'def'
#include <dw/dw.h>

DW_SCHEMA(inner, (int64_t, n));
DW_SCHEMA(note, (inner, i, DW_DEFAULT(1)));
