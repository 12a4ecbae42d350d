/* crypto/hmac.c -- see hmac.h. A context that has its key keeps both padded blocks hashed; a message then
 * costs only itself. */
#include "crypto/hmac.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypto/compare.h"

struct hmac_key {
    EVP_MAC_CTX *ctx;
    enum hmac_hash hash;
};

/* One row for each hash: its name for libcrypto, and the size of its tag. */
static const struct {
    char name[8];
    size_t size;
} hashes[] = {[HMAC_SHA256] = {"SHA256", 32},
              [HMAC_SHA384] = {"SHA384", 48},
              [HMAC_SHA512] = {"SHA512", 64},
              [HMAC_SHA1] = {"SHA1", 20}};

size_t dw__hmac_size(enum hmac_hash hash)
{
    return (size_t)hash < sizeof(hashes) / sizeof(hashes[0]) ? hashes[hash].size : 0;
}

static EVP_MAC_CTX *context_new(enum hmac_hash hash, dw_bytes key)
{
    char name[sizeof(hashes[0].name)];
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = hashes[hash].name[i];
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac);
    if (ctx != NULL && EVP_MAC_init(ctx, key.p, key.n, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    if (ctx == NULL)
        ERR_clear_error();
    return ctx;
}

dw_err dw__hmac_key_new(struct hmac_key **out, enum hmac_hash hash, dw_bytes key)
{
    *out = NULL;
    if (key.n == 0 || dw__hmac_size(hash) == 0)
        return DW_BAD_REQUEST;
    struct hmac_key *k = malloc(sizeof(*k));
    if (k == NULL)
        return DW_UNAVAILABLE;
    *k = (struct hmac_key){context_new(hash, key), hash};
    if (k->ctx == NULL) {
        free(k);
        return DW_UNAVAILABLE;
    }
    *out = k;
    return DW_OK;
}

void dw__hmac_key_free(struct hmac_key *key)
{
    if (key == NULL)
        return;
    EVP_MAC_CTX_free(key->ctx); /* wipes what it knows */
    free(key);
}

dw_err dw__hmac(struct hmac_key *key, dw_bytes data, uint8_t out[static DW__HMAC_MAX])
{
    size_t n = 0;

    /* Without a key the context begins anew with the one it has. */
    if (EVP_MAC_init(key->ctx, NULL, 0, NULL) != 1)
        goto failed;
    if (data.n > 0 && EVP_MAC_update(key->ctx, data.p, data.n) != 1)
        goto failed;
    if (EVP_MAC_final(key->ctx, out, &n, DW__HMAC_MAX) != 1 || n != dw__hmac_size(key->hash))
        goto failed;
    return DW_OK;

failed:
    ERR_clear_error();
    dw__wipe(out, DW__HMAC_MAX);
    return DW_INTERNAL;
}

dw_err dw__hmac_verify(struct hmac_key *key, dw_bytes data, dw_bytes tag)
{
    uint8_t expected[DW__HMAC_MAX];
    dw_err err = dw__hmac(key, data, expected);

    if (err == DW_OK) {
        const size_t n = dw__hmac_size(key->hash);
        err = tag.n == n && dw__equal(expected, tag.p, n) ? DW_OK : DW_UNAUTHENTICATED;
    }
    dw__wipe(expected, sizeof(expected));
    return err;
}
