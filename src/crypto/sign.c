/* crypto/sign.c -- see sign.h. The expanded secret key is in a page of its own: fenced, locked, not
 * dumped, read-only. */
#include "crypto/sign.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/compare.h"

struct sign_key {
    uint8_t public_key[DW__ED25519_PUBLIC];
    uint8_t *secret; /* crypto_sign_SECRETKEYBYTES by sodium_malloc */
};

dw_err dw__sign_key_new(struct sign_key **out, const uint8_t seed[static DW__ED25519_SEED])
{
    struct sign_key *key;

    *out = NULL;
    if (sodium_init() < 0)
        return DW_INTERNAL;
    key = malloc(sizeof(*key));
    if (key == NULL)
        goto err0;
    key->secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
    if (key->secret == NULL)
        goto err1;
    if (crypto_sign_seed_keypair(key->public_key, key->secret, seed) != 0)
        goto err2;
    if (sodium_mprotect_readonly(key->secret) != 0)
        goto err2;
    *out = key;
    return DW_OK;

err2:
    sodium_free(key->secret);
err1:
    free(key);
err0:
    return DW_UNAVAILABLE;
}

void dw__sign_key_free(struct sign_key *key)
{
    if (key == NULL)
        return;
    sodium_free(key->secret); /* wipes */
    free(key);
}

void dw__sign_key_public(const struct sign_key *key, uint8_t out[static DW__ED25519_PUBLIC])
{
    memcpy(out, key->public_key, DW__ED25519_PUBLIC);
}

dw_err dw__sign(const struct sign_key *key, dw_bytes message, uint8_t out[static DW__ED25519_SIGNATURE])
{
    if (crypto_sign_detached(out, NULL, message.p, message.n, key->secret) != 0) {
        dw__wipe(out, DW__ED25519_SIGNATURE);
        return DW_INTERNAL;
    }
    return DW_OK;
}

dw_err dw__sign_verify(const uint8_t public_key[static DW__ED25519_PUBLIC], dw_bytes message,
                       dw_bytes signature)
{
    if (signature.n != DW__ED25519_SIGNATURE)
        return DW_UNAUTHENTICATED;
    if (crypto_sign_verify_detached(signature.p, message.p, message.n, public_key) != 0)
        return DW_UNAUTHENTICATED;
    return DW_OK;
}
