/* crypto/init.h -- makes both libraries ready, once, before the process locks itself in. */
#ifndef DW_CRYPTO_INIT_H
#define DW_CRYPTO_INIT_H

#include <dw/err.h>
#include <dw/types.h>

/* Loads what libcrypto and libsodium would load late (algorithms, error texts, random source). Idempotent;
 * call it before threads and before the sandbox is sealed. DW_INTERNAL when a library cannot be used. */
DW_MUST dw_err dw__crypto_init(void);

#endif
