/* crypto/init.c -- see init.h.
 *
 * openssl.cnf is not read: a file outside of the program must not choose which implementation checks our
 * signatures. */
#include "crypto/init.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "crypto/hash.h"

dw_err dw__crypto_init(void)
{
    const uint64_t what = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
                          OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_ADD_ALL_CIPHERS;

    if (OPENSSL_init_crypto(what, NULL) != 1)
        return DW_INTERNAL;
    if (sodium_init() < 0) /* 1: was ready before */
        return DW_INTERNAL;
    uint8_t digest[DW__SHA256_SIZE];
    return dw__sha256((dw_bytes){NULL, 0}, digest);
}
