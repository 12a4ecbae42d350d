// … and until a day.
// expect: the_day_is_written_as_2027_06_30
#include <dw/dw.h>

const dw_accepted accepted[] = {DW_ACCEPT("settings.audit-missing", "the machine has one", "never"), {0}};
