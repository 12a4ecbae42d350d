// Every origin, and credentials: any site could read what its visitors may.
// expect: credentials
#include <dw/dw.h>

const dw_cors everyone = DW_CORS_ANY("public data", .credentials = true);
