/* guard/api_key.h -- what other guards must know of keys. */
#ifndef DW_GUARD_API_KEY_H
#define DW_GUARD_API_KEY_H

#include <dw/types.h>

/* Whether an Authorization header has a key and nothing else. */
bool dw__is_api_key_field(dw_text authorization);

#endif
