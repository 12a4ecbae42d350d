// Only a URL has a scheme.
// expect: schemes
#include <dw/dw.h>

DW_SCHEMA(note, (dw_text, link, DW_SCHEMES("https")));
