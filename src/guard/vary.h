/* guard/vary.h -- what of a request an answer that may be kept depends on. */
#ifndef DW_GUARD_VARY_H
#define DW_GUARD_VARY_H

#include "http/request.h"

/* Says in Vary which fields of the request this answer may depend on, where it does on any. False when that cannot be said: then the answer must not be kept. */
DW_MUST bool dw__vary_say(dw_req *req);

#endif
