/* guard/bearer.h -- what other guards must know of access tokens. */
#ifndef DW_GUARD_BEARER_H
#define DW_GUARD_BEARER_H

#include "guard/guard.h"

/* Whether a request has a token that verifies, of an account and a sign-in that are there: for who asks nobody, and wants to know whether it is somebody.
 * The request has no caller by that. A token that does not verify is charged to its address as anywhere. */
bool dw__bearer_is_somebody(const struct guard_env *env, dw_req *req);

#endif
