// A check of a whole that takes another schema.
// expect: _Generic|'const struct
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, n));
DW_SCHEMA(other, (int64_t, n));
static void rules(const other *o, dw_faults *faults)
{
    (void)o, (void)faults;
}
DW_CHECK(note, rules);
