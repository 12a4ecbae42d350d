/* auth/token_signer.c -- see token_signer.h. */
#include "auth/token_signer.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/hash.h"

/* Bytes of a digest that are a kid. */
#define KID_BYTES 16
#define SHARED_BYTES 32

_Static_assert(DW__BASE64URL_SIZE(KID_BYTES) == DW__TOKEN_KID, "a kid has one length");

static const char *const names[TOKEN_ALGS] = {[TOKEN_EDDSA] = "EdDSA", [TOKEN_HS256] = "HS256"};
static const size_t sizes[TOKEN_ALGS] = {[TOKEN_EDDSA] = DW__ED25519_SIGNATURE, [TOKEN_HS256] = 32};

/* kid: the beginning of the SHA-256 of what may be known of the key. */
static dw_err write_header(struct token_signer *signer, dw_bytes known)
{
    uint8_t digest[DW__SHA256_SIZE];
    char json[DW__TOKEN_HEADER_MAX];
    struct buf b;
    const dw_err err = dw__sha256(known, digest);

    if (err != DW_OK)
        return err;
    (void)dw__base64url_encode(digest, KID_BYTES, signer->kid);
    dw__buf_init_fixed(&b, json, sizeof(json));
    dw__buf_lit(&b, "{\"alg\":\"");
    dw__buf_text(&b, dw__text_of(names[signer->alg]));
    dw__buf_lit(&b, "\",\"kid\":\"");
    dw__buf_put(&b, signer->kid, sizeof(signer->kid));
    dw__buf_lit(&b, "\",\"typ\":\"at+jwt\"}");
    DW__CHECK(!b.failed && DW__BASE64URL_SIZE(b.n) < sizeof(signer->header));
    signer->header_n = dw__base64url_encode(b.p, b.n, signer->header);
    signer->header[signer->header_n++] = '.';
    return DW_OK;
}

/* A process that must not sign has a part of the ring with the public half only. */
static dw_err init_eddsa(struct token_signer *signer, const struct keyring *ring, size_t index)
{
    uint8_t seed[DW__ED25519_SEED];
    dw_err err = dw__keyring_derive(ring, index, KEY_ACCESS_TOKEN, seed, sizeof(seed));

    if (err == DW_OK && (err = dw__sign_key_new(&signer->sign, seed)) == DW_OK)
        dw__sign_key_public(signer->sign, signer->public_key);
    else if (err == DW_DENIED)
        err = dw__keyring_public(ring, index, signer->public_key);
    dw__wipe(seed, sizeof(seed));
    if (err != DW_OK)
        return err;
    return write_header(signer, (dw_bytes){signer->public_key, sizeof(signer->public_key)});
}

/* What may be known of a shared key is a tag that it makes of a text that is no token: no token is without a dot. */
static dw_err init_hs256(struct token_signer *signer, const struct keyring *ring, size_t index)
{
    uint8_t key[SHARED_BYTES], tag[DW__HMAC_MAX];
    dw_err err = dw__keyring_derive(ring, index, KEY_ACCESS_TOKEN_SHARED, key, sizeof(key));

    if (err == DW_OK)
        err = dw__hmac_key_new(&signer->shared, HMAC_SHA256, (dw_bytes){key, sizeof(key)});
    dw__wipe(key, sizeof(key));
    if (err == DW_OK)
        err = dw__hmac(signer->shared, (dw_bytes){(const uint8_t *)"kid", 3}, tag);
    return err == DW_OK ? write_header(signer, (dw_bytes){tag, sizes[TOKEN_HS256]}) : err;
}

dw_err dw__token_signer_init(struct token_signer *signer, const struct keyring *ring, size_t index,
                             enum token_alg alg)
{
    *signer = (struct token_signer){.alg = alg};
    return alg == TOKEN_HS256 ? init_hs256(signer, ring, index) : init_eddsa(signer, ring, index);
}

void dw__token_signer_free(struct token_signer *signer)
{
    dw__sign_key_free(signer->sign);
    dw__hmac_key_free(signer->shared);
    *signer = (struct token_signer){0};
}

bool dw__token_signer_can_sign(const struct token_signer *signer)
{
    return signer->sign != NULL || signer->shared != NULL;
}

size_t dw__token_signature_size(enum token_alg alg)
{
    return sizes[alg];
}

dw_err dw__token_signer_sign(const struct token_signer *signer, dw_bytes message,
                             uint8_t out[static DW__TOKEN_SIGNATURE_MAX])
{
    if (!dw__token_signer_can_sign(signer))
        return DW_DENIED;
    return signer->alg == TOKEN_HS256 ? dw__hmac(signer->shared, message, out)
                                      : dw__sign(signer->sign, message, out);
}

dw_err dw__token_signer_verify(const struct token_signer *signer, dw_bytes message, dw_bytes signature)
{
    return signer->alg == TOKEN_HS256 ? dw__hmac_verify(signer->shared, message, signature)
                                      : dw__sign_verify(signer->public_key, message, signature);
}
