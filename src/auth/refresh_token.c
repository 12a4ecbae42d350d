/* auth/refresh_token.c -- see refresh_token.h. */
#include "auth/refresh_token.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/compare.h"
#include "crypto/hash.h"
#include "crypto/hmac_ring.h"
#include <dw/ctx.h>

#define ID_BYTES 16u

_Static_assert(DW__BASE64URL_SIZE(DW__REFRESH_BYTES) == DW__REFRESH_TEXT, "a token is whole characters");
_Static_assert(DW__BASE64URL_SIZE(ID_BYTES) == DW__REFRESH_ID, "an id is the first half of a digest");
_Static_assert(DW__BASE64URL_SIZE(DW__SHA256_SIZE) == DW__REFRESH_DIGEST, "a digest is all of it");
_Static_assert(DW__BASE64URL_SIZE(DW__REFRESH_SALT) == DW__REFRESH_SALT_TEXT, "a salt has one length");

/* ---- one token ---- */

void dw__refresh_make(struct refresh_token *out)
{
    dw_random(out->b, sizeof out->b);
}

bool dw__refresh_read(dw_text text, struct refresh_token *out)
{
    size_t n;

    return text.n == DW__REFRESH_TEXT && dw__base64url_decode(text, out->b, sizeof out->b, &n) &&
           n == sizeof out->b;
}

void dw__refresh_write(const struct refresh_token *t, char out[static DW__REFRESH_TEXT])
{
    (void)dw__base64url_encode(t->b, sizeof t->b, out);
}

dw_err dw__refresh_id(const struct refresh_token *t, char out[static DW__REFRESH_ID])
{
    uint8_t digest[DW__SHA256_SIZE];
    const dw_err err = dw__sha256((dw_bytes){t->b, DW__REFRESH_HANDLE}, digest);

    (void)dw__base64url_encode(digest, ID_BYTES, out);
    return err;
}

dw_err dw__refresh_digest(const struct refresh_token *t, char out[static DW__REFRESH_DIGEST])
{
    uint8_t digest[DW__SHA256_SIZE];
    const dw_err err = dw__sha256((dw_bytes){t->b, sizeof t->b}, digest);

    (void)dw__base64url_encode(digest, sizeof digest, out);
    return err;
}

/* ---- the keys ---- */

struct refresh_keys {
    int64_t lifetime_s;
    struct hmac_ring *ring;
};

dw_err dw__refresh_keys_new_for(struct refresh_keys **out, const struct keyring *signing, enum key_use use,
                                int64_t lifetime_s)
{
    struct refresh_keys *keys = calloc(1, sizeof *keys);
    dw_err err;

    *out = NULL;
    if (keys == NULL)
        return DW_UNAVAILABLE;
    keys->lifetime_s = lifetime_s;
    err = dw__hmac_ring_new(&keys->ring, signing, use);
    if (err != DW_OK) {
        dw__refresh_keys_free(keys);
        return err;
    }
    *out = keys;
    return DW_OK;
}

dw_err dw__refresh_keys_new(struct refresh_keys **out, const struct keyring *signing, int64_t lifetime_s)
{
    return dw__refresh_keys_new_for(out, signing, KEY_REFRESH, lifetime_s);
}

void dw__refresh_keys_free(struct refresh_keys *keys)
{
    if (keys == NULL)
        return;
    dw__hmac_ring_free(keys->ring);
    free(keys);
}

size_t dw__refresh_keys_count(const struct refresh_keys *keys)
{
    return dw__hmac_ring_count(keys->ring);
}

int64_t dw__refresh_lifetime(const struct refresh_keys *keys)
{
    return keys->lifetime_s;
}

/* ---- the token behind a token ---- */

dw_err dw__refresh_next(const struct refresh_keys *keys, size_t index, const struct refresh_token *before,
                        dw_text salt, struct refresh_token *out)
{
    uint8_t message[DW__REFRESH_BYTES + DW__REFRESH_SALT_TEXT], tag[DW__HMAC_MAX];

    if (salt.n != DW__REFRESH_SALT_TEXT)
        return DW_INTERNAL;
    memcpy(message, before->b, DW__REFRESH_BYTES);
    memcpy(message + DW__REFRESH_BYTES, salt.p, salt.n);
    const dw_err err = dw__hmac_ring_tag(keys->ring, index, (dw_bytes){message, sizeof message}, tag);
    memcpy(out->b, before->b, DW__REFRESH_HANDLE);
    memcpy(out->b + DW__REFRESH_HANDLE, tag, DW__REFRESH_BYTES - DW__REFRESH_HANDLE);
    dw__wipe(tag, sizeof tag);
    dw__wipe(message, sizeof message);
    return err;
}

/* A message of another length than those above. */
dw_err dw__refresh_tag(const struct refresh_keys *keys, size_t index, const struct refresh_token *token,
                       uint8_t out[static DW__REFRESH_TAG])
{
    uint8_t tag[DW__HMAC_MAX];

    const dw_err err = dw__hmac_ring_tag(keys->ring, index, (dw_bytes){token->b, DW__REFRESH_BYTES}, tag);
    memcpy(out, tag, DW__REFRESH_TAG);
    dw__wipe(tag, sizeof tag);
    return err;
}
