/* crypto/compare.h -- the one place where secrets are compared, and wiped. */
#ifndef DW_CRYPTO_COMPARE_H
#define DW_CRYPTO_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

/* Whether a and b are the same n bytes, in a time that depends on n alone. */
DW_MUST bool dw__equal(const void *a, const void *b, size_t n);

/* Whether a and b are the same text. The time tells their lengths, nothing of their contents. */
DW_MUST bool dw__secret_eq(dw_secret a, dw_secret b);

/* Overwrites n bytes with zeros, and is never optimised away. */
void dw__wipe(void *p, size_t n);

#endif
