/* crypto/hkdf.h -- HKDF-SHA256 (RFC 5869): many keys from one. */
#ifndef DW_CRYPTO_HKDF_H
#define DW_CRYPTO_HKDF_H

#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

#define DW__HKDF_MAX ((size_t)255 * 32)

/* `n` bytes (1 to DW__HKDF_MAX) into out, from input keying material `ikm`, `salt` and `info` (each may be
 * empty; info at most 1024 bytes). DW_BAD_REQUEST when n or info is out of range, DW_INTERNAL when the
 * library fails; `out` is then zeroed. */
DW_MUST dw_err dw__hkdf_sha256(dw_bytes ikm, dw_bytes salt, dw_bytes info, uint8_t *out, size_t n);

#endif
