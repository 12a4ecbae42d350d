/* http/json_text.c -- JSON that a handler has as text, checked and written anew into its context. */
#include "base/buf.h"
#include "base/ctx.h"
#include "codec/json.h"
#include <dw/req.h>

/* A control character of one byte becomes six at most. */
#define GROWTH 6u

dw_err dw_json_rewrite(dw_ctx *ctx, dw_text json, dw_text *out)
{
    struct buf b;
    size_t error_at = 0;
    *out = (dw_text){0};
    if (json.n > SIZE_MAX / GROWTH)
        return DW_TOO_LARGE;
    dw__buf_init(&b, ctx->arena, json.n * GROWTH);
    dw_err err = dw__json_rewrite(json, &b, &error_at);
    if (err == DW_OK)
        *out = (dw_text){b.p, b.n};
    return err;
}
