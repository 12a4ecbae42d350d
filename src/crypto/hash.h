/* crypto/hash.h -- SHA-256 (FIPS 180-4). */
#ifndef DW_CRYPTO_HASH_H
#define DW_CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

#define DW__SHA256_SIZE 32

/* The digest of `data`. Keeps a context for each thread. DW_INTERNAL when the library fails; `out` is then
 * zeroed. */
DW_MUST dw_err dw__sha256(dw_bytes data, uint8_t out[static DW__SHA256_SIZE]);

/* A digest of bytes that come in pieces. Reusable: after _final it stands at the beginning again. */
struct sha256;
/* DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__sha256_new(struct sha256 **out);
void dw__sha256_free(struct sha256 *h);
DW_MUST dw_err dw__sha256_update(struct sha256 *h, dw_bytes data);
/* Writes the digest and begins anew. */
DW_MUST dw_err dw__sha256_final(struct sha256 *h, uint8_t out[static DW__SHA256_SIZE]);

#endif
