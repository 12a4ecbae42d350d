// A check that takes another type than its field.
// werror: yes
// expect: incompatible
#include <dw/dw.h>

static void even(double v, dw_faults *faults)
{
    (void)v, (void)faults;
}
DW_SCHEMA(note, (int64_t, n, .check = even));
