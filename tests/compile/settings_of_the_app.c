// dw_app.settings is what DW_SETTINGS gives, not any schema.
// expect: incompatible pointer type
// werror: yes
#include <dw/dw.h>

DW_SCHEMA(page_in, (int64_t, page));

extern const dw_app shop;
const dw_app shop = {.name = "shop", .settings = &page_in_schema};
