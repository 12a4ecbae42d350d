// An application's own settings, declared and read.
#include <dw/dw.h>

DW_SETTINGS(shop_settings,
    (int64_t,   page_size,     DW_RANGE(1, 100), DW_DEFAULT(20), .doc = "Orders in a page."),
    (dw_secret, mail_password, .optional = true, .doc = "What the mail server asks for."));

int64_t page_size(dw_ctx *ctx);
int64_t page_size(dw_ctx *ctx)
{
    const shop_settings *s = DW_SETTINGS_OF(ctx, shop_settings);

    return s->page_size;
}

extern const dw_app shop;
const dw_app shop = {.name = "shop", .settings = &shop_settings_table};
