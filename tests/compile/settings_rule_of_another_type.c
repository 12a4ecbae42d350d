// A setting has the rules of its type, as a field has.
// expect: len_min
#include <dw/dw.h>

DW_SETTINGS(shop_settings, (int64_t, page_size, DW_LEN(1, 3), .doc = "Orders in a page."));
