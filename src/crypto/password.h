/* crypto/password.h -- Argon2id (RFC 9106) in PHC text: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
 *
 * A stored hash says itself how much work it wants; it is believed only within bounds, so that a row in a
 * database cannot exhaust memory. All of this holds a thread for tens of milliseconds: auth/password.h is
 * the way in for requests. */
#ifndef DW_CRYPTO_PASSWORD_H
#define DW_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

struct argon2_params {
    uint32_t memory_kib; /* 19456 to DW__ARGON2_MAX_KIB */
    uint32_t passes;     /* 2 to DW__ARGON2_MAX_PASSES */
};

/* Never below these (OWASP's floor), parallelism 1. */
#define DW__ARGON2_MIN_KIB 19456u
#define DW__ARGON2_MIN_PASSES 2u
/* What we set and what we believe of a stored hash is at most this. */
#define DW__ARGON2_MAX_KIB (256u * 1024)
#define DW__ARGON2_MAX_PASSES 16u

/* Bytes of a PHC text with its NUL, at most. */
#define DW__PHC_SIZE 128
/* Longest password in bytes: 128 characters of UTF-8, and room. */
#define DW__PASSWORD_MAX 1024

/* Whether `params` are within the bounds above. */
bool dw__argon2_params_ok(const struct argon2_params *params);

/* Hashes `password` (1 to DW__PASSWORD_MAX bytes) under a fresh salt into out, NUL-terminated.
 * DW_INVALID: password's length or params out of bounds. DW_UNAVAILABLE: no memory for the work. */
DW_MUST dw_err dw__argon2_hash(const struct argon2_params *params, dw_secret password,
                               char out[static DW__PHC_SIZE]);

/* DW_OK when `password` matches `phc`, which may be Argon2i as well; DW_UNAUTHENTICATED when not, or when phc is not such a PHC text
 * within bounds; DW_UNAVAILABLE: no memory for the work. */
DW_MUST dw_err dw__argon2_verify(dw_secret password, dw_text phc);

/* Whether `phc` is PHC text of Argon2id or Argon2i (version 19), shorter than DW__PHC_SIZE and within the bounds above: dw__argon2_verify
 * would then do its work. COSTLY is beyond a bound. */
enum argon2_verdict { ARGON2_READABLE = 1, ARGON2_COSTLY, ARGON2_MALFORMED };
enum argon2_verdict dw__argon2_judge(dw_text phc);

/* Whether a good password should be hashed again: `phc` is no Argon2id of one lane, or was made with less memory than `params`, or with as much and
 * fewer passes. */
bool dw__argon2_needs_rehash(dw_text phc, const struct argon2_params *params);

#endif
