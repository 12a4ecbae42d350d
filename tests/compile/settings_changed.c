// Settings are read, never written.
// expect: (read-only|const-qualified)
#include <dw/dw.h>

DW_SETTINGS(shop_settings, (int64_t, page_size, DW_DEFAULT(20), .doc = "Orders in a page."));

void change(dw_ctx *ctx);
void change(dw_ctx *ctx)
{
    DW_SETTINGS_OF(ctx, shop_settings)->page_size = 7;
}
