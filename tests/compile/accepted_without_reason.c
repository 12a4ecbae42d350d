// A warning is accepted with a reason.
// expect: the_reason_has_at_least_8_characters
#include <dw/dw.h>

const dw_accepted accepted[] = {DW_ACCEPT("settings.audit-missing", "later", "2027-06-30"), {0}};
