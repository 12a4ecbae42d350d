/* http/html_text.c -- text from anywhere, for a page that a handler writes itself. */
#include "base/ctx.h"
#include "codec/html_escape.h"
#include <dw/req.h>

/* A character becomes five at most. */
#define GROWTH 5u

dw_text dw_html_escape(dw_ctx *ctx, dw_text text)
{
    struct buf b;
    if (text.n > SIZE_MAX / GROWTH)
        return (dw_text){NULL, 0};
    dw__buf_init(&b, ctx->arena, text.n * GROWTH);
    dw__html_escape(&b, text);
    return b.failed ? (dw_text){NULL, 0} : (dw_text){b.p, b.n};
}
