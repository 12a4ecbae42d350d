/* http/shut.h -- a request while somebody has it who may look and not act: error handlers, loaders, guards of the application. */
#ifndef DW_HTTP_SHUT_H
#define DW_HTTP_SHUT_H

#include "http/request.h"

/* What the request was before. */
struct http_shut {
    const struct http_stream_ops *ops;
    struct http_reply reply;
    bool read_only;
};

/* From now on the body cannot be read, functions of dw_reply_… but dw_reply_header are DW_INTERNAL, and the database is read-only. */
struct http_shut dw__req_shut(dw_req *req);
/* All is as it was, and nothing of the reply has changed but the headers that were added. */
void dw__req_open(dw_req *req, const struct http_shut *before);

#endif
