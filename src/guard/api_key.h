/* guard/api_key.h -- what other guards must know of keys. */
#ifndef DW_GUARD_API_KEY_H
#define DW_GUARD_API_KEY_H

#include "http/request.h"

/* Whether an Authorization header has a key and nothing else. */
bool dw__is_api_key_field(dw_text authorization);
/* The key that a request has, whether it is good or not; empty where there is none. */
dw_text dw__api_key_sent(const dw_req *req);

#endif
