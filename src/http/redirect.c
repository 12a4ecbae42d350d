/* http/redirect.c -- sends the client elsewhere: to a path of ours, or to what guard/redirects.c finds in the application's list. */
#include "base/text.h"
#include "codec/local_target.h"
#include "http/request.h"

static dw_err send_to(dw_req *req, dw_text where)
{
    dw_text copy = dw__arena_text(&req->arena, where);
    dw_err err = copy.p != NULL ? dw__reply_header(req, DW_TEXT("Location"), copy) : DW_UNAVAILABLE;

    return err != DW_OK ? err : dw__reply_send(req, 303, (dw_text){0}, (dw_text){0});
}

dw_err dw_redirect(dw_req *req, dw_text path)
{
    if (!dw__local_target_is(path))
        return dw_req_fail_internal(req, DW_TEXT("dw_redirect: that is no path of this server"));
    return send_to(req, path);
}

dw_err dw_redirect_to(dw_req *req, dw_text url)
{
    return send_to(req, url);
}
