/* app/error_reply.h -- what a client sees of an error, whatever raised it. */
#ifndef DW_APP_ERROR_REPLY_H
#define DW_APP_ERROR_REPLY_H

#include "http/request.h"

/* Replies `err` in the shape that the client prefers: JSON, RFC 9457 problem+json or a small HTML page; RFC 6749 §5.2 where the route says so.
 * Nothing of the inside is in it; in development a client at a loopback Host also gets the reason. What the handler had
 * prepared (headers, status) is dropped. Does nothing when a reply has begun: the connection is then cut. */
void dw__error_reply(dw_req *req, dw_err err);

#endif
