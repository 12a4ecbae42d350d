/* app/access_log.c -- the access line. Must never: hold the query string, a header's value or a body; be left out because a client
 * made it too long. */
#include "app/access_log.h"

#include "base/log.h"
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
    dw__log_begin(&b, &req->ctx, DW_LOG_LEVEL_INFO, "access", "request");
    dw__log_text(&b, "method", req->head.method_text);
    dw__log_text(&b, "path", dw__utf8_cut(req->path, PATH_MAX_BYTES));
    if (req->path.n > PATH_MAX_BYTES)
        dw__log_int(&b, "path_bytes", (int64_t)req->path.n);
    dw__log_int(&b, "status", req->reply.state == REPLY_NONE ? 0 : req->reply.status);
    dw__log_int(&b, "bytes_in", (int64_t)req->body_read);
    dw__log_int(&b, "bytes_out", (int64_t)req->reply.body_bytes);
    dw__log_int(&b, "us", (int64_t)((req->ctx.clock->mono_ns - req->begun_ns) / 1000));
    dw__log_text(&b, "peer", req->peer.text);
    if (req->ctx.principal != NULL)
        dw__log_text(&b, "user", req->ctx.principal->uid);
    if (req->outcome != DW_OK)
        dw__log_text(&b, "code",
                     (dw_text){dw_err_code(req->outcome), __builtin_strlen(dw_err_code(req->outcome))});
    dw__log_end(log, &b);
}
