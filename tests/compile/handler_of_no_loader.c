// A handler that is given something says by whom.
// expect: _Generic|compatible
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(card_by_id, card_key, card, "SELECT id, title FROM cards WHERE id = :id AND owner = :me");
DW_LOADER(card_of_path, card_key, card, card_by_id);
static dw_err show(dw_req *req, const card *it, const dw_nothing *in, card *out)
{
    (void)req, (void)it, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(show, dw_nothing, card);
