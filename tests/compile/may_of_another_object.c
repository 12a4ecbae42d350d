// A policy of cards does not judge others.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(card_by_id, card_key, card, "SELECT id, title FROM cards WHERE id = :id AND owner = :me");
DW_LOADER(card_of_path, card_key, card, card_by_id);
static dw_err judge(dw_ctx *ctx, const dw_principal *who, const other *it)
{
    (void)ctx, (void)who, (void)it;
    return DW_OK;
}
DW_POLICY(may_see, other, judge, "whoever may see it");
const dw_may *may = DW_MAY((may_see, card_of_path));
