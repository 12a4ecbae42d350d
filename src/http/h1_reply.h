/* http/h1_reply.h -- the head of an HTTP/1.1 reply as bytes. Pure. */
#ifndef DW_HTTP_H1_REPLY_H
#define DW_HTTP_H1_REPLY_H

#include "http/request.h"

/* How the body is delimited and what becomes of the connection. */
struct h1_framing {
    int64_t length; /* Content-Length; -1: none is sent */
    bool chunked;
    bool close; /* Connection: close */
    bool keep;  /* Connection: keep-alive: to an HTTP/1.0 client that asked for it */
};

/* Bytes that dw__h1_reply_put needs at most. */
size_t dw__h1_reply_size(const dw_req *req);
/* Writes status line, Date, X-Request-Id, security headers, type, framing, what handler and guards added, and the empty line of req->reply at
 * `at`; returns how many bytes. */
size_t dw__h1_reply_put(char *at, const dw_req *req, const struct h1_framing *f);

#endif
