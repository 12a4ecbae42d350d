// The numbers of an application's errors are its own.
// expect: an_error_of_an_application_is_1000_to_1999
#define DW_APP_ERRORS(X) X(SOLD_OUT, 999, 409, "sold_out", "There is none left")
#include <dw/dw.h>
