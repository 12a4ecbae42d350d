/* auth/jwks.c -- /.well-known/jwks.json: the public keys of our access tokens, for whoever verifies them (RFC 7517, RFC 8037).
 *
 * All keys of SIGNING_KEYS are listed, also those behind the first, so that a key is known before it signs.  Must never: list a shared key. */
#include "auth/token.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "codec/base64.h"
#include <dw/req.h>
#include <dw/token.h>

/* Of one key: its id and 32 bytes, and the words around them. */
#define KEY_MAX ((size_t)256)

static void put_key(struct buf *b, const struct token_signer *signer)
{
    char x[DW__BASE64URL_SIZE(DW__ED25519_PUBLIC)];

    dw__buf_lit(b, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"use\":\"sig\",\"kid\":\"");
    dw__buf_put(b, signer->kid, sizeof signer->kid);
    dw__buf_lit(b, "\",\"x\":\"");
    dw__buf_put(b, x, dw__base64url_encode(signer->public_key, sizeof signer->public_key, x));
    dw__buf_lit(b, "\"}");
}

static dw_err jwks(dw_req *req, const dw_nothing *in)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const struct token_keys *keys = ctx->services->tokens;
    const struct token_signer *signer;
    struct buf b;

    (void)in;
    if (keys == NULL)
        return DW_UNAVAILABLE;
    dw__buf_init(&b, ctx->arena, KEY_MAX * DW__KEYRING_MAX);
    dw__buf_lit(&b, "{\"keys\":[");
    for (size_t i = 0; (signer = dw__token_signer_at(keys, i)) != NULL; i++) {
        if (signer->alg != TOKEN_EDDSA)
            return DW_NOT_FOUND;
        if (i > 0)
            dw__buf_lit(&b, ",");
        put_key(&b, signer);
    }
    dw__buf_lit(&b, "]}");
    return b.failed ? DW_UNAVAILABLE : dw_reply_json(req, 200, (dw_text){b.p, b.n});
}

static dw_err jwks_call(dw_req *req, const void *in, void *out)
{
    (void)out;
    return jwks(req, in);
}

const dw_handler dw_jwks_handler = {"dw_jwks", jwks_call, &dw_nothing_schema, NULL, NULL};
