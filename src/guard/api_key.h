/* guard/api_key.h -- what other guards must know of keys. */
#ifndef DW_GUARD_API_KEY_H
#define DW_GUARD_API_KEY_H

#include "guard/guard.h"

/* Whether an Authorization header has a key and nothing else. */
bool dw__is_api_key_field(dw_text authorization);
/* Whether a request has one key that verifies, of an account that is there. The request has no caller by that. */
bool dw__api_key_is_somebody(const struct guard_env *env, dw_req *req);
/* The key that a request has, whether it is good or not; empty where there is none. */
dw_text dw__api_key_sent(const dw_req *req);

#endif
