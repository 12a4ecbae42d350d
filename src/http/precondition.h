/* http/precondition.h -- what precondition.c knows and replies in parts need. */
#ifndef DW_HTTP_PRECONDITION_H
#define DW_HTTP_PRECONDITION_H

#include "http/request.h"

/* The value of a field that may come once: {NULL, 0} when it did not come, and text of no length, which is no value of any such field, when
 * it came twice. `name` in lower case. */
dw_text dw__req_single_field(const dw_req *req, dw_text name);

/* Whether Range may be looked at: there is no If-Range, or it names what is there `now`. */
bool dw__if_range_holds(const dw_req *req, const dw_validators *now);

#endif
