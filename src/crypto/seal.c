/* crypto/seal.c -- nonce, then what libsodium makes of it. See seal.h. */
#include "crypto/seal.h"

#include <sodium.h>
#include <string.h>

#define NONCE ((size_t)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == DW__SEAL_KEY, "a key is a key");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES ==
                   DW__SEAL_MORE,
               "nonce and tag");

void dw__seal(const uint8_t key[static DW__SEAL_KEY], dw_bytes context, dw_bytes plain, uint8_t *out)
{
    randombytes_buf(out, NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain.p, plain.n, context.p,
                                                     context.n, NULL, out, key);
}

dw_err dw__unseal(const uint8_t key[static DW__SEAL_KEY], dw_bytes context, dw_bytes sealed, uint8_t *out)
{
    if (sealed.n < DW__SEAL_MORE)
        return DW_UNAUTHENTICATED;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.p + NONCE, sealed.n - NONCE,
                                                   context.p, context.n, sealed.p, key) == 0)
        return DW_OK;
    sodium_memzero(out, sealed.n - DW__SEAL_MORE);
    return DW_UNAUTHENTICATED;
}
