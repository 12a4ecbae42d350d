// Bounds of bytes the wrong way round.
// expect: the_bounds_are_reversed
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, title, DW_BYTES(9, 1)));
