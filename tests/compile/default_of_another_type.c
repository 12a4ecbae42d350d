// A default of another type than its field.
// werror: yes
// expect: pointer|integer
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, n, DW_DEFAULT("20")));
