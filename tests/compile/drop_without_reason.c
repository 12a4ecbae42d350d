// Fields that are passed over take a reason.
// expect: the_reason_has_at_least_8_characters
#include <dw/dw.h>

DW_SCHEMA(note, (int64_t, n));
DW_OPTIONS(note, .unknown = DW_DROP("legacy"));
