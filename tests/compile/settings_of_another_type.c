// The accessor gives the type that it was asked for.
// expect: incompatible pointer type
// werror: yes
#include <dw/dw.h>

DW_SETTINGS(shop_settings, (int64_t, page_size, DW_DEFAULT(20), .doc = "Orders in a page."));
DW_SCHEMA(other, (int64_t, page_size));

int64_t page_of(dw_ctx *ctx);
int64_t page_of(dw_ctx *ctx)
{
    const other *s = DW_SETTINGS_OF(ctx, shop_settings);

    return s->page_size;
}
