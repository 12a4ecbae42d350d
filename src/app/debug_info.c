/* app/debug_info.c -- the reason and the backtrace that production never shows.
 *
 * Both the peer and the Host must be loopback: a page elsewhere that a developer's browser visits can reach 127.0.0.1, but not
 * under that name. */
#include "app/debug_info.h"

#include <execinfo.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"

#define FRAMES_MAX 32

static bool host_is_loopback(dw_text host)
{
    static const dw_text names[] = {DW_TEXT_INIT("localhost"), DW_TEXT_INIT("127.0.0.1"),
                                    DW_TEXT_INIT("[::1]")};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dw__text_starts(host, names[i]) && (host.n == names[i].n || host.p[names[i].n] == ':'))
            return true;
    return false;
}

static void put_backtrace(void *const *frames, int n, struct buf *b)
{
    char **symbols = backtrace_symbols(frames, n);

    dw__buf_lit(b, ",\"backtrace\":[");
    for (int i = 0; symbols != NULL && i < n; i++) {
        if (i > 0)
            dw__buf_putc(b, ',');
        dw__json_put_string(b, dw__text_of(symbols[i]));
    }
    dw__buf_putc(b, ']');
    free(symbols);
}

void dw__debug_members(const dw_req *req, dw_err err, struct buf *b)
{
    void *frames[FRAMES_MAX];
    dw_text reason = req->fail_internal;

    if (!req->ctx.services->development || !req->peer.loopback || !host_is_loopback(req->head.host))
        return;
    if (reason.n == 0)
        reason = dw__text_of(req->refused_why ? req->refused_why : dw_err_code(err));
    dw__buf_lit(b, ",\"debug\":{\"reason\":");
    dw__json_put_string(b, reason);
    if (req->n_fail_frames > 0)
        put_backtrace(req->fail_frames, req->n_fail_frames, b);
    else
        put_backtrace(frames, backtrace(frames, FRAMES_MAX), b);
    dw__buf_putc(b, '}');
}
