// There is no such loader.
// expect: undeclared|unknown type
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(card_by_id, card_key, card, "SELECT id, title FROM cards WHERE id = :id AND owner = :me");

const card *find(dw_req *req)
{
    return DW_LOADED(req, card_of_path);
}
