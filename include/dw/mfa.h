/* dw/mfa.h -- a second factor: one-time codes of an authenticator application (TOTP, RFC 6238), and recovery codes for when it is lost.
 *
 *     DW_MFA(shop_mfa);
 *     … .mfa = &shop_mfa …                                       in the application
 *
 *     err = dw_password_verify(ctx, in->password, found.password_hash);
 *     if (err == DW_OK)
 *         err = dw_mfa_check(ctx, found.id, in->otp, &used);     and no token, no session before it is DW_OK
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_mfa (
 *         account   bigint NOT NULL PRIMARY KEY,
 *         seed      text   NOT NULL,
 *         root      text   NOT NULL,
 *         active    bigint NOT NULL,
 *         last_step bigint NOT NULL,
 *         failures  bigint NOT NULL,
 *         free_at   bigint NOT NULL,
 *         made_at   bigint NOT NULL
 *     );
 *     CREATE TABLE dw_mfa_codes (
 *         account bigint NOT NULL,
 *         code    text   NOT NULL,
 *         PRIMARY KEY (account, code)
 *     );
 *
 * The seed is sealed with DATA_KEYS, bound to its account, and `root` says with which of them; recovery codes are there as digests.  A code is good for its
 * step of 30 seconds, the one before and the one behind it, and once: whoever sends it again, or at the same time, is refused. So is one that is older than the last that was
 * accepted. A recovery code is good once.
 *
 * Five failures in a row close the account's second factor for five minutes, five more for ten, and so on up to a day; the count is in the table, and exact
 * however many try at once. A recovery code that is right is taken at all times, so that nobody who knows the password can lock an owner out who has one left; behind
 * dw_mfa_import there are none before dw_mfa_new_codes has made some.
 *
 * Where the setting MFA_REQUIRED_ROLES names roles, a caller who has one of them and no second factor is refused everywhere (403,
 * mfa_enrolment_required) but on routes that say why not: .without_mfa = "turning it on". */
#ifndef DW_MFA_H
#define DW_MFA_H

#include "ctx.h"
#include "query.h"

/* How many recovery codes an account gets. */
#define DW_MFA_CODES 10

typedef struct dw_mfa {
    const dw_query *find, *begin, *claim, *accept, *calm, *end, *use_code, *put_codes, *end_codes,
        *sealed_before, *seal_again, *is_on, *roots;
} dw_mfa;

/* What was shown. */
typedef enum dw_mfa_used {
    DW_MFA_NOTHING = 0, /* nothing: the account has no second factor */
    DW_MFA_TOTP,
    DW_MFA_RECOVERY
} dw_mfa_used;

/* What an account has. */
typedef struct dw_mfa_state {
    bool on;            /* a code is asked for */
    int64_t codes_left; /* recovery codes that were not used */
} dw_mfa_state;

/* What somebody needs to set an authenticator up: the seed, three times.  To be shown to its owner, once, and to nobody else. */
typedef struct dw_mfa_enrolment {
    dw_text uri;     /* otpauth://totp/… */
    dw_text secret;  /* base32, to be typed where there is no camera */
    dw_text svg;     /* the URI as a QR code */
    dw_bytes png;    /* … likewise */
    dw_text png_uri; /* … as data:image/png;base64,… */
} dw_mfa_enrolment;

/* All of these are for applications with dw_app.mfa and a server with DATA_KEYS; without, they are DW_INTERNAL and an event.  `account` is the id of the account (what
 * :me is of its owner). They write by themselves: within an open DW_TX they are DW_INTERNAL, since a failure that is undone with the transaction would not
 * count. They also return what a statement can. */

/* Makes a new seed for `account`, which does not count before dw_mfa_confirm.  `name` is what its owner calls the account; the issuer is the application's
 * title. DW_CONFLICT when it has a second factor already. */
DW_MUST dw_err dw_mfa_enrol(dw_ctx *ctx, int64_t account, dw_text name, dw_mfa_enrolment *out);
/* Turns it on, for who shows a code of the new seed; *codes are then the DW_MFA_CODES recovery codes, in the context. This is the only time that they can be
 * seen. DW_INVALID for a wrong code, DW_TOO_MANY after too many, DW_CONFLICT when nothing waits to be confirmed. */
DW_MUST dw_err dw_mfa_confirm(dw_ctx *ctx, int64_t account, dw_secret code, const dw_text **codes);
/* The second step of signing in: DW_OK when `code` is right, or when the account has no second factor; *used tells which.  `code` is six ASCII digits, or a recovery code, or
 * empty. DW_MFA_REQUIRED when it is empty or wrong, DW_TOO_MANY after too many that were wrong, whether this one is right or not.  To be called
 * behind the password, and only when that was right: else anybody could use up the owner's tries. */
DW_MUST dw_err dw_mfa_check(dw_ctx *ctx, int64_t account, dw_secret code, dw_mfa_used *used);
/* What the account has. */
DW_MUST dw_err dw_mfa_look(dw_ctx *ctx, int64_t account, dw_mfa_state *out);
/* Ten new recovery codes in place of all that were there. DW_CONFLICT without a second factor. */
DW_MUST dw_err dw_mfa_new_codes(dw_ctx *ctx, int64_t account, const dw_text **codes);
/* Takes the second factor away, with its recovery codes: for who has just shown password and code, or an operator. */
DW_MUST dw_err dw_mfa_disable(dw_ctx *ctx, int64_t account);
/* Turns it on with a seed that the owner's authenticator has already: base32, 10 to 64 bytes, as other frameworks keep it. There are no recovery codes then.
 * DW_INVALID for another seed, DW_CONFLICT when the account has a second factor. */
DW_MUST dw_err dw_mfa_import(dw_ctx *ctx, int64_t account, dw_secret seed);
/* Seals every seed that an older one of DATA_KEYS has sealed with the newest, so that the older may leave the setting: for a command of the application's. *n of them are
 * sealed anew. DW_INTERNAL, and an event for each, when some could not be opened; the others are done. */
DW_MUST dw_err dw_mfa_rewrap(dw_ctx *ctx, int64_t *n);

#ifndef __cplusplus
/* What the statements take and give. Times are Unix seconds. */
DW_SCHEMA(dw_mfa_key, (int64_t, account));
DW_SCHEMA(dw_mfa_row, (dw_text, seed), (dw_text, root), (int64_t, active), (int64_t, last_step), (int64_t, failures),
          (int64_t, free_at), (int64_t, codes));
DW_SCHEMA(dw_mfa_start, (int64_t, account), (dw_text, seed), (dw_text, root), (int64_t, active), (int64_t, now_s));
DW_SCHEMA(dw_mfa_claim, (int64_t, account), (int64_t, failures), (int64_t, was_free_at), (int64_t, free_at));
DW_SCHEMA(dw_mfa_accept, (int64_t, account), (int64_t, active), (int64_t, step), (dw_text, was), (dw_text, seed), (dw_text, root));
DW_SCHEMA(dw_mfa_before, (dw_text, root), (int64_t, beyond));
DW_SCHEMA(dw_mfa_root, (dw_text, root));
DW_SCHEMA(dw_mfa_kept, (int64_t, account), (dw_text, seed), (dw_text, root));
DW_SCHEMA(dw_mfa_sealed, (int64_t, account), (dw_text, was), (dw_text, seed), (dw_text, root));
DW_SCHEMA(dw_mfa_code, (int64_t, account), (dw_text, code));
DW_SCHEMA(dw_mfa_codes, (int64_t, account), (dw_text, c0), (dw_text, c1), (dw_text, c2), (dw_text, c3), (dw_text, c4),
          (dw_text, c5), (dw_text, c6), (dw_text, c7), (dw_text, c8), (dw_text, c9));

/* DW_MFA(name): the statements that look after the tables; at file scope, in one .c file. */
#define DW_MFA(nm)                                                                                           \
    DW_QUERY(nm##_find, dw_mfa_key, dw_mfa_row,                                                              \
             "SELECT seed, root, active, last_step, failures, free_at, (SELECT count(*) FROM dw_mfa_codes"   \
             " WHERE dw_mfa_codes.account = dw_mfa.account) AS codes FROM dw_mfa WHERE account = :account"); \
    DW_QUERY(nm##_begin, dw_mfa_start, dw_nothing,                                                           \
             "INSERT INTO dw_mfa (account, seed, root, active, last_step, failures, free_at, made_at)"       \
             " VALUES (:account, :seed, :root, :active, -1, 0, 0, :now_s) ON CONFLICT (account) DO UPDATE"   \
             " SET seed = excluded.seed, root = excluded.root, active = excluded.active, last_step = -1,"    \
             " made_at = excluded.made_at WHERE dw_mfa.active = 0");                                         \
    DW_QUERY(nm##_claim, dw_mfa_claim, dw_nothing,                                                           \
             "UPDATE dw_mfa SET failures = failures + 1, free_at = :free_at"                                 \
             " WHERE account = :account AND failures = :failures AND free_at = :was_free_at");               \
    DW_QUERY(nm##_accept, dw_mfa_accept, dw_nothing,                                                         \
             "UPDATE dw_mfa SET active = 1, last_step = :step, failures = 0, free_at = 0, seed = :seed,"     \
             " root = :root WHERE account = :account AND active = :active AND last_step < :step"             \
             " AND seed = :was");                                                                            \
    DW_QUERY(nm##_calm, dw_mfa_key, dw_nothing,                                                              \
             "UPDATE dw_mfa SET failures = 0, free_at = 0 WHERE account = :account");                        \
    DW_QUERY(nm##_end, dw_mfa_key, dw_nothing, "DELETE FROM dw_mfa WHERE account = :account");               \
    DW_QUERY(nm##_use_code, dw_mfa_code, dw_nothing,                                                         \
             "DELETE FROM dw_mfa_codes WHERE account = :account AND code = :code");                          \
    DW_QUERY(nm##_put_codes, dw_mfa_codes, dw_nothing,                                                       \
             "INSERT INTO dw_mfa_codes (account, code) VALUES (:account, :c0), (:account, :c1),"             \
             " (:account, :c2), (:account, :c3), (:account, :c4), (:account, :c5), (:account, :c6),"         \
             " (:account, :c7), (:account, :c8), (:account, :c9)");                                          \
    DW_QUERY(nm##_end_codes, dw_mfa_key, dw_nothing, "DELETE FROM dw_mfa_codes WHERE account = :account");   \
    DW_QUERY(nm##_sealed_before, dw_mfa_before, dw_mfa_kept,                                                 \
             "SELECT account, seed, root FROM dw_mfa WHERE root <> :root AND account > :beyond"              \
             " ORDER BY account LIMIT 100");                                                                 \
    DW_QUERY(nm##_seal_again, dw_mfa_sealed, dw_nothing,                                                     \
             "UPDATE dw_mfa SET seed = :seed, root = :root WHERE account = :account AND seed = :was");       \
    DW_QUERY(nm##_is_on, dw_mfa_key, dw_mfa_key,                                                             \
             "SELECT account FROM dw_mfa WHERE account = :account AND active = 1");                          \
    DW_QUERY(nm##_roots, dw_nothing, dw_mfa_root, "SELECT DISTINCT root FROM dw_mfa ORDER BY root");         \
    static const dw_mfa nm = {&nm##_find,      &nm##_begin,         &nm##_claim,      &nm##_accept,          \
                              &nm##_calm,      &nm##_end,           &nm##_use_code,   &nm##_put_codes,       \
                              &nm##_end_codes, &nm##_sealed_before, &nm##_seal_again, &nm##_is_on,           \
                              &nm##_roots}
#endif

#endif
