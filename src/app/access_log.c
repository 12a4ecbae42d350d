/* app/access_log.c -- the access line. Must never: hold the query string, a header's value or a body; be left out because a client
 * made it too long. */
#include "app/access_log.h"

#include "base/log.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "route/plan.h"

#define LINE_MAX_BYTES 16384
#define PATH_MAX_BYTES 4096 /* escaped at most three times as long: the line has room for it */

void dw__access_log(const dw_req *req)
{
    struct log *log = req->ctx.services->log;
    char line[LINE_MAX_BYTES];
    struct buf b;

    if (!dw__log_wants(log, DW_LOG_LEVEL_INFO))
        return;
    dw__buf_init_fixed(&b, line, sizeof line);
    DW__LOG_BEGIN(&b, &req->ctx, DW_LOG_LEVEL_INFO, "access", "request");
    DW__LOG_PLAIN(&b, "method", req->head.method_text);
    DW__LOG_TEXT(&b, "path", dw__utf8_cut(req->path, PATH_MAX_BYTES));
    if (req->path.n > PATH_MAX_BYTES)
        DW__LOG_UINT(&b, "path_bytes", req->path.n);
    DW__LOG_UINT(&b, "status", req->reply.state == REPLY_NONE ? 0 : (unsigned)req->reply.status);
    DW__LOG_UINT(&b, "bytes_in", req->body_read);
    DW__LOG_UINT(&b, "bytes_out", req->reply.body_bytes);
    DW__LOG_UINT(&b, "us", (req->ctx.clock->mono_ns - req->begun_ns) / 1000);
    DW__LOG_PLAIN(&b, "peer", req->via.p != NULL ? req->via : req->peer.text);
    if (req->via.p != NULL)
        DW__LOG_PLAIN(&b, "client", req->peer.text);
    if (req->ctx.statements != NULL)
        DW__LOG_UINT(&b, "statements", req->ctx.statements->total);
    if (req->ctx.principal != NULL)
        DW__LOG_TEXT(&b, "user", req->ctx.principal->uid);
    if (req->outcome != DW_OK)
        DW__LOG_PLAIN(&b, "code", dw__text_of(dw_err_code(req->outcome)));
    dw__log_end(log, &b);
}
