/* auth/link_token.c -- what is sent by mail to be sent back: 256 random bits, of which only a digest is stored.
 *
 * Nobody guesses such a token, so its digest needs neither salt nor work, and may be what it is looked up by. */
#include "base/ctx.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/hash.h"

#define BYTES 32u
#define CHARS DW__BASE64URL_SIZE(BYTES)

static dw_err digest_of(dw_ctx *ctx, const uint8_t random[static BYTES], dw_text *digest)
{
    uint8_t sha256[DW__SHA256_SIZE];
    char hex[2 * DW__SHA256_SIZE];
    dw_err err = dw__sha256((dw_bytes){random, BYTES}, sha256);

    *digest = (dw_text){NULL, 0};
    if (err != DW_OK)
        return err;
    dw__hex_encode(sha256, sizeof(sha256), hex);
    *digest = dw__arena_text(ctx->arena, (dw_text){hex, sizeof(hex)});
    return digest->p != NULL ? DW_OK : DW_UNAVAILABLE;
}

dw_err dw_link_token_new(dw_ctx *ctx, dw_text *token, dw_text *digest)
{
    uint8_t random[BYTES];
    char text[CHARS];
    dw_err err;

    dw_random(random, sizeof(random));
    err = digest_of(ctx, random, digest);
    (void)dw__base64url_encode(random, sizeof(random), text);
    *token = dw__arena_text(ctx->arena, (dw_text){text, sizeof(text)});
    dw__wipe(random, sizeof(random));
    dw__wipe(text, sizeof(text));
    return err == DW_OK && token->p == NULL ? DW_UNAVAILABLE : err;
}

dw_err dw_link_token_digest(dw_ctx *ctx, dw_secret token, dw_text *digest)
{
    uint8_t random[BYTES];
    size_t n;
    dw_err err = DW_NOT_FOUND;

    *digest = (dw_text){NULL, 0};
    if (dw__base64url_decode((dw_text){token.p, token.n}, random, sizeof(random), &n) && n == sizeof(random))
        err = digest_of(ctx, random, digest);
    dw__wipe(random, sizeof(random));
    return err;
}
