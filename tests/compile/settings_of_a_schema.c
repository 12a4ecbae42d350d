// What is no DW_SETTINGS is not set by anybody.
// expect: page_in_table
#include <dw/dw.h>

DW_SCHEMA(page_in, (int64_t, page));

int64_t page_of(dw_ctx *ctx);
int64_t page_of(dw_ctx *ctx)
{
    return DW_SETTINGS_OF(ctx, page_in)->page;
}
