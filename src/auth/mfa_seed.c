/* auth/mfa_seed.c -- seeds as they are kept: sealed with DATA_KEYS, bound to their account, beside the name of the root.
 *
 * Must never: open what was another account's, or go on without a key. */
#include "auth/mfa.h"

#include <string.h>

#include "base/log.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/keyring.h"
#include "crypto/seal.h"

#define SEALED_MOST (DW__TOTP_SEED_MOST + DW__SEAL_MORE)
#define PURPOSE "dewar 1 mfa seed"

const dw_mfa *dw__mfa_statements(dw_ctx *ctx)
{
    const struct services *services = ctx->services;
    const char *why = NULL;

    if (services->mfa == NULL)
        why = "dw_app.mfa is not set";
    else if (services->data_keys == NULL)
        why = "seeds are sealed with DATA_KEYS, and there are none";
    else if (ctx->tx != NULL)
        why = "a transaction is open, and what fails would not count if that is undone";
    if (why == NULL)
        return services->mfa;
    DW__EVENT(services->log, ctx, DW_LOG_LEVEL_ERROR, "mfa.failed", DW_KV(why, why));
    return NULL;
}

/* Whose it is, and what. */
struct context {
    uint8_t bytes[sizeof PURPOSE + 8];
};

static struct context context_of(int64_t account)
{
    struct context c;

    memcpy(c.bytes, PURPOSE, sizeof PURPOSE);
    for (unsigned i = 0; i < 8; i++)
        c.bytes[sizeof PURPOSE + i] = (uint8_t)((uint64_t)account >> (56 - 8 * i));
    return c;
}

dw_err dw__mfa_seal(dw_ctx *ctx, int64_t account, dw_bytes seed, struct mfa_sealed *out)
{
    const struct keyring *ring = ctx->services->data_keys;
    const struct context context = context_of(account);
    uint8_t key[DW__SEAL_KEY], sealed[SEALED_MOST];
    char *text = dw__arena_bytes(ctx->arena, DW__BASE64URL_SIZE(SEALED_MOST) + DW__KEYRING_ID);
    dw_err err;

    if (text == NULL || seed.n > DW__TOTP_SEED_MOST)
        return DW_UNAVAILABLE;
    err = dw__keyring_id(ring, 0, text);
    if (err == DW_OK)
        err = dw__keyring_derive(ring, 0, KEY_MFA_SEED, key, sizeof key);
    if (err != DW_OK)
        return err;
    dw__seal(key, (dw_bytes){context.bytes, sizeof context.bytes}, seed, sealed);
    dw__wipe(key, sizeof key);
    out->root = (dw_text){text, DW__KEYRING_ID};
    text += DW__KEYRING_ID;
    out->seed = (dw_text){text, dw__base64url_encode(sealed, seed.n + DW__SEAL_MORE, text)};
    return DW_OK;
}

static dw_err unreadable(dw_ctx *ctx, int64_t account, const char *why)
{
    DW__MFA_EVENT(ctx, DW_LOG_LEVEL_ERROR, "mfa.unreadable", account, DW_KV(why, why));
    return DW_INTERNAL;
}

dw_err dw__mfa_open(dw_ctx *ctx, int64_t account, const struct mfa_sealed *sealed,
                    uint8_t seed[static DW__TOTP_SEED_MOST], size_t *n)
{
    const struct keyring *ring = ctx->services->data_keys;
    const struct context context = context_of(account);
    const size_t root = dw__keyring_find(ring, sealed->root);
    uint8_t key[DW__SEAL_KEY], bytes[SEALED_MOST];
    dw_err err;

    if (root == SIZE_MAX)
        return unreadable(ctx, account, "the key of DATA_KEYS that sealed the seed is not in the list");
    if (!dw__base64url_decode(sealed->seed, bytes, sizeof bytes, n) || *n <= DW__SEAL_MORE)
        return unreadable(ctx, account, "what is kept is no sealed seed");
    err = dw__keyring_derive(ring, root, KEY_MFA_SEED, key, sizeof key);
    if (err != DW_OK)
        return err;
    err = dw__unseal(key, (dw_bytes){context.bytes, sizeof context.bytes}, (dw_bytes){bytes, *n}, seed);
    dw__wipe(key, sizeof key);
    *n -= DW__SEAL_MORE;
    return err == DW_OK ? DW_OK
                        : unreadable(ctx, account, "the seed is another account's, or it was changed");
}
