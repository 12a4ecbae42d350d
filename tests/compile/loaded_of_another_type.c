// What was loaded has the type of its loader.
// expect: incompatible
// werror: yes
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(card_by_id, card_key, card, "SELECT id, title FROM cards WHERE id = :id AND owner = :me");
DW_LOADER(card_of_path, card_key, card, card_by_id);

const other *find(dw_req *req)
{
    const other *it = DW_LOADED(req, card_of_path);

    return it;
}
