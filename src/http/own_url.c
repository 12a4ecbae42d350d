/* http/own_url.c -- whole addresses of this server, for what is read elsewhere (<dw/ctx.h>). Of CANONICAL_ORIGIN: never of the Host that somebody sent. */
#include "base/ctx.h"
#include "codec/local_target.h"
#include <dw/ctx.h>

dw_text dw_url_of(dw_ctx *ctx, dw_text path)
{
    const dw_text origin = ctx->services->origin;

    if (origin.n == 0 || !dw__local_target_is(path))
        return (dw_text){NULL, 0};
    return dw_format(ctx, "%.*s%.*s", DW_FMT(origin), DW_FMT(path));
}
