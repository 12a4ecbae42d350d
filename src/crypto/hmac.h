/* crypto/hmac.h -- HMAC with SHA-256, SHA-384 and SHA-512 (RFC 2104), under a kept key; with SHA-1 for one-time passwords only (RFC 4226), whose
 * authenticators know nothing else, and which HMAC does not need to be free of collisions for. */
#ifndef DW_CRYPTO_HMAC_H
#define DW_CRYPTO_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

enum hmac_hash { HMAC_SHA256 = 1, HMAC_SHA384, HMAC_SHA512, HMAC_SHA1 };

#define DW__HMAC_MAX 64

/* A key made ready for use: 0.3 µs a message instead of 0.7. One thread at a time. */
struct hmac_key;

/* A key of any length from 1 byte. DW_BAD_REQUEST when it is empty, DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__hmac_key_new(struct hmac_key **out, enum hmac_hash hash, dw_bytes key);
void dw__hmac_key_free(struct hmac_key *key);
/* Bytes of a tag: 32, 48, 64 or 20. */
size_t dw__hmac_size(enum hmac_hash hash);
/* The tag of `data`, dw__hmac_size() bytes, into out. DW_INTERNAL when the library fails; `out` is then
 * zeroed. */
DW_MUST dw_err dw__hmac(struct hmac_key *key, dw_bytes data, uint8_t out[static DW__HMAC_MAX]);
/* DW_OK when `tag` is the whole tag of `data` (compared in constant time), DW_UNAUTHENTICATED when not. */
DW_MUST dw_err dw__hmac_verify(struct hmac_key *key, dw_bytes data, dw_bytes tag);

#endif
