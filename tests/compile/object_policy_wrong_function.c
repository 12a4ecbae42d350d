// A policy judges its object.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
static dw_err judge(dw_ctx *ctx, const dw_principal *who, const card *it)
{
    (void)ctx, (void)who, (void)it;
    return DW_OK;
}
DW_POLICY(may_see, other, judge, "whoever may see it");
