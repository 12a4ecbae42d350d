// A route names loaders, not statements.
// expect: incompatible
// werror: yes
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
DW_QUERY(card_by_id, card_key, card, "SELECT id, title FROM cards WHERE id = :id AND owner = :me");
const dw_loader *const *loads = DW_LOADS(card_by_id);
