/* crypto/jws_key.c -- see jws_key.h: one table row for each algorithm, one constructor for each kind of
 * key, one verifier for each kind of signature. The attacker chooses data and signature; all the rest was
 * fixed when the key was made. */
#include "crypto/jws_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/rsa_modulus.h"
#include "crypto/sign.h"

enum kind { KIND_NONE, KIND_OCT, KIND_RSA, KIND_RSA_PSS, KIND_EC, KIND_ED25519 };

static const struct alg {
    enum kind kind;
    enum hmac_hash hmac; /* oct */
    const char *digest;  /* RSA, EC: libcrypto's name */
    const char *group;   /* EC: libcrypto's name */
    size_t size;         /* oct: least bytes of the key; EC: bytes of a coordinate */
} algs[JWS_ALGS] = {
    [JWS_HS256] = {KIND_OCT, .hmac = HMAC_SHA256, .size = 32},
    [JWS_HS384] = {KIND_OCT, .hmac = HMAC_SHA384, .size = 48},
    [JWS_HS512] = {KIND_OCT, .hmac = HMAC_SHA512, .size = 64},
    [JWS_RS256] = {KIND_RSA, .digest = "SHA256"},
    [JWS_RS384] = {KIND_RSA, .digest = "SHA384"},
    [JWS_RS512] = {KIND_RSA, .digest = "SHA512"},
    [JWS_PS256] = {KIND_RSA_PSS, .digest = "SHA256"},
    [JWS_ES256] = {KIND_EC, .digest = "SHA256", .group = "P-256", .size = 32},
    [JWS_ES384] = {KIND_EC, .digest = "SHA384", .group = "P-384", .size = 48},
    [JWS_EDDSA] = {KIND_ED25519, .size = DW__ED25519_PUBLIC},
};

struct jws_key {
    enum jws_alg alg;
    struct hmac_key *hmac;               /* oct */
    EVP_PKEY *pkey;                      /* RSA, EC */
    EVP_MD_CTX *ctx;                     /* RSA, EC: reset for each verification */
    size_t size;                         /* bytes of a signature, where it has one size */
    uint8_t ed25519[DW__ED25519_PUBLIC]; /* OKP */
};

/* ---- names ---- */

#define NAME(name, text) [JWS_##name] = (text),
static const char *const names[JWS_ALGS] = {[JWS_UNKNOWN] = "", DW__JWS_ALGS(NAME)};

enum jws_alg dw__jws_alg(dw_text name)
{
    for (int alg = JWS_UNKNOWN + 1; alg < JWS_ALGS; alg++)
        if (dw__text_eq(name, dw__text_of(names[alg])))
            return (enum jws_alg)alg;
    return JWS_UNKNOWN;
}

const char *dw__jws_alg_name(enum jws_alg alg)
{
    return (unsigned)alg < JWS_ALGS ? names[alg] : "";
}

static const struct alg *alg_row(enum jws_alg alg)
{
    return &algs[(unsigned)alg < JWS_ALGS ? alg : JWS_UNKNOWN];
}

/* ---- making ---- */

static struct jws_key *key_new(enum jws_alg alg)
{
    struct jws_key *key = calloc(1, sizeof(*key));

    if (key != NULL)
        key->alg = alg;
    return key;
}

dw_err dw__jws_key_oct(struct jws_key **out, enum jws_alg alg, dw_bytes secret)
{
    const struct alg *row = alg_row(alg);

    *out = NULL;
    if (row->kind != KIND_OCT || secret.n < row->size || secret.n > DW__OCT_MAX)
        return DW_BAD_REQUEST;
    struct jws_key *key = key_new(alg);
    if (key == NULL)
        return DW_UNAVAILABLE;
    const dw_err err = dw__hmac_key_new(&key->hmac, row->hmac, secret);
    if (err != DW_OK) {
        free(key);
        return err;
    }
    key->size = dw__hmac_size(row->hmac);
    *out = key;
    return DW_OK;
}

/* A public key of libcrypto's `type` from `params`; NULL when the library does not take them. */
static EVP_PKEY *pkey_new(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* Whether the library finds the public part sound: for EC, in range, on the curve and not at infinity. */
static bool pkey_is_sound(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    const bool ok = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

/* A key around `pkey` (owned from now on; NULL: the parts were no key), whose signatures have `size`
 * bytes. */
static dw_err key_of_pkey(struct jws_key **out, enum jws_alg alg, EVP_PKEY *pkey, size_t size)
{
    ERR_clear_error();
    if (pkey == NULL)
        return DW_BAD_REQUEST;
    struct jws_key *key = key_new(alg);
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return DW_UNAVAILABLE;
    }
    key->pkey = pkey;
    key->size = size;
    key->ctx = EVP_MD_CTX_new();
    if (key->ctx == NULL) {
        dw__jws_key_free(key);
        return DW_UNAVAILABLE;
    }
    *out = key;
    return DW_OK;
}

static EVP_PKEY *rsa_pkey(dw_bytes n, dw_bytes e)
{
    BIGNUM *bn_n = BN_bin2bn(n.p, (int)n.n, NULL), *bn_e = BN_bin2bn(e.p, (int)e.n, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (bn_n != NULL && bn_e != NULL && build != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn_n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, bn_e) == 1)
        params = OSSL_PARAM_BLD_to_param(build);
    if (params != NULL)
        pkey = pkey_new("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(bn_e);
    BN_free(bn_n);
    return pkey;
}

dw_err dw__jws_key_rsa(struct jws_key **out, enum jws_alg alg, dw_bytes n, dw_bytes e)
{
    const enum kind kind = alg_row(alg)->kind;

    *out = NULL;
    if (kind != KIND_RSA && kind != KIND_RSA_PSS)
        return DW_BAD_REQUEST;
    if (!dw__rsa_modulus_ok(n) || !dw__rsa_exponent_ok(e))
        return DW_BAD_REQUEST;
    return key_of_pkey(out, alg, rsa_pkey(n, e), n.n);
}

static EVP_PKEY *ec_pkey(const char *group, dw_bytes x, dw_bytes y)
{
    uint8_t point[1 + 2 * 48] = {0x04}; /* uncompressed: 04 || x || y (SEC 1 §2.3.3) */
    char name[8] = {0};

    memcpy(point + 1, x.p, x.n);
    memcpy(point + 1 + x.n, y.p, y.n);
    memcpy(name, group, strlen(group));
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + x.n + y.n),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY *pkey = pkey_new("EC", params);
    if (pkey != NULL && !pkey_is_sound(pkey)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return pkey;
}

dw_err dw__jws_key_ec(struct jws_key **out, enum jws_alg alg, dw_bytes x, dw_bytes y)
{
    const struct alg *row = alg_row(alg);

    *out = NULL;
    if (row->kind != KIND_EC || x.n != row->size || y.n != row->size)
        return DW_BAD_REQUEST;
    return key_of_pkey(out, alg, ec_pkey(row->group, x, y), 2 * row->size);
}

dw_err dw__jws_key_ed25519(struct jws_key **out, enum jws_alg alg, dw_bytes x)
{
    *out = NULL;
    if (alg_row(alg)->kind != KIND_ED25519 || x.n != DW__ED25519_PUBLIC)
        return DW_BAD_REQUEST;
    if (sodium_init() < 0)
        return DW_INTERNAL;
    /* Canonical, on the curve, in the main subgroup: as every honestly made key is. */
    if (crypto_core_ed25519_is_valid_point(x.p) != 1)
        return DW_BAD_REQUEST;
    struct jws_key *key = key_new(alg);
    if (key == NULL)
        return DW_UNAVAILABLE;
    memcpy(key->ed25519, x.p, sizeof(key->ed25519));
    key->size = DW__ED25519_SIGNATURE;
    *out = key;
    return DW_OK;
}

void dw__jws_key_free(struct jws_key *key)
{
    if (key == NULL)
        return;
    dw__hmac_key_free(key->hmac);
    EVP_MD_CTX_free(key->ctx);
    EVP_PKEY_free(key->pkey);
    free(key);
}

enum jws_alg dw__jws_key_alg(const struct jws_key *key)
{
    return key->alg;
}

/* ---- verifying ---- */

/* A DER integer of n big-endian bytes at p into out[n + 3]; returns how many. n < 127. */
static size_t der_integer(const uint8_t *p, size_t n, uint8_t *out)
{
    while (n > 1 && p[0] == 0) {
        p++;
        n--;
    }
    const size_t pad = p[0] >> 7; /* else it would be negative */
    out[0] = 0x02;
    out[1] = (uint8_t)(n + pad);
    out[2] = 0;
    memcpy(out + 2 + pad, p, n);
    return 2 + pad + n;
}

/* r||s of two coordinates to the SEQUENCE that libcrypto reads (RFC 3279 §2.2.3); returns how many bytes. */
static size_t der_signature(dw_bytes raw, uint8_t out[static 2 + 2 * (3 + 48)])
{
    const size_t half = raw.n / 2;
    size_t n = 2;

    n += der_integer(raw.p, half, out + n);
    n += der_integer(raw.p + half, half, out + n);
    out[0] = 0x30;
    out[1] = (uint8_t)(n - 2);
    return n;
}

/* PS256: MGF1 with the same hash, and a salt as long as it (RFC 7518 §3.5). */
static bool set_pss(EVP_PKEY_CTX *ctx)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static dw_err verify_pkey(struct jws_key *key, const struct alg *row, dw_bytes data, dw_bytes signature)
{
    EVP_PKEY_CTX *ctx = NULL; /* key->ctx's own */

    if (EVP_MD_CTX_reset(key->ctx) != 1 ||
        EVP_DigestVerifyInit_ex(key->ctx, &ctx, row->digest, NULL, NULL, key->pkey, NULL) != 1)
        return DW_INTERNAL;
    if (row->kind == KIND_RSA_PSS && !set_pss(ctx))
        return DW_INTERNAL;
    /* 1 is the only good answer: 0 is a wrong signature, below that something that is none. */
    return EVP_DigestVerify(key->ctx, signature.p, signature.n, data.p, data.n) == 1 ? DW_OK
                                                                                     : DW_UNAUTHENTICATED;
}

dw_err dw__jws_key_verify(struct jws_key *key, dw_bytes data, dw_bytes signature)
{
    const struct alg *row = alg_row(key->alg);
    uint8_t der[2 + 2 * (3 + 48)];
    dw_err err = DW_INTERNAL;

    if (signature.n != key->size)
        return DW_UNAUTHENTICATED;
    switch (row->kind) {
    case KIND_OCT: return dw__hmac_verify(key->hmac, data, signature);
    case KIND_ED25519: return dw__sign_verify(key->ed25519, data, signature);
    case KIND_EC: err = verify_pkey(key, row, data, (dw_bytes){der, der_signature(signature, der)}); break;
    case KIND_RSA:
    case KIND_RSA_PSS: err = verify_pkey(key, row, data, signature); break;
    case KIND_NONE: break;
    }
    ERR_clear_error();
    return err;
}
