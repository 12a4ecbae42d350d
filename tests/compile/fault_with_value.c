// A sentence that is no literal could hold what the client sent.
// expect: expected|string literal
#include <dw/dw.h>

static void taken(dw_text v, dw_faults *faults)
{
    DW_FAULT(faults, "taken", v.p);
}
DW_SCHEMA(note, (dw_text, name, .check = taken));
