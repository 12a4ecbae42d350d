/* crypto/hash.c -- see hash.h.
 *
 * libcrypto looks an algorithm up by name for each fresh context; one that is begun anew it does not look up.
 * So a context is kept: by its owner, or for the one-shot call by the thread (a thread that ends leaves its one
 * behind, so short-lived threads should own theirs). libcrypto 3.0 still allocates its inner state once a
 * digest; later versions do not. */
#include "crypto/hash.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/compare.h"

struct sha256 {
    EVP_MD_CTX *ctx;
};

static EVP_MD_CTX *context_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx != NULL && EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

static dw_err failed(uint8_t out[static DW__SHA256_SIZE])
{
    ERR_clear_error();
    dw__wipe(out, DW__SHA256_SIZE);
    return DW_INTERNAL;
}

/* Ends what ctx has hashed and begins anew with the same algorithm. */
static dw_err finish(EVP_MD_CTX *ctx, uint8_t out[static DW__SHA256_SIZE])
{
    unsigned n = 0;

    if (EVP_DigestFinal_ex(ctx, out, &n) != 1 || n != DW__SHA256_SIZE)
        return failed(out);
    if (EVP_DigestInit_ex2(ctx, NULL, NULL) != 1)
        return failed(out);
    return DW_OK;
}

dw_err dw__sha256(dw_bytes data, uint8_t out[static DW__SHA256_SIZE])
{
    static _Thread_local EVP_MD_CTX *kept;

    if (kept == NULL && (kept = context_new()) == NULL)
        return failed(out);
    if (data.n > 0 && EVP_DigestUpdate(kept, data.p, data.n) != 1)
        goto broken;
    if (finish(kept, out) != DW_OK)
        goto broken;
    return DW_OK;

broken: /* what the context holds is unknown: the next call makes another */
    EVP_MD_CTX_free(kept);
    kept = NULL;
    return failed(out);
}

dw_err dw__sha256_new(struct sha256 **out)
{
    struct sha256 *h = malloc(sizeof(*h));

    *out = NULL;
    if (h == NULL)
        return DW_UNAVAILABLE;
    h->ctx = context_new();
    if (h->ctx == NULL) {
        free(h);
        ERR_clear_error();
        return DW_UNAVAILABLE;
    }
    *out = h;
    return DW_OK;
}

void dw__sha256_free(struct sha256 *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

dw_err dw__sha256_update(struct sha256 *h, dw_bytes data)
{
    if (data.n > 0 && EVP_DigestUpdate(h->ctx, data.p, data.n) != 1) {
        ERR_clear_error();
        return DW_INTERNAL;
    }
    return DW_OK;
}

dw_err dw__sha256_final(struct sha256 *h, uint8_t out[static DW__SHA256_SIZE])
{
    return finish(h->ctx, out);
}
