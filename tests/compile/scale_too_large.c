// A decimal has 18 digits.
// expect: a_decimal_has_at_most_18_digits
#include <dw/dw.h>

DW_SCHEMA(note, (dw_decimal, price, DW_SCALE(19)));
