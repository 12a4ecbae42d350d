/* codec/base32.h -- base32 (RFC 4648 §6): bytes that people read off and type.
 *
 * One spelling of each value: capitals, no padding, no stray bits in the last character.  What people type has others, which
 * dw__base32_fold brings into this one.  It may be a secret, so characters are translated without tables or branches on them. */
#ifndef DW_CODEC_BASE32_H
#define DW_CODEC_BASE32_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

/* Characters of n bytes in base32 without padding, for n < SIZE_MAX / 8. */
#define DW__BASE32_SIZE(n) (((n)*8 + 4) / 5)

/* base32 without padding of n bytes at p into out[DW__BASE32_SIZE(n)], no NUL; returns the number of characters. */
size_t dw__base32_encode(const void *p, size_t n, char *out);
/* Decodes base32 without padding into out[cap]; *n is the number of bytes. False for any other character, a length that cannot be,
 * bits left over, or more than `cap` bytes; then out may hold something and *n is 0. */
bool dw__base32_decode(dw_text t, void *out, size_t cap, size_t *n);
/* What somebody typed, without spaces, hyphens and '=' at its end, in capitals, into out[cap]; *n is the number of characters. False when there are more
 * than `cap`; *n is then 0. */
bool dw__base32_fold(dw_text typed, char *out, size_t cap, size_t *n);

#endif
