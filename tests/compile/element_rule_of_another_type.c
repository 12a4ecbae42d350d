// The rule of a text for an element that is a number.
// expect: len_min
#include <dw/dw.h>

DW_LIST(tags, int64_t, DW_LEN(1, 9));
