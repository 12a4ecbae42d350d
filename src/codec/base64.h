/* codec/base64.h -- base64 and hexadecimal (RFC 4648), canonical forms only.
 *
 * Decoding takes one spelling of each value: no white space, no stray bits in the last character.  What is decoded may be a
 * secret, so characters are translated without tables or branches on them. */
#ifndef DW_CODEC_BASE64_H
#define DW_CODEC_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

/* Characters of n bytes in base64url without padding, for n < SIZE_MAX / 2. */
#define DW__BASE64URL_SIZE(n) (((n)*4 + 2) / 3)

/* base64url without padding (RFC 4648 §5) of n bytes at p into out[DW__BASE64URL_SIZE(n)], no NUL; returns the number of characters. */
size_t dw__base64url_encode(const void *p, size_t n, char *out);
/* Decodes base64url without padding into out[cap]; *n is the number of bytes. False for any other character, a length that cannot be,
 * bits left over, or more than `cap` bytes; then out may hold something and *n is 0. */
bool dw__base64url_decode(dw_text t, void *out, size_t cap, size_t *n);
/* Characters of n bytes in standard base64, for n < SIZE_MAX / 2. */
#define DW__BASE64_SIZE(n) (((n) + 2) / 3 * 4)
/* Standard base64 (§4), with padding, into out[DW__BASE64_SIZE(n)], no NUL; returns the number of characters. */
size_t dw__base64_encode(const void *p, size_t n, char *out);
/* Decodes it; padding must be complete. Otherwise as above. */
bool dw__base64_decode(dw_text t, void *out, size_t cap, size_t *n);

/* 2n lower-case digits into out, no NUL. */
void dw__hex_encode(const void *p, size_t n, char *out);
/* Either case; an even number of digits; at most `cap` bytes. */
bool dw__hex_decode(dw_text t, void *out, size_t cap, size_t *n);

#endif
