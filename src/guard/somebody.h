/* guard/somebody.h -- whether a request is somebody's, for guards that treat strangers otherwise. */
#ifndef DW_GUARD_SOMEBODY_H
#define DW_GUARD_SOMEBODY_H

#include "guard/guard.h"

/* Whether who asks is known, by what its route asked for, by a session, or by what the route counts (.by): a token or key that nobody asked for is looked at
 * now, and the request has no caller by that.  One that is not good is charged to its address as anywhere.  `env` NULL: there is no route, and only a session counts. */
bool dw__is_somebody(const struct guard_env *env, dw_req *req);

#endif
