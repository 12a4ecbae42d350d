/* auth/token.h -- access tokens of our own: JWT as RFC 9068 shapes them.
 *
 * The signing keys come from the signing keyring, one from each root: the newest signs, all verify, `kid`
 * tells which. Only we make these tokens, so a header is good when it is byte for byte the one that we
 * write: nothing in it is ever interpreted. Verifying is a pure function of (keys, token, now); a cache
 * keyed by the token's digest may stand before it. */
#ifndef DW_AUTH_TOKEN_H
#define DW_AUTH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/claims.h"
#include "auth/token_signer.h"
#include "base/arena.h"
#include "crypto/keyring.h"
#include <dw/err.h>
#include <dw/types.h>

/* The longest token that is looked at, in bytes. */
#define DW__TOKEN_MAX 8192
#define DW__TOKEN_LIFETIME_S 600

struct token_config {
    dw_text
        issuer; /* 1 to 256 characters of printable ASCII without space, '"' and '\\': "https://app.test" */
    dw_text audience;   /* the same */
    dw_text client_id;  /* the same; empty: "first-party" */
    int64_t lifetime_s; /* 1 to 86400; 0: DW__TOKEN_LIFETIME_S */
    enum token_alg alg; /* what all keys sign and verify with; a token by another is not ours */
};

struct token_keys;

/* DW_INVALID: config out of bounds. DW_UNAVAILABLE: no memory. Copies config; `signing` may be freed
 * afterwards. */
DW_MUST dw_err dw__token_keys_new(struct token_keys **out, const struct keyring *signing,
                                  const struct token_config *config);
void dw__token_keys_free(struct token_keys *keys);
int64_t dw__token_lifetime(const struct token_keys *keys);
/* Key i, the newest first; NULL behind the last. */
const struct token_signer *dw__token_signer_at(const struct token_keys *keys, size_t i);

/* Whether this process can issue tokens; if not, its keeper does (auth/keeper_client.h). */
bool dw__token_keys_can_sign(const struct token_keys *keys);

/* Characters of the texts below at most. */
#define DW__TOKEN_SUB 64
#define DW__TOKEN_SID 22

/* Whose a token is. */
struct token_sign_in {
    dw_text sub; /* 1 to DW__TOKEN_SUB characters, as issuer's */
    dw_text sid; /* at most DW__TOKEN_SID, as issuer's; empty: the token is of no sign-in that could end */
    int64_t auth_time; /* when its owner signed in, in Unix seconds */
    int64_t until;     /* the token ends at the latest then; 0: when it is as old as it may be */
};

/* A token of `sign_in` that begins at `now`, in Unix seconds; text in `a`, *exp is when it ends. DW_INVALID: out of bounds, or it would
 * have ended. DW_DENIED: this process cannot. DW_UNAVAILABLE: no memory. */
DW_MUST dw_err dw__token_issue_in(const struct token_keys *keys, const struct token_sign_in *sign_in,
                                  int64_t now, struct arena *a, dw_text *token, int64_t *exp);
/* The same for `sub`, of no sign-in that could end. */
DW_MUST dw_err dw__token_issue(const struct token_keys *keys, dw_text sub, int64_t now, int64_t auth_time,
                               struct arena *a, dw_text *token);

/* Whether its header is one that a key of ours writes: whoever signed it, nobody else has anything to say of it. */
bool dw__token_is_ours(const struct token_keys *keys, dw_text token);
/* DW_OK when `token` was signed by one of `keys` for our issuer and audience, with every claim that we
 * write and of the right type, and now < exp (no leeway) and iat <= now + 5 (workers read their clocks
 * apart). *out points into `a`. DW_UNAUTHENTICATED for any other bytes whatever; DW_UNAVAILABLE: no
 * memory; DW_INTERNAL: the library failed. */
DW_MUST dw_err dw__token_verify(const struct token_keys *keys, dw_text token, int64_t now, struct arena *a,
                                struct token_claims *out);

#endif
