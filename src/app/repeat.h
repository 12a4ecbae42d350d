/* app/repeat.h -- what an Idempotency-Key stands for: the first outcome, kept with the writes that made it. */
#ifndef DW_APP_REPEAT_H
#define DW_APP_REPEAT_H

#include "http/request.h"
#include <dw/repeat.h>

/* A reply that is made and not sent. */
struct made {
    int status;
    dw_text type, body;
};

/* Makes the reply to a request, or returns the error that it is; may be called several times. */
struct maker {
    dw_err (*make)(const void *self, dw_req *req, struct made *made);
    const void *self;
};

/* The key that the request has, {NULL, 0} when it has none. DW_BAD_REQUEST, with a sentence, for one that cannot be. */
DW_MUST dw_err dw__repeat_key(dw_req *req, dw_text *key);
/* What has been kept for `key` and this very request (its `body` was read), or what maker->make makes of it, which is then kept.  Not DW_OK: the error is
 * the reply, whoever made it. */
DW_MUST dw_err dw__repeat_make(const dw_repeats *repeats, dw_req *req, dw_text key, dw_text body,
                               const struct maker *maker, struct made *made);

#endif
