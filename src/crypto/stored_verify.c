/* crypto/stored_verify.c -- see stored_hash.h: the work, done by OpenSSL, libsodium and libcrypt.
 *
 * A library that fails is never a wrong password, and never a right one: DW_UNAVAILABLE. */
#include <crypt.h>
#include <string.h>

#include <openssl/evp.h>

#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/stored_hash.h"

static dw_err compare(const struct stored_hash *stored, uint8_t got[static DW__STORED_DIGEST_MAX])
{
    const bool same = dw__equal(got, stored->expected, stored->expected_n);

    dw__wipe(got, DW__STORED_DIGEST_MAX);
    return same ? DW_OK : DW_UNAUTHENTICATED;
}

static dw_err verify_pbkdf2(dw_secret password, const struct stored_hash *stored)
{
    const EVP_MD *md = stored->digest == STORED_SHA1     ? EVP_sha1()
                       : stored->digest == STORED_SHA256 ? EVP_sha256()
                                                         : EVP_sha512();
    uint8_t got[DW__STORED_DIGEST_MAX] = {0};

    if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n, (const unsigned char *)stored->salt.p,
                          (int)stored->salt.n, (int)stored->rounds, md, (int)stored->expected_n, got) != 1) {
        dw__wipe(got, sizeof(got));
        return DW_UNAVAILABLE;
    }
    return compare(stored, got);
}

static dw_err verify_scrypt(dw_secret password, const struct stored_hash *stored)
{
    /* What RFC 7914 needs: 128 * r bytes for each of N, p and two more, and room for the library's own. */
    const uint64_t memory = UINT64_C(128) * stored->r * (stored->n + stored->p + 2) + 65536;
    uint8_t got[DW__STORED_DIGEST_MAX] = {0};

    if (EVP_PBE_scrypt(password.p, password.n, (const unsigned char *)stored->salt.p, stored->salt.n,
                       stored->n, stored->r, stored->p, memory, got, stored->expected_n) != 1) {
        dw__wipe(got, sizeof(got));
        return DW_UNAVAILABLE;
    }
    return compare(stored, got);
}

/* bcrypt reads a string: a password with a NUL in it is not what was hashed, since its makers refuse those too. */
static dw_err verify_bcrypt_string(const char *key, dw_text text)
{
    struct crypt_data data;
    char setting[61];
    const char *got;
    dw_err err = DW_UNAVAILABLE;

    memset(&data, 0, sizeof(data));
    memcpy(setting, text.p, 60);
    setting[60] = '\0';
    got = crypt_rn(key, setting, &data, sizeof(data));
    if (got != NULL && strlen(got) == 60)
        err = dw__equal(got + 29, setting + 29, 31) ? DW_OK : DW_UNAUTHENTICATED; /* behind the salt */
    dw__wipe(&data, sizeof(data));
    dw__wipe(setting, sizeof(setting));
    return err;
}

static dw_err verify_bcrypt(dw_secret password, const struct stored_hash *stored)
{
    char key[DW__PASSWORD_MAX + 1] = {0};
    uint8_t digest[DW__SHA256_SIZE] = {0};
    bool possible = true;
    dw_err err = DW_OK;

    if (stored->digested) {
        /* Not dw__sha256, which keeps a context for each thread: those of the pool come and go. */
        if (EVP_Digest(password.p, password.n, digest, NULL, EVP_sha256(), NULL) != 1)
            err = DW_UNAVAILABLE;
        dw__hex_encode(digest, sizeof(digest), key);
    } else {
        memcpy(key, password.p, password.n);
        possible = memchr(password.p, '\0', password.n) == NULL;
    }
    if (err == DW_OK)
        err = verify_bcrypt_string(key, stored->text);
    dw__wipe(digest, sizeof(digest));
    dw__wipe(key, sizeof(key));
    return err == DW_OK && !possible ? DW_UNAUTHENTICATED : err;
}

dw_err dw__stored_hash_verify(dw_secret password, const struct stored_hash *stored)
{
    if (password.n == 0 || password.n > DW__PASSWORD_MAX)
        return DW_UNAUTHENTICATED;
    switch (stored->kind) {
    case STORED_ARGON2: return dw__argon2_verify(password, stored->text);
    case STORED_SCRYPT: return verify_scrypt(password, stored);
    case STORED_PBKDF2: return verify_pbkdf2(password, stored);
    case STORED_BCRYPT: return verify_bcrypt(password, stored);
    }
    return DW_UNAUTHENTICATED;
}
