/* crypto/seal.h -- bytes that only we can read and nobody can change: XChaCha20-Poly1305 (RFC 8439, with a nonce of 24 random bytes). */
#ifndef DW_CRYPTO_SEAL_H
#define DW_CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

#define DW__SEAL_KEY 32
/* So many bytes longer is what is sealed. */
#define DW__SEAL_MORE ((size_t)40)

/* Seals `plain` into out[plain.n + DW__SEAL_MORE]. `context` is bound to it, and not in it: it opens only with the same. */
void dw__seal(const uint8_t key[static DW__SEAL_KEY], dw_bytes context, dw_bytes plain, uint8_t *out);
/* Opens `sealed` into out[sealed.n - DW__SEAL_MORE]. DW_UNAUTHENTICATED when it is another key's, another context's, or was changed; out is then wiped. */
DW_MUST dw_err dw__unseal(const uint8_t key[static DW__SEAL_KEY], dw_bytes context, dw_bytes sealed,
                          uint8_t *out);

#endif
