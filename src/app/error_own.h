/* app/error_own.h -- what an application's own handler makes of an error. */
#ifndef DW_APP_ERROR_OWN_H
#define DW_APP_ERROR_OWN_H

#include "app/error_shape.h"

struct own_reply {
    dw_text content_type, body;
};

/* Asks the closest handler of the application for `facts`; it may have added headers then. False, the reply as it was before, when there is none, when
 * the request was canceled, or it failed: that is an event error_handler.failed. */
bool dw__error_own(dw_req *req, const struct error_facts *facts, enum error_shape shape,
                   struct own_reply *own);
/* Its reply could not be sent after all: the event, and the reply as it was with `n_extra` headers. */
void dw__error_own_failed(dw_req *req, const struct error_facts *facts, enum error_shape shape,
                          size_t n_extra);

#endif
