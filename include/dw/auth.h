/* dw/auth.h -- who is asking, what with, and passwords and tokens.
 *
 * A principal is a record, not a string.  An anonymous caller has none. */
#ifndef DW_AUTH_H
#define DW_AUTH_H

#include "err.h"
#include "query.h"
#include "types.h"

/* Which kinds of credential a route counts; others are not even parsed there. */
#define DW_BEARER 1u  /* Authorization: Bearer (RFC 6750) with an access token of ours (RFC 9068) */
#define DW_SESSION 2u /* the session's cookie: <dw/session.h> */
#define DW_API_KEY 4u /* X-API-Key, or Authorization: ApiKey, with a key of <dw/api_key.h> */

/* How somebody showed who they are (RFC 8176). */
#define DW_AMR_PWD 1u        /* a password */
#define DW_AMR_OTP 2u        /* a one-time code of an authenticator */
#define DW_AMR_RECOVERY 4u   /* a recovery code */
#define DW_AMR_REMEMBERED 8u /* not now: a browser that was told to remember them; never enough for .fresh */

typedef struct dw_principal {
    int64_t id;  /* what :me is */
    dw_text uid; /* random UUID, the subject of tokens */
    dw_text name;
    uint64_t roles;    /* bit n is role n of the application's enum */
    unsigned by;       /* DW_BEARER … */
    int64_t auth_time; /* when they last showed who they are: Unix seconds */
    unsigned amr;      /* … and how: DW_AMR_…; 0: not known */
    bool scoped;       /* came by something that is for these scopes only … */
    uint64_t scopes;   /* … bit n is scope n of the application's enum; without meaning where it did not */
    bool mfa;          /* has a second factor; looked at only where a role wants one: MFA_REQUIRED_ROLES */
} dw_principal;

/* Input and output of the statement that an application gives as dw_app.principal: the account of a subject.  `roles` is a
 * bit set in the order of dw_app.roles. A disabled or unknown account is no row. */
#ifndef __cplusplus
DW_SCHEMA(dw_principal_key, (dw_text, uid, DW_LEN(1, 64)));
DW_SCHEMA(dw_principal_row, (int64_t, id), (dw_text, uid), (dw_text, name), (int64_t, roles));
#endif

/* The caller of a request whose route is not public: never NULL.  On a public route there is none; who asks there all the same is stopped: the
 * request can do nothing more, its reply is a 500, there is an event (request.stopped), and what is returned is a record of nobody.  A
 * reply that depends on it becomes `private, no-store`. */
const dw_principal *dw_req_principal(dw_req *req);

/* The caller of `ctx`, or NULL when anonymous. A reply that depends on it becomes `private, no-store`. */
const dw_principal *dw_ctx_principal(dw_ctx *ctx);

/* Whether the caller has role `role` (a value of the application's enum). */
bool dw_ctx_has_role(dw_ctx *ctx, unsigned role);
/* Whether what the caller came by is for scope `scope` (a value of the application's enum): who came by a session, or a token without scopes, is not
 * limited by any. */
bool dw_ctx_has_scope(dw_ctx *ctx, unsigned scope);

/* Hashes `password`, in normal form C, with Argon2id on its own pool of threads; *hash is PHC text in the context.  DW_UNAVAILABLE when the queue is full. */
DW_MUST dw_err dw_password_hash(dw_ctx *ctx, dw_secret password, dw_text *hash);

/* DW_OK when `password` matches `hash`, DW_UNAUTHENTICATED when not.  The hash is ours, or one that Werkzeug, Django, bcrypt or another maker of Argon2
 * made (docs/guide/moving-users-from-flask.md).  An empty hash, or one in no known form, does the work of one of ours and never matches,
 * so that an unknown account takes as long as a wrong password. */
DW_MUST dw_err dw_password_verify(dw_ctx *ctx, dw_secret password, dw_text hash);

/* Whether dw_password_verify can check `hash`: its form is known, and the work that it asks for is within bounds. *why, if not NULL, is then NULL, else a
 * sentence. To be asked before a hash from elsewhere is stored. */
bool dw_password_hash_ok(dw_text hash, const char **why);

/* Whether a hash, whose password was just found good, should be replaced by a new one of dw_password_hash: it is no Argon2id of
 * one lane, or made with less memory than ARGON2_MEMORY, or as much and fewer passes than ARGON2_PASSES. Store the new one only where the old one still stands: UPDATE … WHERE password_hash = :old. */
bool dw_password_needs_rehash(const dw_ctx *ctx, dw_text hash);

/* About whom a new password is, and where it stands in the request. */
typedef struct dw_password_about {
    const char *field;       /* what a refusal names; "password" when NULL */
    dw_text names[8];        /* of the owner and of the service: user name, address, "coffer" */
    bool with_second_factor; /* nobody gets in with a password alone: 8 characters will do */
    const char **why;        /* for commands: the sentence of a refusal, else NULL; may be NULL */
    char _;
} dw_password_about;

/* Judges a password that somebody wants to set: 15 to 128 characters, none that is on a list of common ones, no piece that is only repeated, and more than
 * the names in it.  DW_OK; or DW_INVALID, which a handler returns: the reply is a 422 that says why at the password's field. */
DW_MUST dw_err dw_x_password_check(dw_ctx *ctx, dw_secret password, const dw_password_about *about);
#ifndef __cplusplus
/* dw_password_check(ctx, in->password, .names = {in->username, in->email, DW_TEXT("coffer")}) */
#define dw_password_check(...) DW__PASSWORD_CHECK(__VA_ARGS__, ._ = 0)
#define DW__PASSWORD_CHECK(ctx, password, ...) \
    dw_x_password_check((ctx), (password), &(const dw_password_about){__VA_ARGS__})
#endif

/* A token for what is sent by mail to be sent back (a reset, an address): *token is 43 characters of base64url, *digest the 64 hexadecimal digits that are
 * stored in its place and looked up.  That it works once, and until when, is the table's to say: DELETE … WHERE digest = :digest AND expires_at > … RETURNING. */
DW_MUST dw_err dw_link_token_new(dw_ctx *ctx, dw_text *token, dw_text *digest);
/* The digest of a token that came back. DW_NOT_FOUND when it cannot be one. */
DW_MUST dw_err dw_link_token_digest(dw_ctx *ctx, dw_secret token, dw_text *digest);

/* What a sign-in rests on, for dw_tokens_begin_if and dw_session_begin_if.  Between a password that was found good and the sign-in lies time, in which it may be
 * changed and all that was given out be ended.  So `so` looks once more, in the transaction that begins the sign-in: for the row that has the hash that was
 * verified.  Other than DW_OK (DW_NOT_FOUND of DW_ONE) undoes that, and is the answer.  It runs statements and nothing else, and may be asked again. */
typedef struct dw_still {
    dw_err (*so)(dw_ctx *ctx, const void *of);
    const void *of;
} dw_still;

/* That what the caller of `req` came with is still good: the session or sign-in is there, the key, and the account as it was found; DW_UNAUTHENTICATED when not.
 * Between that and what a handler does lies time, too. Good for as long as the request. */
dw_still dw_caller_still(dw_req *req);

/* Issues an access token (RFC 9068; EdDSA, or as ACCESS_TOKEN_ALGORITHM says) for the account `uid`; *expires_in is its life in seconds.  With
 * dw_app.tokens (<dw/token.h>) it is of a family of its own, which is written and can be ended, and has no refresh token. */
DW_MUST dw_err dw_token_issue(dw_ctx *ctx, dw_text uid, dw_text *token, int64_t *expires_in);

/* DW_OK when `jws` (compact serialisation, RFC 7515) verifies under our rules with a key of `keys`: a JWK or JWK set as JSON text
 * (RFC 7517). Claims are not looked at. DW_BAD_REQUEST otherwise. */
DW_MUST dw_err dw_jws_verify(dw_ctx *ctx, dw_text keys, dw_text jws);

#endif
