/* dw/token.h -- sign-ins whose tokens can be renewed, and ended: refresh tokens (RFC 6749 §6), revocation (RFC 7009), public keys (RFC 7517).
 *
 *     DW_TOKENS(shop_tokens);
 *     … .tokens = &shop_tokens …                                 in the application
 *     err = dw_tokens_begin_if(ctx, uid, &still, &issued);       where a password was right
 *     err = dw_tokens_refresh(ctx, in->refresh_token, &issued);  where grant_type is refresh_token
 *     DW_JWKS_ROUTE,                                             in a table of routes
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_token_families (
 *         id            text   NOT NULL PRIMARY KEY,
 *         uid           text   NOT NULL,
 *         digest        text   NOT NULL,
 *         digest_before text   NOT NULL,
 *         salt          text   NOT NULL,
 *         auth_time     bigint NOT NULL,
 *         rotated_at    bigint NOT NULL,
 *         expires_at    bigint NOT NULL
 *     );
 *     CREATE INDEX dw_token_families_by_account ON dw_token_families (uid, rotated_at);
 *     CREATE INDEX dw_token_families_by_end ON dw_token_families (expires_at);
 *
 * A sign-in is a family: one row, an access token, and a refresh token that is another one each time it is used.  Of refresh tokens the row has
 * digests only.  The one before the last is answered again with the last for ten seconds, as long as that was not used, since a client may ask twice at
 * once, or not hear the answer.  Any older one is in two hands: the family ends, and there is an event (auth.refresh_reused).
 *
 * An access token names its family (the claim `sid`), and is good for as long as that is there: what ends it takes effect on the next request, in
 * every process.  An account has at most a hundred families; one more ends that which was used longest ago. */
#ifndef DW_TOKEN_H
#define DW_TOKEN_H

#include "auth.h"
#include "query.h"
#include "route.h"

/* What DW_TOKENS names. */
typedef struct dw_tokens {
    const dw_query *begin, *find, *rotate, *live, *end, *end_all, *trim, *prune;
} dw_tokens;

/* What a client is given. The texts live in the context. */
typedef struct dw_issued {
    dw_text access_token, refresh_token;
    int64_t expires_in; /* of the access token, in seconds */
} dw_issued;

/* Begins a family for the account `uid`, which has just shown who it is, and issues its first tokens.  It is on disk when this is DW_OK (in a DW_TX: at
 * its end). DW_INTERNAL, and an event, when dw_app.tokens is not set. Other errors are those of DW_EXEC. */
DW_MUST dw_err dw_tokens_begin(dw_ctx *ctx, dw_text uid, dw_issued *out);

/* The same if what it rests on is still so (<dw/auth.h>). What `still` says instead of DW_OK is the answer, and nothing was begun. */
DW_MUST dw_err dw_tokens_begin_if(dw_ctx *ctx, dw_text uid, const dw_still *still, dw_issued *out);

/* Takes a refresh token and gives the next, with an access token.  DW_INVALID_GRANT when it is none of ours, its family has ended, its account is not
 * there (any more), or it was used before: that ends the family, so it must not stand in a DW_TX that the error undoes. */
DW_MUST dw_err dw_tokens_refresh(dw_ctx *ctx, dw_secret refresh_token, dw_issued *out);

/* Ends the family that `token`, a refresh or an access token, is of. DW_OK also when it is none, has ended, or is not the caller's (of a context
 * that has one): nothing happens then (RFC 7009 §2.2). */
DW_MUST dw_err dw_tokens_revoke(dw_ctx *ctx, dw_secret token);

/* Ends all families of the account `uid`: for a new password, an account that is disabled, an admin. DW_OK where dw_app.tokens is not set. */
DW_MUST dw_err dw_tokens_end_all(dw_ctx *ctx, dw_text uid);

/* Answers with the public keys of all SIGNING_KEYS as a JWK set; 404 where access tokens are signed with a shared key. */
extern const dw_handler dw_jwks_handler;

#ifndef __cplusplus
/* A row of a table of routes whose blueprint has no prefix. */
#define DW_JWKS_ROUTE                                                                                    \
    DW_GET("/.well-known/jwks.json", dw_jwks, DW_PUBLIC("public keys, for whoever verifies our tokens"), \
           .cacheable = "public, max-age=300",                                                           \
           .cacheable_why = "keys are listed before they sign; see the guide on changing them",          \
           .doc = "The public keys that access tokens are signed with (RFC 7517)")

/* What the statements take and give. Times are Unix seconds, but rotated_at, which is milliseconds. */
DW_SCHEMA(dw_family_new, (dw_text, id), (dw_text, uid), (dw_text, digest), (int64_t, auth_time),
          (int64_t, rotated_at), (int64_t, expires_at));
DW_SCHEMA(dw_family_key, (dw_text, id));
DW_SCHEMA(dw_family_row, (dw_text, uid), (dw_text, digest), (dw_text, digest_before), (dw_text, salt),
          (int64_t, auth_time), (int64_t, rotated_at), (int64_t, expires_at));
DW_SCHEMA(dw_family_rotation, (dw_text, id), (dw_text, digest), (dw_text, next), (dw_text, salt),
          (int64_t, rotated_at));
DW_SCHEMA(dw_family_of, (dw_text, id), (dw_text, uid));
DW_SCHEMA(dw_family_account, (dw_text, uid));
DW_SCHEMA(dw_family_before, (int64_t, now_s));

/* DW_TOKENS(name): the statements that look after the table; at file scope, in one .c file. */
#define DW_TOKENS(nm)                                                                                        \
    DW_QUERY(nm##_begin, dw_family_new, dw_nothing,                                                           \
             "INSERT INTO dw_token_families"                                                                  \
             " (id, uid, digest, digest_before, salt, auth_time, rotated_at, expires_at)"                     \
             " VALUES (:id, :uid, :digest, '', '', :auth_time, :rotated_at, :expires_at)");                  \
    DW_QUERY(nm##_find, dw_family_key, dw_family_row,                                                         \
             "SELECT uid, digest, digest_before, salt, auth_time, rotated_at, expires_at"                     \
             " FROM dw_token_families WHERE id = :id");                                                      \
    DW_QUERY(nm##_rotate, dw_family_rotation, dw_nothing,                                                     \
             "UPDATE dw_token_families SET digest_before = digest, digest = :next, salt = :salt,"             \
             " rotated_at = :rotated_at WHERE id = :id AND digest = :digest");                               \
    DW_QUERY(nm##_live, dw_family_of, dw_family_key,                                                          \
             "SELECT id FROM dw_token_families WHERE id = :id AND uid = :uid");                              \
    DW_QUERY(nm##_end, dw_family_of, dw_nothing,                                                              \
             "DELETE FROM dw_token_families WHERE id = :id AND uid = :uid");                                 \
    DW_QUERY(nm##_end_all, dw_family_account, dw_nothing, "DELETE FROM dw_token_families WHERE uid = :uid"); \
    DW_QUERY(nm##_trim, dw_family_account, dw_nothing,                                                        \
             "DELETE FROM dw_token_families WHERE uid = :uid AND id NOT IN"                                   \
             " (SELECT id FROM dw_token_families WHERE uid = :uid ORDER BY rotated_at DESC LIMIT 100)");     \
    DW_QUERY(nm##_prune, dw_family_before, dw_nothing,                                                        \
             "DELETE FROM dw_token_families WHERE id IN (SELECT id FROM dw_token_families"                    \
             " WHERE expires_at <= :now_s ORDER BY expires_at LIMIT 100)");                                  \
    static const dw_tokens nm = {&nm##_begin, &nm##_find,    &nm##_rotate, &nm##_live,                       \
                                 &nm##_end,   &nm##_end_all, &nm##_trim,   &nm##_prune}
#endif

#endif
