/* app/error_reply.h -- what a client sees of an error, whatever raised it. */
#ifndef DW_APP_ERROR_REPLY_H
#define DW_APP_ERROR_REPLY_H

#include "http/request.h"

/* Replies `err` as the application's own handler says, or else in the shape that the client prefers: JSON, RFC 9457 problem+json or a small HTML
 * page; RFC 6749 §5.2 where the route says so. Nothing of the inside is in it; in development a client at a loopback Host also gets
 * the reason. Status, Retry-After, Allow and the like are those of the error. What the route's handler had prepared (headers, status) is dropped. Does nothing when a reply has begun: the connection is then cut. */
void dw__error_reply(dw_req *req, dw_err err);

#endif
