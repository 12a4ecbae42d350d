// A fault at a member that there is not.
// expect: no member named
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, from), (int64_t, to));
static void rules(const note *n, dw_faults *faults)
{
    DW_FAULT_AT(faults, n->until, "order", "Must be after `from`.");
}
DW_CHECK(note, rules);
