// Undeclared fields cannot be let in by a flag.
// werror: yes
// expect: integer|pointer
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, n));
DW_OPTIONS(note, .unknown = true);
