// Multiples of a floating point number are a trap: a decimal has them.
// expect: multiple_of
#include <dw/dw.h>

DW_SCHEMA(note, (double, price, .multiple_of = 0.05));
