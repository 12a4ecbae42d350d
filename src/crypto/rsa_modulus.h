/* crypto/rsa_modulus.h -- which RSA public keys are worth verifying with. Pure functions over big-endian
 * bytes. */
#ifndef DW_CRYPTO_RSA_MODULUS_H
#define DW_CRYPTO_RSA_MODULUS_H

#include <stdbool.h>

#include <dw/types.h>

/* 2048 to 8192 bits, odd, no leading zero, and not of ROCA's form. */
bool dw__rsa_modulus_ok(dw_bytes n);
/* Odd, 65537 to 2^32, no leading zero. */
bool dw__rsa_exponent_ok(dw_bytes e);

#endif
