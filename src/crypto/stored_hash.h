/* crypto/stored_hash.h -- the hash of a password as some system stored it: read strictly, and checked.
 *
 * Ours are Argon2id in PHC text (crypto/password.h). People who move from elsewhere bring others, which are checked as long as their owners
 * have not signed in: Werkzeug's "scrypt:N:r:p$salt$hex" and "pbkdf2:sha256:n$salt$hex", Django's "pbkdf2_sha256$n$salt$base64",
 * "scrypt$N$salt$r$p$base64", "argon2$argon2id$…", "bcrypt_sha256$$2b$…" and "bcrypt$$2b$…", bcrypt itself, and Argon2 of other makers.
 *
 * A stored hash says itself how much work it wants. It is believed within bounds only, all of which are here and hold before any library sees
 * it, so that a row in a database can exhaust neither memory nor a thread. */
#ifndef DW_CRYPTO_STORED_HASH_H
#define DW_CRYPTO_STORED_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

/* Bytes of a stored hash at most, of its salt, and of what comes out of it. */
#define DW__STORED_HASH_MAX 255u
#define DW__STORED_SALT_MAX 128u
#define DW__STORED_DIGEST_MAX 64u

/* What checking one may cost: about a second of a core, and what Argon2 may take of memory. */
#define DW__SCRYPT_WORK_MAX (UINT64_C(1) << 20) /* N * r * p; memory is 128 * N * r, so at most 128 MiB */
#define DW__SCRYPT_R_MAX 32u
#define DW__SCRYPT_P_MAX 16u
#define DW__PBKDF2_ROUNDS_MAX 2000000u
#define DW__BCRYPT_COST_MIN 4u
#define DW__BCRYPT_COST_MAX 14u

enum stored_kind { STORED_ARGON2 = 1, STORED_SCRYPT, STORED_PBKDF2, STORED_BCRYPT };
enum stored_digest { STORED_SHA1 = 1, STORED_SHA256, STORED_SHA512 };

struct stored_hash {
    enum stored_kind kind;
    bool ours;                 /* Argon2id as we write it: what is hashed is a password in normal form C */
    bool digested;             /* BCRYPT: of the password's SHA-256 in hexadecimal */
    dw_text text;              /* ARGON2, BCRYPT: what the library reads; in the text that was read */
    dw_text salt;              /* SCRYPT, PBKDF2: likewise */
    enum stored_digest digest; /* PBKDF2 */
    uint32_t rounds;           /* PBKDF2 */
    uint64_t n;                /* SCRYPT */
    uint32_t r, p;             /* SCRYPT */
    uint8_t expected[DW__STORED_DIGEST_MAX]; /* SCRYPT, PBKDF2 */
    size_t expected_n;
};

/* Reads `text` into *out. NULL, or a sentence (static) that says why it is none that can be checked; *out is then zeroed. */
const char *dw__stored_hash_read(dw_text text, struct stored_hash *out);

/* DW_OK when `password` (1 to DW__PASSWORD_MAX bytes, taken as they are) is the one that `stored` is of; DW_UNAUTHENTICATED when not;
 * DW_UNAVAILABLE when the work could not be done. Takes up to a second. */
DW_MUST dw_err dw__stored_hash_verify(dw_secret password, const struct stored_hash *stored);

#endif
