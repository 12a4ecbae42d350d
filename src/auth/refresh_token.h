/* auth/refresh_token.h -- refresh tokens as bytes: what one is, whose it is, which one follows it.
 *
 * 16 random bytes name the family, and 32 are the secret; written as 64 characters of base64url.  The first half stays, the second is another one
 * each time.  Neither is ever stored: the row of the family has for its id a digest of the first half, so that who reads the id, in an access
 * token or in the table, cannot make a refresh token that names the family; and a digest of the whole.
 *
 * The token behind a token is derived from it: HMAC under a key of the server, over the token and a random salt that is stored with the rotation.  So the
 * same successor can be answered again without having been kept, and takes all three to make: the database, the key, and the token before. */
#ifndef DW_AUTH_REFRESH_TOKEN_H
#define DW_AUTH_REFRESH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/base64.h"
#include "crypto/keyring.h"
#include <dw/err.h>
#include <dw/types.h>

#define DW__REFRESH_HANDLE 16u
#define DW__REFRESH_BYTES 48u
#define DW__REFRESH_SALT 16u

struct refresh_token {
    uint8_t b[DW__REFRESH_BYTES];
};

/* As text, none with a NUL: the token; the id of its family; its digest; a salt. */
#define DW__REFRESH_TEXT 64u
#define DW__REFRESH_ID 22u
#define DW__REFRESH_DIGEST 43u
#define DW__REFRESH_SALT_TEXT 22u

/* The first of a new family. */
void dw__refresh_make(struct refresh_token *out);
/* Reads exactly what dw__refresh_write writes. */
bool dw__refresh_read(dw_text text, struct refresh_token *out);
void dw__refresh_write(const struct refresh_token *t, char out[static DW__REFRESH_TEXT]);
/* Both DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__refresh_id(const struct refresh_token *t, char out[static DW__REFRESH_ID]);
DW_MUST dw_err dw__refresh_digest(const struct refresh_token *t, char out[static DW__REFRESH_DIGEST]);

/* What successors are derived under, a key from each root of the signing keyring, and how long a family lives. */
struct refresh_keys;

/* DW_UNAVAILABLE: no memory. DW_INTERNAL: the library failed. `signing` may be freed afterwards. */
DW_MUST dw_err dw__refresh_keys_new(struct refresh_keys **out, const struct keyring *signing,
                                    int64_t lifetime_s);
/* The same for another use than refresh tokens: what the one derives the other does not. */
DW_MUST dw_err dw__refresh_keys_new_for(struct refresh_keys **out, const struct keyring *signing,
                                        enum key_use use, int64_t lifetime_s);
void dw__refresh_keys_free(struct refresh_keys *keys);
size_t dw__refresh_keys_count(const struct refresh_keys *keys);
int64_t dw__refresh_lifetime(const struct refresh_keys *keys);

/* The token behind `before`, by key `index` (0: the newest) and `salt`. DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__refresh_next(const struct refresh_keys *keys, size_t index,
                                const struct refresh_token *before, dw_text salt, struct refresh_token *out);

#define DW__REFRESH_TAG 32u
/* 32 bytes that follow from `token` by key `index`, from which nobody gets back to it: they are no part of any token. DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__refresh_tag(const struct refresh_keys *keys, size_t index,
                               const struct refresh_token *token, uint8_t out[static DW__REFRESH_TAG]);

#endif
