// A loader is made of a statement; a function has DW_LOADER_FN.
// expect: load_in|undeclared|unknown type
#include <dw/dw.h>

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (dw_text, title));
DW_SCHEMA(other, (dw_text, name));
static dw_err load(dw_req *req, const card_key *key, card *out)
{
    (void)req, (void)key, (void)out;
    return DW_OK;
}
DW_LOADER(card_of_path, card_key, card, load);
