/* guard/keys.h -- the keys of a route's loaders, bound as an input is. */
#ifndef DW_GUARD_KEYS_H
#define DW_GUARD_KEYS_H

#include "codec/form.h"
#include "route/plan.h"
#include "schema/bind.h"

/* Makes req->load_keys and req->loaded, empty. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__keys_init(dw_req *req);
/* Whether a key has a field that the query gives. */
bool dw__keys_use_query(const struct route_plan *plan);
/* Binds the keys that share a parameter with the input (with_input), or the others: these take their pairs out of `query`. What is wrong joins
 * `faults`, whose notes about the input stay; DW_NOT_FOUND for a segment that spells no value. */
DW_MUST dw_err dw__keys_bind(dw_req *req, const struct route_match *match, bool with_input,
                             struct form *query, struct bind_faults *faults);

#endif
