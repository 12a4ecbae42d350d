// An error has the status of an error.
// expect: the_status_of_an_error_is_400_to_599
#define DW_APP_ERRORS(X) X(SOLD_OUT, 1000, 200, "sold_out", "There is none left")
#include <dw/dw.h>
