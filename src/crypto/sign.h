/* crypto/sign.h -- our own signatures: Ed25519 (RFC 8032).
 *
 * By libsodium: no allocation, half the time of libcrypto, and the secret stays in locked memory. */
#ifndef DW_CRYPTO_SIGN_H
#define DW_CRYPTO_SIGN_H

#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

#define DW__ED25519_SEED 32
#define DW__ED25519_PUBLIC 32
#define DW__ED25519_SIGNATURE 64

/* A private key in locked memory. May be used by several threads. */
struct sign_key;

/* From a seed, which the caller wipes. DW_UNAVAILABLE without (lockable) memory. */
DW_MUST dw_err dw__sign_key_new(struct sign_key **out, const uint8_t seed[static DW__ED25519_SEED]);
void dw__sign_key_free(struct sign_key *key);
void dw__sign_key_public(const struct sign_key *key, uint8_t out[static DW__ED25519_PUBLIC]);
/* Signs `message`. DW_INTERNAL when the library fails; `out` is then zeroed. */
DW_MUST dw_err dw__sign(const struct sign_key *key, dw_bytes message,
                        uint8_t out[static DW__ED25519_SIGNATURE]);

/* DW_OK when `signature` is exactly 64 bytes and good for `message` under `public_key`; DW_UNAUTHENTICATED
 * when not, also for non-canonical values and points of small order. */
DW_MUST dw_err dw__sign_verify(const uint8_t public_key[static DW__ED25519_PUBLIC], dw_bytes message,
                               dw_bytes signature);

#endif
