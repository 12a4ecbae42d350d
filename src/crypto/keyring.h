/* crypto/keyring.h -- the roots that settings give, newest first, and the keys that are made from them.
 *
 * An application has two keyrings: *signing* rotates freely (newest signs, all verify), *data* seals what
 * is stored. No root is ever used itself: each use has its own key, made by HKDF under the label of the
 * one table below. Roots live in memory that is locked, kept out of core dumps, fenced by guard pages and
 * wiped.
 *
 * A process that must not be able to make every key is handed a *part* of a ring: the keys of some uses, and no root. */
#ifndef DW_CRYPTO_KEYRING_H
#define DW_CRYPTO_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/sign.h"
#include <dw/err.h>
#include <dw/types.h>

/* At most so many roots in one setting. */
#define DW__KEYRING_MAX 8

/* X(name, label). A label never changes and is never used again: what was made with its key could not be
 * read. */
#define DW__KEY_USES(X)                                                \
    X(ACCESS_TOKEN, "dewar 1 signing access-token ed25519")            \
    X(ACCESS_TOKEN_SHARED, "dewar 1 signing access-token hmac-sha256") \
    X(REFRESH, "dewar 1 signing refresh-token hmac-sha256")            \
    X(CSRF, "dewar 1 signing csrf hmac-sha256")                        \
    X(REMEMBER, "dewar 1 signing remember-me hmac-sha256")             \
    X(DEVICE, "dewar 1 signing known-device hmac-sha256")              \
    X(CURSOR, "dewar 1 signing cursor hmac-sha256")                    \
    X(REPEAT, "dewar 1 data repeat xchacha20-poly1305")                \
    X(AUDIT, "dewar 1 data audit-chain hmac-sha256")                   \
    X(MFA_SEED, "dewar 1 data mfa-seed xchacha20-poly1305")            \
    X(ROOT_ID, "dewar 1 root id")                                      \
    X(LIMITS, "dewar 1 data limits-file hmac-sha256 siphash")

#define DW__KEY_USE_ENUM(name, label) KEY_##name,
enum key_use { DW__KEY_USES(DW__KEY_USE_ENUM) KEY_USES };

struct keyring;

/* Reads "newest,older,…" (1 to DW__KEYRING_MAX secrets as crypto/secret.h says; spaces around them are
 * dropped). `setting` is the setting's name and `command` the command that makes a good secret ("coffer
 * secret"); both go into `why`. DW_INVALID: one sentence for the operator is in why[why_size], with
 * nothing of the secret in it. DW_UNAVAILABLE: no (lockable) memory; also in why. */
DW_MUST dw_err dw__keyring_parse(struct keyring **out, dw_secret text, const char *setting,
                                 const char *command, char *why, size_t why_size);
/* Wipes and frees. */
void dw__keyring_free(struct keyring *ring);

/* How many roots: 1 to DW__KEYRING_MAX. */
size_t dw__keyring_count(const struct keyring *ring);
/* Whether some root is in both: each ring must have its own. */
bool dw__keyring_shares(const struct keyring *a, const struct keyring *b);

/* The key of `use` from root `index` (0: newest), n bytes (1 to 64) into out; the caller wipes it. */
DW_MUST dw_err dw__keyring_derive(const struct keyring *ring, size_t index, enum key_use use, uint8_t *out,
                                  size_t n);

/* Hexadecimal digits of an id. */
#define DW__KEYRING_ID 16
/* What root `index` is called beside the values that were sealed under it: says nothing of the root, and is another for each. */
DW_MUST dw_err dw__keyring_id(const struct keyring *ring, size_t index, char id[static DW__KEYRING_ID]);
/* The root that is called `id`; SIZE_MAX when there is none. */
size_t dw__keyring_find(const struct keyring *ring, dw_text id);

/* ---- a part of a ring, for a process that must not have its roots ---- */

/* Bytes that a part has at most: a head, and of each root a key for each use, and a public one. */
#define DW__KEYRING_PART ((size_t)8 + (size_t)DW__KEYRING_MAX * (KEY_USES + 1) * 32)

/* The keys of `uses` (1u << enum key_use, one or more) of each root, beside them the public halves of KEY_ACCESS_TOKEN when `public_keys`: *n bytes in
 * out, which the caller wipes. None of them tells anything of a root, nor of a key of another use. */
DW_MUST dw_err dw__keyring_part(const struct keyring *ring, unsigned uses, bool public_keys,
                                uint8_t out[static DW__KEYRING_PART], size_t *n);
/* A ring of what dw__keyring_part wrote: it derives these keys, at most 32 bytes of each, and for another use it is DW_DENIED. DW_INVALID: not that;
 * DW_UNAVAILABLE: no (lockable) memory. */
DW_MUST dw_err dw__keyring_of_part(struct keyring **out, dw_bytes part);
/* The public half of KEY_ACCESS_TOKEN of root `index`. DW_DENIED: a part without them; DW_BAD_REQUEST: no such root. */
DW_MUST dw_err dw__keyring_public(const struct keyring *ring, size_t index,
                                  uint8_t out[static DW__ED25519_PUBLIC]);

/* The label of `use`, for the test that they all differ. */
const char *dw__key_label(enum key_use use);

#endif
