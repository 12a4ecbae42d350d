/* http/trailer.h -- what comes behind a chunked body, where a route wants it (RFC 9110 §6.5, RFC 9112 §7.1.2).
 *
 * The decoder has checked the lines; here they are only looked through.  They are never merged with the head: nobody who judged the head has
 * seen them. */
#ifndef DW_HTTP_TRAILER_H
#define DW_HTTP_TRAILER_H

#include "http/request.h"

/* Has the trailers of `req` kept, in its memory. DW_UNAVAILABLE without any. */
DW_MUST dw_err dw__trailers_keep(dw_req *req);

/* The value of `name` (lower case) among `lines`, as dw__h1_body_next puts them down; {NULL, 0} when they are not complete, when there is
 * none or there are several, and for a name that may not be in a trailer. */
dw_text dw__trailer_find(dw_text lines, dw_text name);

#endif
